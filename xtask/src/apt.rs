//! Debian's packages.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, bail};

/// Whether packages can be installed here: on Debian, and as root.
pub(crate) fn can_install() -> bool {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    is_debian() && is_root
}

/// Whether this machine has Debian's packages.
pub(crate) fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists()
}

/// Installs packages without asking.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    // Guests in Rust and those in other languages are built at the same time: apt-get waits for the lock of packages, not for that of lists.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // The lists of a fresh machine are empty, those of an old one name packages that are gone: both are told by trying.
    if apt_get(&INSTALL, packages).is_err() {
        apt_get(&UPDATE, &[])?;
        apt_get(&INSTALL, packages)?;
    }
    Ok(())
}

fn apt_get(arguments: &[&str], packages: &[&str]) -> anyhow::Result<()> {
    let status = Command::new("apt-get")
        .args(["-qq", "-o", LOCK_TIMEOUT])
        .args(arguments)
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(io::stderr())
        .status()
        .context("cannot start apt-get")?;
    if !status.success() {
        bail!(
            "`apt-get {} {}` ended with {status}",
            arguments.join(" "),
            packages.join(" ")
        );
    }
    Ok(())
}

const INSTALL: [&str; 3] = ["install", "--yes", "--no-install-recommends"];
const UPDATE: [&str; 1] = ["update"];

static TURN: Mutex<()> = Mutex::new(());

/// Another apt-get may be at work, such as the one of automatic upgrades: how many seconds it is waited for.
const LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=300";
