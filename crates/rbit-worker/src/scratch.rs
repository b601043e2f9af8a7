//! The folder under which every job gets its own.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rbit_job::RunnerName;
use rustix::{
    fs::{FlockOperation, OFlags, flock},
    process::geteuid,
};
use tracing::{info, warn};
use ulid::Ulid;

use crate::removal::remove_tree;

/// The scratch folder of this process, inside the configured `scratch-dir`.
///
/// It is named for this process and locked, so that several boxes of one user may share a `scratch-dir`, and so that the folders of
/// a box that was killed can be told from those of one that runs: opening sweeps the former.
///
/// The default `scratch-dir` lies where every user of the machine may make folders. One that is not ours alone is refused: whoever
/// can rename what is in it could put folders of their own in the place of a job's.
#[derive(Debug)]
pub struct ScratchRoot {
    folder: PathBuf,
    _lock: File,
}

impl ScratchRoot {
    /// Makes the folder, and removes those of processes that are gone.
    pub fn open(scratch_dir: &Path) -> Result<Self, ScratchError> {
        let error = |source| ScratchError::Make {
            path: scratch_dir.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(scratch_dir)
            .map_err(error)?;
        let shared = open_private(scratch_dir)?;
        // Held while folders are made and swept, so that no other box takes a folder for abandoned that has no lock yet.
        flock(&shared, FlockOperation::LockExclusive).map_err(|errno| error(errno.into()))?;
        sweep(scratch_dir).map_err(error)?;
        let folder = scratch_dir.join(format!("{PREFIX}{}", Ulid::generate()));
        let lock = make_locked(&folder).map_err(error)?;
        Ok(Self { folder, _lock: lock })
    }

    /// The folder for a runner's jobs, which is made if it is not there: no other runner's guests can see what is in it.
    pub fn of_runner(&self, runner: &RunnerName) -> io::Result<PathBuf> {
        let folder = self.folder.join(runner.as_str());
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(folder)
    }

    /// An absolute path, for this process alone.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for ScratchRoot {
    fn drop(&mut self) {
        if let Err(error) = remove_tree(&self.folder) {
            warn!(%error, path = %self.folder.display(), "cannot remove the scratch folder");
        }
    }
}

/// The scratch folder cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// Making or looking at it failed.
    #[error("cannot make a scratch folder in `{}`", path.display())]
    Make {
        /// The configured folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It belongs to somebody else, or others may write in it.
    #[error("`scratch-dir` `{}` is not this user's alone: {why}", path.display())]
    Shared {
        /// The configured folder.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Whether a folder that is there may be a `scratch-dir`; true for one that is not there yet.
pub fn is_private_or_absent(path: &Path) -> bool {
    !path.exists() && !path.is_symlink() || open_private(path).is_ok()
}

/// Opens the folder itself, and no link to one.
fn open_private(path: &Path) -> Result<File, ScratchError> {
    let shared = |why| {
        Err(ScratchError::Shared {
            path: path.to_owned(),
            why,
        })
    };
    let flags = (OFlags::DIRECTORY | OFlags::NOFOLLOW).bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let error = |source| ScratchError::Make {
        path: path.to_owned(),
        source,
    };
    let folder = opened.map_err(error)?;
    let metadata = folder.metadata().map_err(error)?;
    if metadata.uid() != geteuid().as_raw() {
        return shared("it belongs to another user");
    }
    if metadata.mode() & 0o022 != 0 {
        return shared("others may write in it");
    }
    Ok(folder)
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
            match remove_tree(&entry.path()) {
                Ok(()) => info!(path = %entry.path().display(), "removed the scratch folder of a process that is gone"),
                Err(error) => warn!(%error, path = %entry.path().display(), "cannot remove an old scratch folder"),
            }
        }
    }
    Ok(())
}

/// A folder whose lock is free, or that was left before it had one.
fn is_abandoned(folder: &Path) -> bool {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    match OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(folder.join(LOCK))
    {
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

const PREFIX: &str = "rbit-box-";
const LOCK: &str = "lock";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

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

    #[test]
    fn a_folder_that_others_may_write_in_or_that_is_a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (open, link) = (dir.path().join("open"), dir.path().join("link"));
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        symlink(dir.path(), &link).unwrap();
        assert!(matches!(ScratchRoot::open(&open), Err(ScratchError::Shared { .. })));
        assert!(ScratchRoot::open(&link).is_err());
        assert!(!is_private_or_absent(&open) && !is_private_or_absent(&link));
        assert!(is_private_or_absent(dir.path()) && is_private_or_absent(&dir.path().join("absent")));
    }

    #[test]
    fn a_pipe_in_the_place_of_a_lock_holds_up_no_start() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("rbit-box-odd");
        fs::create_dir(&folder).unwrap();
        let (kind, mode) = (
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        );
        rustix::fs::mknodat(rustix::fs::CWD, folder.join(LOCK), kind, mode, 0).unwrap();
        ScratchRoot::open(dir.path()).unwrap();
    }
}
