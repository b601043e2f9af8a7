//! How much a program may have of its control group.

use std::path::Path;

use rbit_cgroup::GroupBounds;
use rbit_job::Limits;
use rustix::fs::{FsWord, statfs};

/// What a job with these limits may use, with its folders there. Files count where they are memory.
pub(crate) fn of_a_job(limits: &Limits, folder: &Path) -> GroupBounds {
    let is_in_memory = statfs(folder).is_ok_and(|found| found.f_type == TMPFS);
    of(limits, is_in_memory)
}

fn of(limits: &Limits, are_files_memory: bool) -> GroupBounds {
    let files = if are_files_memory { limits.disk } else { 0 };
    GroupBounds {
        memory: limits.memory.saturating_add(files).saturating_add(BUBBLEWRAP),
        threads: u64::from(limits.processes).saturating_add(BUBBLEWRAPS),
    }
}

const TMPFS: FsWord = 0x0102_1994;
/// Bytes that bubblewrap itself has, with what the kernel keeps for its namespaces.
const BUBBLEWRAP: u64 = 16 << 20;
/// Its own processes: one outside of the namespace, one in it.
const BUBBLEWRAPS: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_what_its_job_may_have_and_files_where_they_are_memory() {
        let limits = Limits {
            memory: 100 << 20,
            disk: 30 << 20,
            processes: 5,
            ..Limits::default()
        };
        for (are_files_memory, mib) in [(false, 116), (true, 146)] {
            let bounds = of(&limits, are_files_memory);
            assert_eq!((bounds.memory >> 20, bounds.threads), (mib, 7));
        }
    }
}
