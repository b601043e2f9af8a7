//! What bounds a child: limits that it sets itself, and those of its control group.

use std::path::Path;

use rbit_cgroup::GroupBounds;
use rbit_job::Limits;
use rustix::fs::{FsWord, statfs};

use crate::{
    JailSettings,
    group_bounds::{self, JobsUse},
    wire::ChildLimits,
};

/// Both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) limits: ChildLimits,
    pub(crate) group: GroupBounds,
}

/// What decides them, of the limits of a runner's jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) memory: u64,
    pub(crate) disk: u64,
    pub(crate) open_files: u32,
}

impl Needs {
    /// Those of one job with these limits.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            memory: limits.memory,
            disk: limits.disk,
            open_files: limits.open_files,
        }
    }
}

impl Bounds {
    /// For a child whose jobs have their folders there.
    pub(crate) fn of_jobs(settings: &JailSettings, scratch: &Path, needs: Needs) -> Self {
        let guests = &settings.guests;
        let jobs = guests.max_jobs as u64;
        let limits = ChildLimits {
            open_files: Some((jobs + 1).saturating_mul(u64::from(needs.open_files) + FILES_OF_A_JOB)),
            file_bytes: Some(needs.disk.max(MIN_FILE)),
            ..ChildLimits::default()
        };
        let group = group_bounds::of_jobs(&JobsUse {
            jobs,
            memory: needs.memory,
            budget: guests.memory_budget,
            files: if is_in_memory(scratch) { needs.disk } else { 0 },
            stack: guests.stack,
        });
        Self { limits, group }
    }
}

/// Whether files there are memory, or will be: the folder may not be there yet.
fn is_in_memory(folder: &Path) -> bool {
    let found = folder.ancestors().find_map(|folder| statfs(folder).ok());
    found.is_some_and(|found| found.f_type == TMPFS)
}

const TMPFS: FsWord = 0x0102_1994;
/// Open files that the sandbox lets a job have, and some for the process.
const FILES_OF_A_JOB: u64 = 4096 + 64;
/// Bytes that one file may have, whatever may be delivered.
const MIN_FILE: u64 = 4 << 30;
