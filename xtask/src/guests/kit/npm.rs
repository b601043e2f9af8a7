//! Tools from npm, in a folder of their own.

use std::{ffi::OsStr, fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, bail};

use super::Package;
use crate::patience;

/// QuickJS for WASI, and what puts a script into it.
pub(super) const COMPONENTIZE_QJS: Package = Package {
    name: "componentize-qjs",
    version: "0.4.5",
};
/// Makes one script of many files.
pub(super) const ESBUILD: Package = Package {
    name: "esbuild",
    version: "0.28.2",
};
/// Checks types.
pub(super) const TYPESCRIPT: Package = Package {
    name: "typescript",
    version: "5.9.3",
};

/// Installs packages, unless they are there, by the npm that is on this path.
pub(super) fn ensure(folder: &Path, packages: &[Package], path: &OsStr) -> anyhow::Result<()> {
    for package in packages {
        let requirement = format!("{}@{}", package.name, package.version);
        // Written last, so that what was interrupted is done again.
        let stamp = folder.join(format!("{requirement}.installed"));
        if stamp.is_file() {
            continue;
        }
        println!("guests: installing {requirement}");
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        install(folder, &requirement, path).with_context(|| {
            format!("cannot install {requirement}; what would help is that this works:\n  npm install {requirement}")
        })?;
        fs::write(&stamp, "").with_context(|| format!("cannot write `{}`", stamp.display()))?;
    }
    Ok(())
}

fn install(folder: &Path, requirement: &str, path: &OsStr) -> anyhow::Result<()> {
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
    npm.arg(folder).arg(requirement);
    let (status, said) = patience::run(npm, PATIENCE)?;
    if !status.success() {
        bail!("npm ended with {status}: {said}");
    }
    Ok(())
}

/// Fifty megabytes are downloaded in it by any line that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(600);
