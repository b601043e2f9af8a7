//! Step 6: the folders of one job.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rbit_job::{Ending, RunnerName, port::Folders};
use rustix::fs::statvfs;
use tracing::warn;
use ulid::Ulid;

use crate::{removal::remove_tree, scratch::ScratchRoot};

/// A fresh folder with `work/` and `output/` in it, for one attempt. It is removed on every path, also when dropped.
#[derive(Debug)]
pub(crate) struct Workspace {
    folder: PathBuf,
    folders: Folders,
}

impl Workspace {
    /// Makes the folders, for this process's user alone, in that of the runner.
    pub(crate) fn create(scratch: &ScratchRoot, runner: &RunnerName) -> Result<Self, Ending> {
        let unmade = |folder: &Path, error: &io::Error| {
            Ending::HostFault(format!("cannot make the job's folder `{}`: {error}", folder.display()))
        };
        let name = format!("job-{}", Ulid::generate());
        let folder = scratch
            .of_runner(runner)
            .map_err(|error| unmade(scratch.folder(), &error))?
            .join(name);
        let workspace = Self {
            folders: Folders {
                work: folder.join("work"),
                output: folder.join("output"),
            },
            folder,
        };
        workspace.make().map_err(|error| unmade(&workspace.folder, &error))?;
        Ok(workspace)
    }

    /// The two that the guest may write to.
    pub(crate) fn folders(&self) -> &Folders {
        &self.folders
    }

    /// Whether the disk they are on has no room left: then what fails in them may fail for no fault of the guest's.
    pub(crate) fn has_no_room(&self) -> bool {
        statvfs(&self.folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LITTLE)
    }

    /// Removes everything, off the threads that serve other jobs: a guest may have left a very large tree.
    pub(crate) async fn remove(self) {
        if let Err(error) = tokio::task::spawn_blocking(move || drop(self)).await {
            warn!(%error, "removing a job's folder did not end in order");
        }
    }

    fn make(&self) -> io::Result<()> {
        let private = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        private(&self.folder)?;
        private(&self.folders.work)?;
        private(&self.folders.output)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if let Err(error) = remove_tree(&self.folder) {
            warn!(%error, path = %self.folder.display(), "cannot remove a job's folder");
        }
    }
}

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
