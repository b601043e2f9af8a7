//! Where a job's files go.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rbit_job::{JobKey, Plan};
use tracing::warn;

use crate::output_name::PART_PREFIX;

/// The output folder of a job, and the one inside it in which its files are gathered before they appear.
///
/// The inner one is named for the job, so that an attempt finds what an earlier one left when its process was lost, without having
/// to look through a folder that many jobs, and perhaps other boxes, deliver to.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    folder: PathBuf,
    staging: String,
}

impl Destination {
    pub(crate) fn of(plan: &Plan, key: &JobKey) -> Self {
        Self::new(&plan.output_dir, key)
    }

    pub(crate) fn new(folder: &Path, key: &JobKey) -> Self {
        let name = key.as_str().get(..STAGING_DIGITS).unwrap_or(key.as_str());
        Self {
            folder: folder.to_owned(),
            staging: format!("{PART_PREFIX}{name}"),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of the inner folder. No guest can return a file of such a name.
    pub(crate) fn staging(&self) -> &str {
        &self.staging
    }

    /// Removes what an attempt left that was broken off while it copied files.
    ///
    /// Another box may be delivering the same job at this moment, having lost its message to us: its attempt then ends as a fault of
    /// the host, and its message is no longer its own.
    pub(crate) async fn discard_leftovers(&self) {
        let staging = self.folder.join(&self.staging);
        let removed = tokio::task::spawn_blocking(move || fs::remove_dir_all(staging)).await;
        match removed.map_err(io::Error::other).flatten() {
            Ok(()) => warn!(path = %self.folder.display(), "removed half-copied files of an earlier attempt"),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => warn!(%error, path = %self.folder.display(), "half-copied files of an earlier attempt stay"),
        }
    }
}

/// As many digits of a job's key as make a name of its own.
const STAGING_DIGITS: usize = 32;
