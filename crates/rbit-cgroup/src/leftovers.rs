//! Control groups of boxes that are gone.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use tracing::{info, warn};

use crate::group::remove;

/// The name of a box's group, by its process.
pub(super) fn name(pid: u32) -> String {
    format!("{PREFIX}{pid}")
}

/// Removes groups that boxes have left behind, with whatever still runs in them.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in groups_in(folder)? {
        let is_a_boxs = entry
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(PREFIX));
        if !is_a_boxs || !is_abandoned(&entry) {
            continue;
        }
        match remove_tree(&entry) {
            Ok(()) => info!(group = %entry.display(), "removed the control group of a process that is gone"),
            Err(error) => warn!(%error, group = %entry.display(), "cannot remove an old control group"),
        }
    }
    Ok(())
}

/// Removes a group and those in it, which are one level deep.
pub(super) fn remove_tree(folder: &Path) -> io::Result<()> {
    for group in groups_in(folder)? {
        remove(&group)?;
    }
    remove(folder)
}

/// Marks a group as one whose box lives, for as long as the file is kept.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    let lock = File::open(folder)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    Ok(lock)
}

fn is_abandoned(folder: &Path) -> bool {
    lock(folder).is_ok()
}

fn groups_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut groups = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            groups.push(entry.path());
        }
    }
    Ok(groups)
}

const PREFIX: &str = "rbit-";
