//! The network between box and broker fails, and is mended.

use std::time::{Duration, Instant};

use rbit_testkit::{Proxy, TestBroker};

use crate::{
    rbit_program::Running,
    trial::{Plan, Queues, Trial},
};

/// `cargo xtask thaw` shows what it prints.
#[tokio::test(flavor = "multi_thread")]
async fn a_box_whose_network_was_frozen_until_heartbeats_failed_consumes_again() {
    let stage = Stage::set().await;
    let mut times = Vec::new();
    for time in 1..=FREEZES {
        stage.proxy.freeze();
        stage.running.wait_for_times(time, LOST);
        let thawed = Instant::now();
        stage.proxy.thaw();
        times.push(stage.first_delivery_since(thawed).await);
        stage.running.wait_for_times(2 * time, ADOPTED);
    }
    times.sort();
    eprintln!(
        "consuming again after a thaw: {times:.1?}, median {:.1?}",
        times[FREEZES / 2]
    );
    stage.end("frozen", Instant::now()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_whose_connections_vanished_in_a_black_hole_consumes_again() {
    let stage = Stage::set().await;
    stage.proxy.black_hole();
    stage.running.wait_for(LOST);
    // New connections are taken, and nothing answers.
    stage.running.wait_for("no connection to the broker yet");
    let thawed = Instant::now();
    stage.proxy.thaw();
    stage.end("black hole", thawed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_whose_connections_were_refused_for_a_while_consumes_again() {
    let stage = Stage::set().await;
    stage.proxy.refuse().await;
    stage.proxy.cut();
    stage.running.wait_for_times(4, "no connection to the broker yet");
    let thawed = Instant::now();
    stage.proxy.listen().await.unwrap();
    stage.end("refused", thawed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_whose_connections_are_cut_again_and_again_loses_and_doubles_nothing() {
    let stage = Stage::set().await;
    for time in 1..=5 {
        stage.proxy.cut();
        stage.running.wait_for_times(time, LOST);
        stage.running.wait_for_times(2 * time, ADOPTED);
    }
    stage.end("cut", Instant::now()).await;
}

/// A box behind a proxy, two of whose jobs run.
struct Stage {
    proxy: Proxy,
    trial: Trial,
    running: Running,
}

impl Stage {
    async fn set() -> Self {
        let broker = TestBroker::find().unwrap();
        let proxy = Proxy::to((broker.host.as_str(), broker.port)).await.unwrap();
        let plan = Plan::new(Queues::Classic).on(&broker).through(proxy.address());
        let trial = plan.gated(2).set().await;
        trial.rbit_box.edit("heartbeat = 5s", "heartbeat = 2s");
        let running = trial.rbit_box.start();
        trial.until_gated_jobs_run().await;
        Self { proxy, trial, running }
    }

    /// How long after `thawed` a message is dealt with that is published now.
    async fn first_delivery_since(&self, thawed: Instant) -> Duration {
        let put_aside = self.running.said(PUT_ASIDE);
        self.trial.publish_nonsense().await;
        self.running.wait_for_times(put_aside + 1, PUT_ASIDE);
        thawed.elapsed()
    }

    /// The network works again since `thawed`.
    async fn end(self, fault: &str, thawed: Instant) {
        let first = self.first_delivery_since(thawed).await;
        eprintln!("{fault}: first delivery {first:?} after the network was back");
        self.running.wait_for_times(2, ADOPTED);
        self.trial.open_gate();
        let findings = self.trial.finish(self.running).await;
        assert_eq!(findings.gated_builds(), [1, 1], "{findings:?}");
        self.trial.strike().await;
    }
}

/// Enough for a median.
const FREEZES: usize = 5;
const LOST: &str = "connection to the broker lost";
const ADOPTED: &str = "message came back while its job runs: adopted";
const PUT_ASIDE: &str = "message put aside";
