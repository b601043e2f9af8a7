//! Telling a running box to leave, from outside.

use std::time::{Duration, Instant};

use rbit_testkit::guests::Fixture;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{Running, stderr, stdout},
};

#[test]
fn a_box_that_is_told_to_drain_leaves_and_is_waited_for() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let running = started(&rbit_box);
    let said = stdout(&rbit_box.call(&["drain", "rbit.ini", "--wait"]));
    assert!(
        said.starts_with("the box (pid ") && said.ends_with("has left\n"),
        "{said}"
    );
    // The folder is free, whether or not the process has been reaped.
    let next = started(&rbit_box);
    assert!(running.wait().status.success());
    next.stop();
}

#[test]
fn a_box_that_drains_waits_for_its_running_job_hears_other_orders_and_takes_no_more() {
    let loops = TestRunner::new("loops", Fixture::LoopsForever);
    let queue = loops.queue();
    let rbit_box = RbitBox::local(&[loops]);
    for job in ["4", "5"] {
        rbit_box.call(&["push", "rbit.ini", "--queue", &queue, "--package", "m1", "--job", job]);
    }
    let settings = ["--set", "rbit.slots=1", "--set", "rbit.drain-timeout=10m"];
    let mut run = rbit_box.command(&[&["run", "rbit.ini"][..], &settings].concat());
    let running = Running::start_and_wait_for(&mut run, "started");
    let deadline = Instant::now() + PATIENCE;
    while rbit_box.jobs().is_empty() {
        assert!(Instant::now() < deadline, "no job was taken");
    }
    let said = stdout(&rbit_box.call(&["drain", "rbit.ini"]));
    assert!(said.ends_with("is told to drain\n"), "{said}");
    // Orders are carried out one after the other.
    rbit_box.call(&["jobs", "cancel", "rbit.ini", "4"]);
    assert!(running.wait().status.success());
    let jobs = rbit_box.jobs();
    assert_eq!(jobs.len(), 1, "job 5 waits for the next box");
    assert_eq!(
        (&jobs[0]["job"], &jobs[0]["outcome"]),
        (&"4".into(), &"cancelled".into())
    );
}

#[test]
fn where_no_box_runs_there_is_nothing_to_drain() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    for words in [&["drain", "rbit.ini"][..], &["drain", "rbit.ini", "--wait"]] {
        let output = rbit_box.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(69));
        assert!(
            stderr(&output).contains("no box works in the state folder"),
            "{}",
            stderr(&output)
        );
    }
}

fn started(rbit_box: &RbitBox) -> Running {
    Running::start_and_wait_for(&mut rbit_box.command(&["run", "rbit.ini"]), "started")
}

/// Generous: it only ends tests that have already failed.
const PATIENCE: Duration = Duration::from_secs(60);
