//! What is left when guests are gone. The test is alone in its process, so that it can count.

#![expect(clippy::unwrap_used, reason = "what the tests share panics as they do")]

#[path = "sandbox/bench.rs"]
#[expect(dead_code, reason = "the bench of the other tests; this one needs little of it")]
mod bench;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use bench::{Bench, PATIENCE, ending};
use rbit_job::Reason;

#[tokio::test]
async fn no_thread_and_no_file_is_left_of_jobs_that_were_stopped() {
    let bench = Bench::new();
    let mut plan = bench.plan("sleeps");
    plan.limits.timeout = Duration::from_millis(1);
    // The first brings what stays: the threads of the compiler.
    stop_at_timeout(&bench, &plan).await;
    let before = residue(|counted| counted.0 > 0);
    for _ in 0..50 {
        stop_at_timeout(&bench, &plan).await;
    }
    // A guest's memory is given back after its end was reported.
    let after = residue(|counted| *counted <= before);
    assert!(after <= before, "{after:?} threads and files instead of {before:?}");
}

async fn stop_at_timeout(bench: &Bench, plan: &rbit_job::Plan) {
    assert_eq!(ending(&bench.run(plan).await).0, Reason::Timeout);
}

/// Threads and open files of this process, counted until they are as expected or patience is over.
fn residue(is_expected: impl Fn(&(usize, usize)) -> bool) -> (usize, usize) {
    let count = |folder| fs::read_dir(folder).unwrap().count();
    let deadline = Instant::now() + PATIENCE / 4;
    loop {
        let counted = (count("/proc/self/task"), count("/proc/self/fd"));
        if is_expected(&counted) || Instant::now() > deadline {
            return counted;
        }
        thread::yield_now();
    }
}
