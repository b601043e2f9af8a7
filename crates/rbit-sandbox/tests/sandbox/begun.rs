//! When an instance begins before its job, and what becomes of one that does not come to wait. Seen from inside of the process alone.

use std::{
    fs,
    time::{Duration, Instant},
};

use rbit_job::{Plan, Processor, Reason};
use rbit_testkit::guests::guest;

use crate::suite::{
    bench::{PATIENCE, ending, frame, prelude},
    python::{Desk, ready::desk},
};

impl Desk {
    /// Says before the first job what it will be like.
    async fn expect(&self, plan: &Plan) {
        let prepared = self
            .bench
            .sandbox
            .prepare(&guest("python"), &plan.limits, &plan.mounts)
            .await;
        prepared.unwrap();
    }

    async fn until_one_is_ready(&self) {
        until("an instance is ready", || self.bench.sandbox.ready() > 0).await;
    }
}

#[tokio::test]
async fn an_instance_that_is_being_made_or_waits_ends_with_the_executor() {
    let desk = desk("pass");
    desk.bench.run(&desk.plan()).await.result.unwrap();
    drop(desk);
    until("nobody makes any", || !is_one_being_made()).await;
}

#[tokio::test]
async fn the_first_job_finds_one_where_it_is_known_before_what_jobs_will_be_like() {
    let desk = desk("pass");
    let plan = desk.plan();
    desk.expect(&plan).await;
    desk.until_one_is_ready().await;
    assert!(desk.bench.run(&plan).await.usage.was_ready);
    // It was for this one alone: the next is another, made after it.
    assert_eq!(desk.bench.sandbox.ready(), 0);
    desk.until_one_is_ready().await;
}

#[tokio::test]
async fn none_is_made_while_a_job_is_there() {
    let desk = desk("while True:\n    pass");
    let mut plan = desk.plan();
    plan.limits.timeout = Duration::from_millis(500);
    let running = desk.bench.run(&plan);
    let watched = async {
        desk.expect(&plan).await;
        let mut seen = 0;
        loop {
            tokio::task::yield_now().await;
            seen = seen.max(desk.bench.sandbox.ready());
            assert_eq!(seen, 0);
        }
    };
    tokio::select! {
        biased;
        execution = running => assert_eq!(ending(&execution).0, Reason::Timeout),
        () = watched => {}
    }
    desk.until_one_is_ready().await;
}

/// What `prime` may do that is of no use to a job: the inside of a module, with what it imports.
const UNFIT: [(&str, &str); 4] = [
    ("spins", r#"(func (export "prime") (loop (br 0)))"#),
    ("traps", r#"(func (export "prime") unreachable)"#),
    (
        "keeps a handle",
        r#"(func (export "prime") (drop (call $subscribe (i64.const 1))))"#,
    ),
    ("is missing", r#"(func (export "other"))"#),
];

#[tokio::test]
async fn an_instance_that_does_not_come_to_wait_is_no_jobs_and_is_not_tried_again() {
    for (what, prime) in UNFIT {
        let desk = desk("pass");
        let file = desk.bench.file("unfit.wasm", wat::parse_str(component(prime)).unwrap());
        let mut plan = desk.plan();
        if let Processor::Python(call) = &mut plan.processor {
            call.component = file;
        }
        plan.limits.timeout = Duration::from_secs(2);
        for _ in 0..2 {
            let execution = desk.bench.run(&plan).await;
            assert!(
                execution.result.is_ok() && !execution.usage.was_ready,
                "{what}: {execution:?}"
            );
            until(what, || !is_one_being_made()).await;
            assert_eq!(desk.bench.sandbox.ready(), 0, "{what}");
        }
    }
}

/// A component that can begin without a job, if `prime` is exported; its jobs are done at once.
fn component(prime: &str) -> String {
    let prime_as = if prime.contains(r#""prime""#) { "prime" } else { "other" };
    let core = format!(
        r#"
  (import "wasi:io/poll@0.2.12" (instance $poll (export "pollable" (type (sub resource)))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $inner (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $inner))))))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core instance $clocks (export "subscribe" (func $subscribe)))
  (core module $main
    (import "clocks" "subscribe" (func $subscribe (param i64) (result i32)))
    {prime}
    (func (export "run") (param i32) (result i32) (call $ok (i32.const 64) (i32.const 0)))
    {})
  (core instance $core (instantiate $main (with "clocks" (instance $clocks))))
  (func $prime (canon lift (core func $core "{prime_as}")))
  (export "{prime_as}" (func $prime))"#,
        prelude()
    );
    frame("component").replace("(; CORE ;)", &core)
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE / 2;
    while !is_so() {
        assert!(
            Instant::now() < deadline,
            "not in time: {what}; threads {:?}",
            threads()
        );
        tokio::task::yield_now().await;
    }
}

fn is_one_being_made() -> bool {
    threads().iter().any(|name| name == "primer")
}

/// Names of the threads of this process.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).collect()
}
