//! Guests beside each other.

use std::time::Duration;

use rbit_job::{Reason, port::StopCause};
use rbit_sandbox::SandboxSettings;

use crate::suite::bench::{Bench, PATIENCE, ending, module, plan};

#[tokio::test]
async fn guests_that_spin_do_not_keep_others_from_running() {
    let bench = Bench::with_jobs(3);
    let (spinning, short) = (bench.plan("spins"), bench.plan("returns"));
    let short_jobs = async {
        for _ in 0..20 {
            let result = bench.run(&short).await.result;
            assert!(result.is_ok(), "{result:?}");
        }
    };
    let spin = || bench.run(&spinning);
    tokio::select! {
        _ = async { tokio::join!(spin(), spin()) } => panic!("they spin until {PATIENCE:?} are over"),
        () = short_jobs => {}
    }
}

#[tokio::test]
async fn jobs_of_one_runner_with_different_components_do_not_end_each_other() {
    let bench = Bench::with_jobs(8);
    let components: Vec<_> = (0..4)
        .map(|number| {
            let mut bytes = module("returns");
            // A section without a meaning makes it another component.
            bytes.extend([0, 2, 1, b'0' + number]);
            plan(&bench.file(&format!("{number}.wasm"), bytes))
        })
        .collect();
    for round in 0..5 {
        let jobs = components.iter().cycle().take(8).map(|plan| bench.run(plan));
        for execution in futures_util::future::join_all(jobs).await {
            assert!(execution.result.is_ok(), "round {round}: {:?}", execution.result);
        }
    }
}

#[tokio::test]
async fn a_job_too_many_waits_for_a_slot_and_can_be_stopped_while_it_waits() {
    let bench = Bench::with_jobs(1);
    let (sleeping, next) = (bench.plan("sleeps"), bench.plan("returns"));
    let waits = async {
        bench.log.any().await;
        let stop = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            StopCause::Drain
        };
        bench.run_until(&next, Box::pin(stop)).await
    };
    tokio::select! {
        _ = bench.run(&sleeping) => panic!("it sleeps for an hour"),
        stopped = waits => assert_eq!(ending(&stopped).0, Reason::Interrupted),
    }
}

#[tokio::test]
async fn a_job_waits_for_memory_that_another_may_have_and_does_not_fail() {
    let bench = Bench::with(SandboxSettings {
        max_jobs: 2,
        memory_budget: 16 << 20,
        ..SandboxSettings::default()
    });
    let (sleeping, next) = (bench.plan("sleeps"), bench.plan("returns"));
    let mut sleeps = Box::pin(bench.run(&sleeping));
    tokio::select! {
        _ = &mut sleeps => panic!("it sleeps for an hour"),
        () = bench.log.any() => {}
    }
    let mut waits = Box::pin(bench.run(&next));
    tokio::select! {
        _ = &mut sleeps => panic!("it sleeps for an hour"),
        _ = &mut waits => panic!("there is no room for it"),
        () = tokio::time::sleep(Duration::from_millis(50)) => {}
    }
    // Whoever gives up on a job ends it.
    drop(sleeps);
    assert!(waits.await.result.is_ok());
}
