//! What is left when guests are gone.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rbit_job::{Reason, RunnerName};

use crate::bench::{Bench, PATIENCE, ending};

#[tokio::test]
async fn no_thread_no_task_no_file_and_no_folder_is_left_of_a_thousand_jobs_that_were_stopped() {
    let bench = Bench::new();
    let mut plans = ["sleeps", "spins", "writes_on"].map(|guest| bench.plan(guest));
    for (plan, runner) in plans.iter_mut().zip(["a", "b", "c"]) {
        plan.runner = RunnerName::new(runner).unwrap();
        plan.limits.timeout = Duration::from_millis(1);
        // The first brings what stays: the threads of the compiler, the processes.
        stop_at_timeout(&bench, plan).await;
    }
    let before = residue(&bench, |counted| counted.threads > 0);
    for plan in plans.iter().cycle().take(1000) {
        stop_at_timeout(&bench, plan).await;
    }
    // A guest's memory is given back after its end was reported.
    let after = residue(&bench, |counted| counted.is_no_more_than(&before));
    println!("before a thousand stopped jobs: {before:?}\nafter them: {after:?}");
    assert!(after.is_no_more_than(&before), "{after:?} instead of {before:?}");
}

async fn stop_at_timeout(bench: &Bench, plan: &rbit_job::Plan) {
    assert_eq!(ending(&bench.run(plan).await).0, Reason::Timeout);
}

/// What there is of each.
#[derive(Debug)]
struct Residue {
    processes: usize,
    threads: usize,
    sockets: usize,
    tasks: usize,
    files: usize,
    in_folder: usize,
}

impl Residue {
    fn is_no_more_than(&self, other: &Self) -> bool {
        self.processes <= other.processes
            && self.threads <= other.threads
            && self.sockets <= other.sockets
            && self.tasks <= other.tasks
            && self.files <= other.files
            && self.in_folder <= other.in_folder
    }
}

/// What this process has, counted until it is as expected or patience is over.
fn residue(bench: &Bench, is_expected: impl Fn(&Residue) -> bool) -> Residue {
    let count = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let deadline = Instant::now() + PATIENCE / 4;
    loop {
        let counted = Residue {
            processes: processes(),
            sockets: sockets(),
            threads: count("/proc/self/task".as_ref()),
            tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
            files: count("/proc/self/fd".as_ref()),
            in_folder: count(&bench.path("")) + count(&bench.path("scratch")),
        };
        if is_expected(&counted) || Instant::now() > deadline {
            return counted;
        }
        thread::yield_now();
    }
}

/// Those that this one has started.
fn processes() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    children.map(|of_task| of_task.split_whitespace().count()).sum()
}

fn sockets() -> usize {
    let files = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}
