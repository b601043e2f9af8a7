//! Slots, drain and halt.

use std::{sync::Arc, time::Duration};

use crate::bench::{Bench, message, report};
use jiff::Timestamp;
use rbit_job::{Attempt, Disposition, JobState, QueuePolicy, Reason, Standing, Status, port::Journal as _};
use rbit_testkit::{Act, RecordingReporter, RecordingSink};
use rbit_worker::{Phase, RunError, Until};

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

#[tokio::test]
async fn a_message_whose_twin_runs_waits_as_its_queue_says() {
    let policy = QueuePolicy {
        retry_steps: vec![Duration::from_secs(3)],
        ..QueuePolicy::default()
    };
    let bench = Bench::new(Act::RunUntilStopped).with_slots(2).with_policy(policy);
    bench.publish(message("1"));
    bench.publish(message("1"));
    let (shutdown, producer) = (bench.shutdown.clone(), bench.producer.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    let dispositions: Vec<_> = producer
        .settled(1)
        .await
        .into_iter()
        .map(|one| one.disposition)
        .collect();
    let expected = Disposition::Retry {
        delay: Duration::from_secs(3),
        attempt: Attempt::FIRST,
    };
    assert_eq!(dispositions, [Some(expected)]);
    shutdown.advance(Phase::Halt);
    running.await.unwrap();
}

#[tokio::test]
async fn a_worker_whose_source_ends_by_itself_ends_its_jobs_and_leaves_with_an_error() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.publish(message("1"));
    let producer = bench.producer.clone();
    let running = tokio::spawn(bench.try_run(Until::ToldToStop));
    producer.settled(1).await;
    producer.end();
    let (ran, left) = running.await.unwrap();
    assert!(matches!(left, Err(RunError::NoMoreJobs)), "{left:?}");
    assert_eq!(ran.dispositions(), [Some(Disposition::Ack)]);
    assert_eq!(ran.statuses(), [Status::Building, Status::Done]);
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

#[tokio::test(start_paused = true)]
async fn a_report_that_is_being_sent_when_the_box_stops_is_sent_once() {
    let reporter = RecordingReporter::new(Standing::Unheard).answering_after(Duration::from_secs(3));
    let bench = Bench::new(Act::Return(vec![])).with_reporter(reporter);
    bench.publish(message("1"));
    let (reporter, shutdown) = (bench.reporter.clone(), bench.shutdown.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    reporter.taken(2).await;
    shutdown.advance(Phase::Drain);
    let ran = running.await.unwrap();
    assert_eq!(ran.statuses(), [Status::Building, Status::Done]);
    assert_eq!(ran.journal.next_report_due(Timestamp::MIN).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_being_told_when_the_box_stops_is_told_once() {
    let sink = Arc::new(RecordingSink::new(Duration::from_secs(3)));
    let bench = Bench::new(Act::Return(vec![])).telling(sink.clone());
    bench.publish(message("1"));
    let shutdown = bench.shutdown.clone();
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    sink.heard(2).await;
    shutdown.advance(Phase::Drain);
    let ran = running.await.unwrap();
    assert_eq!(sink.heard(2).await, [Status::Building, Status::Done]);
    assert_eq!(ran.journal.untold_events().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_front_end_that_never_answers_holds_no_box_up_for_long() {
    let reporter = RecordingReporter::new(Standing::Unheard).answering_after(Duration::from_secs(3600));
    let bench = Bench::new(Act::Return(vec![])).with_reporter(reporter);
    bench.journal.add_report(report("1", Status::Done));
    let (reporter, shutdown) = (bench.reporter.clone(), bench.shutdown.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    reporter.taken(1).await;
    let told = tokio::time::Instant::now();
    shutdown.advance(Phase::Drain);
    let ran = running.await.unwrap();
    assert!(told.elapsed() <= Duration::from_secs(20), "{:?}", told.elapsed());
    assert!(
        ran.journal.next_report_due(Timestamp::MIN).await.unwrap().is_some(),
        "it is kept for the next start"
    );
}
