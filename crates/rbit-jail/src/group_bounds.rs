//! How much a process with guests may have of its control group.

use rbit_cgroup::GroupBounds;

/// What the jobs of one process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JobsUse {
    /// Jobs at once.
    pub(crate) jobs: u64,
    /// Bytes of the linear memories of one job.
    pub(crate) memory: u64,
    /// Bytes of the linear memories of all jobs of the box.
    pub(crate) budget: u64,
    /// Bytes of files of one job, where they are in memory; 0 where they are on a disk.
    pub(crate) files: u64,
    /// Bytes of a guest's stack.
    pub(crate) stack: u64,
    /// Bytes that the host may hold for one guest under its handles.
    pub(crate) held: u64,
    /// Bytes of instances that wait for a job.
    pub(crate) waiting: u64,
}

/// More than jobs that keep to their limits can need. One that may have more than the budget runs alone.
pub(crate) fn of_jobs(jobs: &JobsUse) -> GroupBounds {
    let guests = jobs.memory.saturating_mul(jobs.jobs).min(jobs.budget.max(jobs.memory));
    let each = [jobs.stack, jobs.files, jobs.held]
        .into_iter()
        .fold(HOST_OF_A_JOB, u64::saturating_add);
    let memory = guests.saturating_add(each.saturating_mul(jobs.jobs));
    GroupBounds {
        memory: memory.saturating_add(jobs.waiting).saturating_add(PROCESS),
        threads: jobs.jobs.saturating_mul(THREADS_OF_A_JOB).saturating_add(THREADS),
    }
}

/// For a compiler that may have so much memory of its own.
pub(crate) fn of_a_compiler(memory: u64, cores: u64) -> GroupBounds {
    GroupBounds {
        memory: memory.saturating_add(PROCESS),
        threads: cores.saturating_add(THREADS),
    }
}

/// What a sandbox holds for a job outside of its memories and under no handle: tables, calls, open files' buffers, answers to its requests.
const HOST_OF_A_JOB: u64 = 256 << 20;
/// The process itself, with the component's code.
const PROCESS: u64 = 512 << 20;
/// Threads that wait for the files of one job, at most, with its own.
const THREADS_OF_A_JOB: u64 = 520;
const THREADS: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn no_process_whose_jobs_keep_to_their_limits_reaches_its_bounds() {
        let jobs = |jobs, memory, budget, files| {
            of_jobs(&JobsUse {
                jobs,
                memory,
                budget,
                files,
                stack: 0,
                held: 1,
                waiting: 7,
            })
        };
        let own = |jobs| 7 + PROCESS + jobs * (HOST_OF_A_JOB + 1);
        for (found, guests_and_files, of) in [
            (jobs(1, GIB, 8 * GIB, 0), GIB, 1),
            (jobs(4, GIB, 8 * GIB, 0), 4 * GIB, 4),
            // The box's budget is that of all runners together.
            (jobs(16, GIB, 8 * GIB, 0), 8 * GIB, 16),
            (jobs(16, 9 * GIB, 8 * GIB, 0), 9 * GIB, 16),
            (jobs(2, GIB, 8 * GIB, GIB), 4 * GIB, 2),
        ] {
            assert_eq!(found.memory, guests_and_files + own(of));
            assert_eq!(found.threads, 520 * of + 32);
        }
        let endless = jobs(1, u64::MAX, u64::MAX, 0);
        assert_eq!(endless.memory, u64::MAX);
    }
}
