//! The interfaces that the component is made for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::program;

/// The folder with WASI's interfaces in the crate that the host offers them with.
pub(crate) fn of_wasi() -> anyhow::Result<PathBuf> {
    let output = program::cargo()
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("`cargo metadata` ended with {}: {}", output.status, said.trim());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("`cargo metadata` is no JSON")?;
    let packages = metadata
        .get("packages")
        .and_then(|packages| packages.as_array())
        .into_iter()
        .flatten();
    let manifest = packages
        .filter(|package| package.get("name").is_some_and(|name| name == CRATE))
        .find_map(|package| package.get("manifest_path")?.as_str())
        .with_context(|| format!("the project does not use `{CRATE}` any more"))?;
    Ok(Path::new(manifest).with_file_name("wit").join("deps"))
}

/// Lays out the component's world with what it refers to. Returns the folder.
pub(crate) fn assemble(wasi: &Path, world: &Path, to: &Path) -> anyhow::Result<PathBuf> {
    let folder = to.join("wit");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    }
    copy(world, &folder)?;
    copy(wasi, &folder.join("deps"))?;
    copy(
        &program::project_folder().join("wit"),
        &folder.join("deps").join("rbit-runner"),
    )?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make `{}`", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list `{}`", from.display()))? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "wit") {
            let place = to.join(file.file_name().unwrap_or_default());
            fs::copy(&file, &place).with_context(|| format!("cannot copy `{}`", file.display()))?;
        }
    }
    Ok(())
}

const CRATE: &str = "wasmtime-wasi-http";
