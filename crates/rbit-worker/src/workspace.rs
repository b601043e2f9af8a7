//! Step 6: the folders of one job.

use std::{
    fs::DirBuilder,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::DirBuilderExt,
    },
    path::{Path, PathBuf},
};

use rbit_job::{Ending, RunnerName, port::Folders};
use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat, statvfs};
use tracing::warn;
use ulid::Ulid;

use crate::{removal::remove_tree, scratch::ScratchRoot};

/// A fresh folder with `work/` and `output/` in it, for one attempt. It is removed on every path, also when dropped.
#[derive(Debug)]
pub(crate) struct Workspace {
    folders: Folders,
    /// The folder `output` that was made, whatever lies in its place later.
    output: OwnedFd,
    remains: Remains,
}

impl Workspace {
    /// Makes the folders, for this process's user alone, in that of the runner: no other runner's guests can see what is in there.
    pub(crate) fn create(scratch: &ScratchRoot, runner: &RunnerName) -> Result<Self, Ending> {
        let (runner, job) = (
            scratch.folder().join(runner.as_str()),
            format!("job-{}", Ulid::generate()),
        );
        let folder = runner.join(&job);
        let folders = Folders {
            work: folder.join(WORK),
            output: folder.join(OUTPUT),
        };
        let remains = Remains(folder);
        let output = make(&runner, &job).map_err(|error| {
            let folder = remains.0.display();
            Ending::HostFault(format!("cannot make the job's folder `{folder}`: {error}"))
        })?;
        Ok(Self {
            folders,
            output,
            remains,
        })
    }

    /// The two that the guest may write to.
    pub(crate) fn folders(&self) -> &Folders {
        &self.folders
    }

    /// The folder that the guest's files are in. Who breaks out of a guest can put something else in its place, such as a link to a folder
    /// that nobody else's files are to come from: so it is not looked for by its name.
    pub(crate) fn output(&self) -> io::Result<OwnedFd> {
        self.output.try_clone()
    }

    /// Whether the disk they are on has no room left: then what fails in them may fail for no fault of the guest's.
    pub(crate) fn has_no_room(&self) -> bool {
        statvfs(&self.remains.0).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LITTLE)
    }

    /// Removes everything, off the threads that serve other jobs: a guest may have left a very large tree.
    pub(crate) async fn remove(self) {
        if let Err(error) = tokio::task::spawn_blocking(move || drop(self)).await {
            warn!(%error, "removing a job's folder did not end in order");
        }
    }
}

/// Makes the folders of a job in that of its runner, and opens the one for its files. What may be changed by others meanwhile is below the
/// runner's folder: no link is followed there.
fn make(runner: &Path, job: &str) -> io::Result<OwnedFd> {
    DirBuilder::new().recursive(true).mode(0o700).create(runner)?;
    let runner = open(CWD, runner)?;
    let job = made(&runner, job)?;
    made(&job, WORK)?;
    Ok(made(&job, OUTPUT)?)
}

fn made(at: impl AsFd, name: &str) -> rustix::io::Result<OwnedFd> {
    mkdirat(&at, name, Mode::RWXU)?;
    open(at, name.as_ref())
}

fn open(at: impl AsFd, name: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

/// What is to be removed.
#[derive(Debug)]
struct Remains(PathBuf);

impl Drop for Remains {
    fn drop(&mut self) {
        if let Err(error) = remove_tree(&self.0) {
            warn!(%error, path = %self.0.display(), "cannot remove a job's folder");
        }
    }
}

const WORK: &str = "work";
const OUTPUT: &str = "output";
/// Bytes that are as good as none: file systems keep some for themselves.
const LITTLE: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[tokio::test]
    async fn a_jobs_folders_are_empty_private_and_gone_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let scratch = ScratchRoot::open(dir.path()).unwrap();
        let workspace = Workspace::create(&scratch, &RunnerName::new("hello").unwrap()).unwrap();
        let output = workspace.folders().output.clone();
        assert_eq!(fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(&output).unwrap().count(), 0);
        fs::create_dir(output.join("sub")).unwrap();
        std::os::unix::fs::symlink("/etc", output.join("link")).unwrap();
        workspace.remove().await;
        assert!(!output.exists());
        assert!(Path::new("/etc").exists());
    }
}
