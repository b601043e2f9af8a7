//! The broker goes away, and comes again with what it has on disk.

use rbit_testkit::PrivateBroker;

use crate::{
    rbit_program::Running,
    trial::{Plan, Queues, Trial},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_stopped_and_started_finds_its_boxes_and_their_jobs_again() {
    let node = PrivateBroker::start("").unwrap();
    let stages = Stage::both(&node).await;
    node.stop().unwrap();
    for stage in &stages {
        stage.running.wait_for("no connection to the broker yet");
    }
    node.start_again().unwrap();
    Stage::end(stages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_started_again_finds_its_boxes_and_their_jobs_again() {
    let node = PrivateBroker::start("").unwrap();
    let stages = Stage::both(&node).await;
    // RabbitMQ writes the list of its quorum queues to the disk twice a second; what is not in it cannot be used ever after.
    node.control(&["eval", "[dets:sync(Table) || Table <- dets:all()]."])
        .unwrap();
    node.kill();
    for stage in &stages {
        stage.running.wait_for("no connection to the broker yet");
    }
    node.revive().unwrap();
    Stage::end(stages).await;
}

/// A box with a running job.
struct Stage {
    trial: Trial,
    running: Running,
}

impl Stage {
    /// One with classic and one with quorum queues.
    async fn both(node: &PrivateBroker) -> [Self; 2] {
        [
            Self::set(node, Queues::Classic).await,
            Self::set(node, Queues::Quorum).await,
        ]
    }

    async fn set(node: &PrivateBroker, kind: Queues) -> Self {
        let trial = Plan::new(kind).on(&node.broker()).gated(1).set().await;
        let running = trial.rbit_box.start();
        trial.until_gated_jobs_run().await;
        Self { trial, running }
    }

    async fn end(stages: [Self; 2]) {
        for Self { trial, running } in stages {
            running.wait_for("message came back while its job runs: adopted");
            trial.open_gate();
            let findings = trial.finish(running).await;
            assert_eq!(findings.gated_builds(), [1], "{findings:?}");
            trial.strike().await;
        }
    }
}
