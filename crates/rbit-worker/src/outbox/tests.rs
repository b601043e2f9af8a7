use rbit_job::{JobId, Standing, Status, port::Report};
use rbit_testkit::{FixedClock, MemoryJournal, RecordingReporter};
use tokio::{task::JoinHandle, time::timeout};

use super::*;
use crate::farewell::Farewell;

fn pending(tries: u32) -> PendingReport {
    let report = Report {
        job: JobId::new("1").unwrap(),
        web_host: None,
        status: Status::Done,
    };
    PendingReport {
        id: 1,
        report,
        tries,
        created: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn a_report_is_tried_at_growing_distances_for_a_week() {
    let start = Timestamp::UNIX_EPOCH;
    let wait = |tries| until(start, next_try(&pending(tries), true, start).unwrap()).as_secs();
    assert_eq!([0, 1, 2, 8, 9, 1000].map(wait), [1, 2, 4, 256, 300, 300]);
    let week_later = start + GIVE_UP_AFTER;
    assert_eq!(next_try(&pending(2000), true, week_later), None);
}

#[test]
fn a_report_is_not_given_up_because_the_clock_jumps() {
    let week_later = Timestamp::UNIX_EPOCH + GIVE_UP_AFTER;
    assert!(next_try(&pending(3), true, week_later).is_some());
}

#[test]
fn a_report_that_will_never_be_taken_is_given_up_at_once() {
    assert_eq!(next_try(&pending(0), false, Timestamp::UNIX_EPOCH), None);
}

/// What a front-end is to be told of a job.
fn report(front_end: &str, job: u32, status: Status) -> Report {
    Report {
        job: JobId::new(job.to_string()).unwrap(),
        web_host: Some(front_end.to_owned()),
        status,
    }
}

/// An outbox with these reports, that runs.
fn running(
    reporter: &Arc<RecordingReporter>,
    reports: impl IntoIterator<Item = Report>,
) -> (JoinHandle<()>, Arc<MemoryJournal>, Farewell) {
    let (journal, farewell) = (Arc::<MemoryJournal>::default(), Farewell::new());
    for report in reports {
        journal.add_report(report);
    }
    let outbox = Outbox::new(journal.clone(), reporter.clone(), Arc::new(PausedClock::start()));
    let heard = farewell.watch();
    (tokio::spawn(async move { outbox.run(heard).await }), journal, farewell)
}

/// The time of the runtime, from the moment at which the journals of tests begin.
struct PausedClock(tokio::time::Instant);

impl PausedClock {
    fn start() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.0.elapsed()
    }
}

/// Longer than anything in here takes; the clock of these tests moves only when nothing else does.
const PATIENCE: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_front_end_that_does_not_answer_holds_up_no_other() {
    let reporter = Arc::new(RecordingReporter::new(Standing::Unheard).silent_at("silent"));
    let reports = (1..=3).map(|job| report("silent", job, Status::Done));
    let (outbox, ..) = running(
        &reporter,
        reports.chain([report("a", 4, Status::Done), report("b", 5, Status::Failed)]),
    );
    let taken = timeout(PATIENCE, reporter.taken(2)).await.unwrap();
    let job = |number: &str| JobId::new(number).unwrap();
    assert_eq!(taken, [(job("4"), Status::Done), (job("5"), Status::Failed)]);
    outbox.abort();
}

#[tokio::test(start_paused = true)]
async fn a_front_end_is_told_one_thing_after_another_and_those_of_a_job_in_their_order() {
    let reporter = Arc::new(RecordingReporter::new(Standing::Unheard).answering_after(Duration::from_secs(1)));
    let statuses = [Status::Blocked, Status::Blocked, Status::Done];
    let (outbox, ..) = running(&reporter, statuses.map(|status| report("a", 1, status)));
    let taken = timeout(PATIENCE, reporter.taken(3)).await.unwrap();
    assert_eq!(taken.iter().map(|(_, status)| *status).collect::<Vec<_>>(), statuses);
    assert_eq!(reporter.most_at_once(), 1);
    outbox.abort();
}

#[tokio::test(start_paused = true)]
async fn many_front_ends_that_do_not_answer_have_no_more_than_eight_reports_on_their_way() {
    let reporter = Arc::new(RecordingReporter::new(Standing::Unheard).answering_after(Duration::from_secs(1)));
    let reports = (1..=20).map(|job| report(&format!("host-{job}"), job, Status::Done));
    let (outbox, ..) = running(&reporter, reports);
    timeout(PATIENCE, reporter.taken(20)).await.unwrap();
    assert_eq!(reporter.most_at_once(), AT_ONCE);
    outbox.abort();
}

#[tokio::test(start_paused = true)]
async fn what_one_front_end_has_not_taken_at_the_end_is_kept_and_what_another_can_take_is_sent() {
    let reporter = Arc::new(RecordingReporter::new(Standing::Unheard).silent_at("silent"));
    let (outbox, journal, farewell) = running(&reporter, [report("silent", 1, Status::Done)]);
    tokio::task::yield_now().await;
    journal.add_report(report("a", 2, Status::Done));
    farewell.say(Duration::from_secs(5));
    timeout(PATIENCE, reporter.taken(1)).await.unwrap();
    outbox.abort();
    let left = journal.due_reports(Timestamp::MAX).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].report.web_host.as_deref(), Some("silent"));
}

