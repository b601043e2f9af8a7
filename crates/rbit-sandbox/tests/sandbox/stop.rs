//! Stops: by the clock, by somebody, by a caller that is gone.

use std::time::{Duration, Instant};

use rbit_job::{Plan, Reason, port::StopCause};

use crate::bench::{Bench, PATIENCE, ending};

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
    assert!(text.starts_with("timeout: limit 200ms is over; "), "{text}");
    text
}

#[tokio::test]
async fn a_guest_that_spins_is_gone_at_its_timeout_and_where_it_was_is_said() {
    let bench = Bench::new();
    let text = times_out(&bench, bench.plan("spins")).await;
    assert!(text.contains("spin"), "{text}");
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

#[tokio::test]
async fn a_stop_ends_any_guest_with_its_cause() {
    for guest in ["spins", "spins_at_start", "sleeps"] {
        for (cause, reason) in [
            (StopCause::Cancel, Reason::Cancelled),
            (StopCause::Drain, Reason::Interrupted),
        ] {
            let bench = Bench::new();
            let plan = bench.plan(guest);
            bench.sandbox.inspect(&bench.path(&format!("{guest}.wasm"))).unwrap();
            let start = Instant::now();
            let stop = async move {
                tokio::time::sleep(SHORT).await;
                cause
            };
            let execution = bench.run_until(&plan, Box::pin(stop)).await;
            assert_eq!(ending(&execution).0, reason, "{guest}");
            assert!(start.elapsed() < PATIENCE / 10, "{guest}");
        }
    }
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
