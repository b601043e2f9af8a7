//! The broker is short of memory, and takes no messages for a while.

use rbit_testkit::PrivateBroker;

use crate::trial::{Plan, Queues};

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_a_broker_short_of_memory_does_not_take_are_stored_when_it_has_room_again() {
    let node = PrivateBroker::start("").unwrap();
    let trial = Plan::new(Queues::Classic).on(&node.broker()).gated(1).set().await;
    node.alarm(true).unwrap();
    let running = trial.rbit_box.start();
    trial.until_gated_jobs_run().await;
    // The copies of the blocked job and of the message that is no request are under way.
    running.wait_for("copy not stored yet");
    assert_eq!(running.said("message put aside"), 0);
    node.alarm(false).unwrap();
    trial.open_gate();
    let findings = trial.finish(running).await;

    assert_eq!(findings.gated_builds(), [1], "{findings:?}");
    trial.strike().await;
}