#[tokio::test(start_paused = true)]
async fn a_final_status_that_was_heard_is_not_told_again_when_its_answer_is_lost() {
    let waiting = Standing::Known(Status::Building);
    let reporter = Arc::new(RecordingReporter::new(waiting).losing_answers(2).remembering());
    let reports = [report("a", 1, Status::Done), report("a", 2, Status::Failed)];
    let (outbox, journal, farewell) = running(&reporter, reports);
    timeout(PATIENCE, nothing_is_left(&journal)).await.unwrap();
    let job = |number: &str| JobId::new(number).unwrap();
    assert_eq!(
        reporter.taken_now(),
        [(job("1"), Status::Done), (job("2"), Status::Failed)]
    );
    farewell.say(Duration::ZERO);
    timeout(PATIENCE, outbox).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_final_status_that_was_refused_is_told_again_though_the_front_end_is_asked_first() {
    let waiting = Standing::Known(Status::Building);
    let reporter = Arc::new(RecordingReporter::new(waiting).refusing(1).remembering());
    let (outbox, ..) = running(&reporter, [report("a", 1, Status::Done)]);
    let taken = timeout(PATIENCE, reporter.taken(1)).await.unwrap();
    assert_eq!(taken, [(JobId::new("1").unwrap(), Status::Done)]);
    outbox.abort();
}

#[tokio::test(start_paused = true)]
async fn what_a_process_before_this_one_may_have_told_is_asked_for_first() {
    let heard = Arc::new(RecordingReporter::new(Standing::Known(Status::Done)));
    let (journal, clock) = (Arc::<MemoryJournal>::default(), Arc::<FixedClock>::default());
    journal.add_report(report("a", 1, Status::Done));
    clock.advance(Duration::from_secs(1));
    let (outbox, farewell) = (Outbox::new(journal.clone(), heard.clone(), clock), Farewell::new());
    let watch = farewell.watch();
    let outbox = tokio::spawn(async move { outbox.run(watch).await });
    timeout(PATIENCE, nothing_is_left(&journal)).await.unwrap();
    assert_eq!(heard.taken_now(), []);
    outbox.abort();
}

#[tokio::test(start_paused = true)]
async fn a_status_that_was_taken_while_nothing_could_be_written_down_is_not_told_again() {
    let reporter = Arc::new(RecordingReporter::new(Standing::Known(Status::Building)));
    let (outbox, journal, _farewell) = running(&reporter, [report("a", 1, Status::Done)]);
    journal.break_down();
    timeout(PATIENCE, reporter.taken(1)).await.unwrap();
    tokio::time::sleep(JOURNAL_PAUSE * 10).await;
    assert_eq!(reporter.taken_now().len(), 1);
    journal.mend();
    timeout(PATIENCE, nothing_is_left(&journal)).await.unwrap();
    assert_eq!(reporter.taken_now().len(), 1);
    outbox.abort();
}

async fn nothing_is_left(journal: &MemoryJournal) {
    while journal.next_report_due(Timestamp::MIN).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
