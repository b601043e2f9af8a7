//! What bounds a child: limits that it sets itself, and those of its control group.

use std::path::Path;

use rbit_cgroup::GroupBounds;
use rbit_job::Limits;
use rbit_sandbox::{HELD_BY_A_HANDLE, READY_MEMORY};
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
    /// Bytes that the host may hold for a guest under all its handles.
    pub(crate) held: u64,
}

impl Needs {
    /// Those of one job with these limits.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            memory: limits.memory,
            disk: limits.disk,
            open_files: limits.open_files,
            held: u64::from(limits.handles).saturating_mul(held_by_a_handle(limits)),
        }
    }
}

impl Bounds {
    /// For a child whose jobs have their folders there.
    pub(crate) fn of_jobs(settings: &JailSettings, scratch: &Path, needs: Needs) -> Self {
        Self::with_files(settings, is_in_memory(scratch), needs)
    }

    /// For a child whose jobs have their files in memory, or on a disk.
    pub(crate) fn with_files(settings: &JailSettings, are_memory: bool, needs: Needs) -> Self {
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
            files: if are_memory { needs.disk } else { 0 },
            stack: guests.stack,
            held: needs.held,
            waiting: (guests.ready as u64).saturating_mul(READY_MEMORY),
        });
        Self { limits, group }
    }
}

/// What is largest is a request that is never sent, with the fields that it begins with and those at its end.
fn held_by_a_handle(limits: &Limits) -> u64 {
    limits.header_bytes.saturating_mul(2).saturating_add(HELD_BY_A_HANDLE)
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
