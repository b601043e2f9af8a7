//! Building the program, and where cargo puts things.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

/// Builds `rbit` and says where it is.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    build_bin("rbit")
}

/// The same, as it is used.
pub(crate) fn build_release() -> anyhow::Result<PathBuf> {
    build_with(&["--release", "--package", "rbit", "--bin", "rbit"])?;
    Ok(target_folder().join("release/rbit"))
}

/// Builds a program of the workspace and says where it is.
///
/// As one of all that there is: built alone, its dependencies would have other features than in the tests, and be built again for them.
pub(crate) fn build_bin(name: &str) -> anyhow::Result<PathBuf> {
    build_with(&["--workspace", "--bin", name])?;
    Ok(target_folder().join("debug").join(name))
}

fn build_with(arguments: &[&str]) -> anyhow::Result<()> {
    let status = cargo()
        .arg("build")
        .args(arguments)
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("`cargo build {}` ended with {status}", arguments.join(" "));
    }
    Ok(())
}

/// The cargo that runs this task, in the project's folder.
///
/// What cargo told this task about itself is taken away: build scripts of dependencies look at it, and would be run again for every
/// change between a build by hand and one from here.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(project_folder());
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| TOLD.iter().any(|told| name.starts_with(told)))
        {
            command.env_remove(name);
        }
    }
    command
}

/// How the names of the variables begin that cargo sets for a program that it runs.
const TOLD: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// The root of the project.
pub(crate) fn project_folder() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Cargo's target folder.
pub(crate) fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| project_folder().join("target"), |dir| project_folder().join(dir))
}
