//! Stops: by the clock, by somebody, by a caller that is gone.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use rbit_job::{Plan, Reason, port::StopCause};
use rbit_sandbox::SandboxSettings;
use rbit_testkit::guests::Fixture;

use crate::suite::bench::{Bench, PATIENCE, ending, fixture, plan, prelude};

const SHORT: Duration = Duration::from_millis(200);

async fn times_out(bench: &Bench, mut plan: Plan) -> String {
    plan.limits.timeout = SHORT;
    let execution = bench.run(&plan).await;
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::Timeout, "{text}");
    assert!(
        execution.usage.wall >= SHORT && execution.usage.wall < PATIENCE / 10,
        "{execution:?}"
    );
    assert!(text.starts_with("timeout: limit 200ms is over, used "), "{text}");
    text
}

#[tokio::test]
async fn a_guest_that_spins_is_gone_at_its_timeout_and_where_it_was_is_said() {
    let bench = Bench::new();
    let text = times_out(&bench, bench.plan("spins")).await;
    // A machine with much else to do may not let it say so in time.
    assert!(
        text.contains("spin") || text.ends_with("it was in one long operation"),
        "{text}"
    );
}

#[tokio::test]
async fn a_guest_that_spins_before_it_is_called_is_gone_at_its_timeout() {
    let bench = Bench::new();
    times_out(&bench, bench.plan("spins_at_start")).await;
}

#[tokio::test]
async fn a_guest_that_sleeps_is_gone_at_its_timeout() {
    let bench = Bench::new();
    let text = times_out(&bench, bench.plan("sleeps")).await;
    assert!(text.ends_with("it waited for the host"), "{text}");
    assert_eq!(bench.log.all(), ["stdout: asleep"]);
}

/// Guests that do not end by themselves, each busy with something else.
const RESTLESS: [&str; 9] = [
    "spins",
    "spins_at_start",
    "sleeps",
    "dives",
    "wants_more",
    "writes_on",
    "fills_memory",
    "copies_memory",
    "fills_tables",
];

/// Stops a guest that has run for a moment, and says how long that took.
async fn stopped(bench: &Bench, plan: &Plan, cause: StopCause) -> (Reason, Duration) {
    let asked = Arc::new(OnceLock::new());
    let asks = asked.clone();
    let stop = async move {
        tokio::time::sleep(SHORT).await;
        asks.get_or_init(Instant::now);
        cause
    };
    let execution = bench.run_until(plan, Box::pin(stop)).await;
    (ending(&execution).0, asked.get().unwrap().elapsed())
}

fn large_bench() -> Bench {
    Bench::with(SandboxSettings {
        max_jobs: 4,
        max_memory: 2 << 30,
        ..SandboxSettings::default()
    })
}

#[tokio::test]
async fn a_stop_ends_any_guest_with_its_cause() {
    let bench = large_bench();
    let of_text = RESTLESS.map(|guest| (guest, bench.path(&format!("{guest}.wasm")), bench.plan(guest)));
    // In the middle of calls that change files, or look at them.
    let of_files = [Fixture::MovesOn, Fixture::ListsOn];
    let of_files = of_files.map(|guest| (guest.name(), guest.path(), bench.fixture_plan(guest, &[])));
    for (guest, file, mut plan) in of_text.into_iter().chain(of_files) {
        plan.limits.memory = 2 << 30;
        bench.sandbox.inspect(&file, None).unwrap();
        for (cause, reason) in [
            (StopCause::Cancel, Reason::Cancelled),
            (StopCause::Drain, Reason::Interrupted),
        ] {
            let (actual, took) = stopped(&bench, &plan, cause).await;
            assert_eq!(actual, reason, "{guest}");
            println!("{guest}: {took:?}");
            assert!(took < PATIENCE / 10, "{guest}: {took:?}");
        }
    }
}

#[tokio::test]
async fn nothing_that_a_stopped_guest_does_can_be_seen() {
    let bench = large_bench();
    let mut plan = bench.plan("fills_memory");
    plan.limits.memory = 2 << 30;
    stopped(&bench, &plan, StopCause::Cancel).await;
    let lines = bench.log.all();
    // Its place is free when it has really ended.
    let next = bench.plan("returns");
    for _ in 0..4 {
        assert!(bench.run(&next).await.result.is_ok());
    }
    assert_eq!(bench.log.all(), lines);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_the_compiler() {
    let bench = Bench::new();
    let functions = "(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))".repeat(20_000);
    let module = format!("(module {} {functions} {})", fixture("spins"), prelude());
    let plan = plan(&bench.file("large.wasm", wat::parse_str(module).unwrap()));
    let (reason, took) = stopped(&bench, &plan, StopCause::Cancel).await;
    assert_eq!(reason, Reason::Cancelled);
    println!("{took:?}");
    assert!(took < PATIENCE / 10, "{took:?}");
}

#[tokio::test]
async fn a_stop_that_was_asked_for_before_the_start_is_heeded_without_starting() {
    let bench = Bench::new();
    let execution = bench
        .run_until(&bench.plan("sleeps"), Box::pin(async { StopCause::Cancel }))
        .await;
    assert_eq!(ending(&execution).0, Reason::Cancelled);
    assert!(bench.log.all().is_empty());
}

#[tokio::test]
async fn a_guest_whose_caller_gave_up_is_ended_and_its_slot_is_free_again() {
    let bench = Bench::with_jobs(1);
    let (sleeping, next) = (bench.plan("sleeps"), bench.plan("returns"));
    tokio::select! {
        _ = bench.run(&sleeping) => panic!("it sleeps for an hour"),
        () = bench.log.any() => {}
    }
    let execution = tokio::time::timeout(PATIENCE, bench.run(&next)).await.unwrap();
    assert!(execution.result.is_ok());
}
