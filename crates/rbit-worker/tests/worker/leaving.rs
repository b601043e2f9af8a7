//! Slots, drain and halt.

use std::time::Duration;

use crate::bench::{Bench, message};
use rbit_job::{JobState, Reason};
use rbit_testkit::Act;
use rbit_worker::{Phase, Until};

#[tokio::test]
async fn no_more_jobs_run_at_once_than_there_are_slots() {
    let bench = Bench::new(Act::RunUntilStopped).with_slots(2);
    for job in 1..=5 {
        bench.publish(message(&job.to_string()));
    }
    let executor = bench.executor.clone();
    let (shutdown, producer) = (bench.shutdown.clone(), bench.producer.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    executor.running(2).await;
    assert_eq!(producer.left(), 3, "a message was taken without a slot");
    shutdown.advance(Phase::Halt);
    running.await.unwrap();
    assert_eq!(executor.most_at_once(), 2);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_outlast_the_grace_are_stopped_and_left_to_the_queue() {
    let bench = Bench::new(Act::RunUntilStopped);
    bench.publish(message("1"));
    let (executor, shutdown) = (bench.executor.clone(), bench.shutdown.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    executor.running(1).await;
    shutdown.advance(Phase::Drain);
    let ran = running.await.unwrap();
    assert_eq!(ran.settled.len(), 1);
    let finish = &ran.journal.finishes()[0];
    assert_eq!(
        (finish.state, finish.outcome.reason()),
        (JobState::Interrupted, Reason::Interrupted)
    );
    assert_eq!(finish.status, None);
}

#[tokio::test]
async fn a_halt_does_not_wait_for_the_grace() {
    let bench = Bench::new(Act::RunUntilStopped).with_grace(Duration::from_secs(3600));
    bench.publish(message("1"));
    let (executor, shutdown) = (bench.executor.clone(), bench.shutdown.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    executor.running(1).await;
    shutdown.advance_once();
    shutdown.advance_once();
    let ran = running.await.unwrap();
    assert_eq!(ran.journal.finishes()[0].outcome.reason(), Reason::Interrupted);
}

#[tokio::test]
async fn a_drain_takes_no_more_messages() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.shutdown.advance(Phase::Drain);
    bench.publish(message("1"));
    let producer = bench.producer.clone();
    let ran = bench.run(Until::ToldToStop).await;
    assert_eq!((producer.left(), ran.executor.plans().len()), (1, 0));
}
