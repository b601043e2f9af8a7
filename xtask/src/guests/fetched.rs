//! Where cargo keeps the sources of a crate.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::program;

/// The folder of a crate that the workspace depends on.
pub(super) fn folder_of(name: &str) -> anyhow::Result<PathBuf> {
    let output = program::cargo()
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!(
            "`cargo metadata` ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("`cargo metadata` printed no JSON")?;
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let manifest = packages
        .filter(|package| package.get("name").is_some_and(|known| known == name))
        .find_map(|package| package.get("manifest_path")?.as_str());
    let manifest = manifest.with_context(|| format!("the project does not use the crate `{name}`"))?;
    Ok(PathBuf::from(manifest).with_file_name(""))
}

/// The interfaces of WASI, as the host offers them: the folder of a package in which they are what it depends on.
pub(super) fn wasi() -> anyhow::Result<PathBuf> {
    Ok(folder_of("wasmtime-wasi-http")?.join("wit"))
}
