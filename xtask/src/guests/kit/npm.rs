//! Tools from npm, in a folder of their own.

use std::{ffi::OsStr, path::Path, process::Command};

use super::package::{Package, Registry};

/// QuickJS for WASI, and what puts a script into it.
pub(super) const COMPONENTIZE_QJS: Package = package("componentize-qjs", "0.4.5");
/// Makes one script of many files.
pub(super) const ESBUILD: Package = package("esbuild", "0.28.2");
/// Checks types.
pub(super) const TYPESCRIPT: Package = package("typescript", "5.9.3");

const fn package(name: &'static str, version: &'static str) -> Package {
    Package {
        name,
        version,
        registry: Registry::Npm,
    }
}

/// Installs packages, unless they are there, by the npm that is on this path.
pub(super) fn ensure(folder: &Path, packages: &[Package], path: &OsStr) -> anyhow::Result<()> {
    packages
        .iter()
        .try_for_each(|package| package.ensure(folder, "npm", || Ok(installer(folder, path))))
}

fn installer(folder: &Path, path: &OsStr) -> Command {
    // As that path is the one to search, not ours.
    let mut npm = Command::new("/usr/bin/env");
    npm.env("PATH", path).args([
        "npm",
        "install",
        "--ignore-scripts",
        "--no-fund",
        "--no-audit",
        "--save-exact",
        "--prefix",
    ]);
    npm.arg(folder);
    npm
}
