//! The broker closes its connections, and lives on.

use rbit_testkit::PrivateBroker;

use crate::trial::{Plan, Queues};

#[tokio::test(flavor = "multi_thread")]
async fn jobs_whose_connections_the_broker_closes_go_on_and_are_not_started_again() {
    for kind in [Queues::Classic, Queues::Quorum] {
        go_on(kind).await;
    }
}

async fn go_on(kind: Queues) {
    let node = PrivateBroker::start("").unwrap();
    let trial = Plan::new(kind).on(&node.broker()).gated(3).set().await;
    let running = trial.rbit_box.start();
    trial.until_gated_jobs_run().await;
    for time in 1..=TIMES {
        node.close_all_connections().unwrap();
        running.wait_for_times(3 * time, "message came back while its job runs: adopted");
    }
    trial.open_gate();
    let findings = trial.finish(running).await;

    assert_eq!(findings.gated_builds(), [1, 1, 1], "{findings:?}");
    assert_eq!(findings.parked, 1, "{findings:?}");
    trial.strike().await;
}

const TIMES: usize = 4;
