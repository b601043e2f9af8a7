//! Tools from npm, in a folder of their own.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, bail};

use super::{Package, need};
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

/// Installs packages, unless they are there.
pub(super) fn ensure(folder: &Path, packages: &[Package]) -> anyhow::Result<()> {
    need("npm", &["npm"])?;
    for package in packages {
        let requirement = format!("{}@{}", package.name, package.version);
        // Written last, so that what was interrupted is done again.
        let stamp = folder.join(format!("{requirement}.installed"));
        if stamp.is_file() {
            continue;
        }
        println!("guests: installing {requirement}");
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        install(folder, &requirement).with_context(|| {
            format!("cannot install {requirement}; what would help is that this works:\n  npm install {requirement}")
        })?;
        fs::write(&stamp, "").with_context(|| format!("cannot write `{}`", stamp.display()))?;
    }
    Ok(())
}

fn install(folder: &Path, requirement: &str) -> anyhow::Result<()> {
    let mut npm = Command::new("npm");
    npm.args([
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
