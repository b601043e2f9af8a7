//! The folder under which every job gets its own.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use tracing::{info, warn};
use ulid::Ulid;

/// The scratch folder of this process, inside the configured `scratch-dir`.
///
/// It is named for this process and locked, so that several boxes may share a `scratch-dir`, and so that the folders of a box
/// that was killed can be told from those of one that runs: opening sweeps the former.
#[derive(Debug)]
pub struct ScratchRoot {
    folder: PathBuf,
    _lock: File,
}

impl ScratchRoot {
    /// Makes the folder, and removes those of processes that are gone.
    pub fn open(scratch_dir: &Path) -> Result<Self, ScratchError> {
        let error = |source| ScratchError {
            path: scratch_dir.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(scratch_dir)
            .map_err(error)?;
        sweep(scratch_dir).map_err(error)?;
        let folder = scratch_dir.join(format!("{PREFIX}{}", Ulid::generate()));
        let lock = make_locked(&folder).map_err(error)?;
        Ok(Self { folder, _lock: lock })
    }

    /// An absolute path, for this process alone.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for ScratchRoot {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            warn!(%error, path = %self.folder.display(), "cannot remove the scratch folder");
        }
    }
}

/// The scratch folder cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a scratch folder in `{}`", path.display())]
pub struct ScratchError {
    path: PathBuf,
    source: io::Error,
}

fn make_locked(folder: &Path) -> io::Result<File> {
    DirBuilder::new().mode(0o700).create(folder)?;
    let lock = File::create(folder.join(LOCK))?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    Ok(lock)
}

fn sweep(scratch_dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(scratch_dir)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_ours && is_abandoned(&entry.path()) {
            match fs::remove_dir_all(entry.path()) {
                Ok(()) => info!(path = %entry.path().display(), "removed the scratch folder of a process that is gone"),
                Err(error) => warn!(%error, path = %entry.path().display(), "cannot remove an old scratch folder"),
            }
        }
    }
    Ok(())
}

/// A folder whose lock is free. One without a lock file was just made, or is half removed: it is left alone.
fn is_abandoned(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok())
}

const PREFIX: &str = "rbit-box-";
const LOCK: &str = "lock";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let living = ScratchRoot::open(dir.path()).unwrap();
        let dead = dir.path().join("rbit-box-dead");
        drop(make_locked(&dead).unwrap());
        fs::create_dir_all(dead.join("job/work/deep")).unwrap();
        let foreign = dir.path().join("somebody-elses");
        fs::create_dir(&foreign).unwrap();

        let _next = ScratchRoot::open(dir.path()).unwrap();
        assert!(!dead.exists());
        assert!(living.folder().exists());
        assert!(foreign.exists());
    }

    #[test]
    fn nothing_is_left_when_the_process_ends_in_order() {
        let dir = tempfile::tempdir().unwrap();
        drop(ScratchRoot::open(dir.path()).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
