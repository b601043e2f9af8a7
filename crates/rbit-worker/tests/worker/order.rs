//! The order in which a front-end hears of a job.

use std::time::Duration;

use jiff::Timestamp;
use rbit_job::{Standing, Status, port::Journal as _};
use rbit_testkit::{Act, RecordingReporter};
use rbit_worker::{Phase, Until};
use tokio::time::timeout;

use crate::bench::{Bench, message, report};

/// The clock of these tests moves only when nothing else does.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A box whose job runs until it is told to stop, and whose front-end has yet to hear that the attempt before was blocked.
fn second_attempt(reporter: RecordingReporter) -> Bench {
    let bench = Bench::new(Act::RunUntilStopped).with_reporter(reporter);
    bench.journal.add_report(report("1", Status::Blocked));
    bench.publish(message("1").attempt(2));
    bench
}

fn waiting() -> RecordingReporter {
    RecordingReporter::new(Standing::Known(Status::Waiting))
}

/// Runs a box until so many statuses were told, then stops its job.
async fn told(bench: Bench, count: usize) -> Vec<Status> {
    let (reporter, shutdown) = (bench.reporter.clone(), bench.shutdown.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    timeout(PATIENCE, reporter.taken(count)).await.unwrap();
    shutdown.advance(Phase::Halt);
    running.await.unwrap().statuses()
}

#[tokio::test(start_paused = true)]
async fn the_start_of_an_attempt_is_told_after_the_end_of_the_one_before() {
    let bench = second_attempt(waiting());
    let later = Timestamp::UNIX_EPOCH + Duration::from_secs(300);
    let id = bench.journal.due_reports(Timestamp::UNIX_EPOCH).await.unwrap()[0].id;
    bench
        .journal
        .report_failed(id, "connection refused", Some(later))
        .await
        .unwrap();
    assert_eq!(told(bench, 2).await, [Status::Blocked, Status::Building]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_begins_while_the_end_of_the_one_before_is_being_told_waits_for_the_answer() {
    let bench = second_attempt(waiting().answering_after(Duration::from_secs(3)));
    let reporter = bench.reporter.clone();
    assert_eq!(told(bench, 2).await, [Status::Blocked, Status::Building]);
    assert_eq!(reporter.most_at_once(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_front_end_that_was_down_at_the_start_of_a_job_hears_of_it_while_the_job_runs() {
    let bench = Bench::new(Act::RunUntilStopped).with_reporter(waiting().refusing(1));
    bench.publish(message("1"));
    assert_eq!(told(bench, 1).await, [Status::Building]);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_could_not_be_told_before_the_job_ended_is_not_told_any_more() {
    let bench = Bench::new(Act::Return(vec![])).with_reporter(waiting().refusing(u32::MAX));
    bench.publish(message("1"));
    let journal = bench.journal.clone();
    bench.run_until_empty().await;
    let left = journal.due_reports(Timestamp::MAX).await.unwrap();
    let left: Vec<_> = left.iter().map(|pending| pending.report.status).collect();
    assert_eq!(left, [Status::Done]);
}

#[tokio::test(start_paused = true)]
async fn a_late_status_is_not_told_of_a_job_that_has_ended_elsewhere() {
    let bench = Bench::new(Act::Return(vec![])).with_reporter(RecordingReporter::new(Standing::Known(Status::Done)));
    bench.journal.add_report(report("1", Status::Blocked));
    bench
        .journal
        .report_failed(0, "connection refused", Some(Timestamp::UNIX_EPOCH))
        .await
        .unwrap();
    bench.journal.add_report(report("2", Status::Failed));
    let (reporter, shutdown, journal) = (bench.reporter.clone(), bench.shutdown.clone(), bench.journal.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    timeout(PATIENCE, reporter.taken(1)).await.unwrap();
    shutdown.advance(Phase::Drain);
    assert_eq!(running.await.unwrap().statuses(), [Status::Failed]);
    assert_eq!(journal.due_reports(Timestamp::MAX).await.unwrap(), []);
}
