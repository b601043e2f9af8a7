//! The journal across the lives of a box.

use jiff::Timestamp;
use rbit_job::{
    Attempt, Cancellation, Ending, JobId, JobKey, JobState, Outcome, QueueName, RunnerName, Status, Usage,
    port::{CancelNoted, Claim, Claimed, Finish, Journal, Report},
};
use rbit_store::{JobFilter, Store};

use crate::folder::begin;

fn claim(is_fresh: bool) -> Claim {
    let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
    Claim {
        key: JobKey::of(&queue, None, b"{}"),
        queue,
        runner: RunnerName::new("pdf").unwrap(),
        job: JobId::new("4").unwrap(),
        web_host: Some("pybit:8080".to_owned()),
        package: "m9003".to_owned(),
        version: "1.2".to_owned(),
        attempt: Attempt::FIRST,
        is_fresh,
        now: Timestamp::now(),
    }
}

fn done(attempt: u32) -> Finish {
    let Claim { key, job, .. } = claim(true);
    Finish {
        key,
        attempt: Attempt::new(attempt),
        state: JobState::Finished,
        outcome: Outcome::Done(vec![]),
        status: Some(Status::Done),
        report: Some(Report {
            job,
            web_host: None,
            status: Status::Done,
        }),
        event: None,
        usage: Usage::default(),
        now: Timestamp::now(),
    }
}

#[tokio::test]
async fn a_job_that_was_running_when_its_process_was_lost_is_shown_as_interrupted_and_runs_as_the_next_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let lost = begin(folder.path()).await;
    assert_eq!(lost.claim(&claim(true)).await.unwrap(), Claimed::Start(Attempt::FIRST));
    drop(lost);

    let next = begin(folder.path()).await;
    assert_eq!(next.jobs(10).await.unwrap()[0].state, JobState::Interrupted);
    assert_eq!(
        next.claim(&claim(false)).await.unwrap(),
        Claimed::Start(Attempt::new(2))
    );
}

#[tokio::test]
async fn outcome_and_report_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let first = begin(folder.path()).await;
    first.claim(&claim(true)).await.unwrap();
    first.finish(&done(1)).await.unwrap();
    drop(first);

    let next = begin(folder.path()).await;
    let Claimed::AlreadyFinished(record) = next.claim(&claim(false)).await.unwrap() else {
        panic!("not finished")
    };
    assert_eq!((record.state, record.status), (JobState::Finished, Some(Status::Done)));
    let due = next.due_reports(Timestamp::now()).await.unwrap();
    assert_eq!(
        due.iter().map(|pending| pending.report.status).collect::<Vec<_>>(),
        [Status::Done]
    );
    next.report_sent(due[0].id).await.unwrap();
    assert_eq!(next.next_report_due(Timestamp::MIN).await.unwrap(), None);
}

#[tokio::test]
async fn a_report_that_failed_is_due_at_its_next_try() {
    let folder = tempfile::tempdir().unwrap();
    let journal = begin(folder.path()).await;
    journal.claim(&claim(true)).await.unwrap();
    journal.finish(&done(1)).await.unwrap();
    let now = Timestamp::now();
    let later = Timestamp::from_second(now.as_second() + 60).unwrap();
    let id = journal.due_reports(now).await.unwrap()[0].id;
    journal
        .report_failed(id, "connection refused", Some(later))
        .await
        .unwrap();
    assert_eq!(journal.due_reports(now).await.unwrap(), []);
    assert_eq!(journal.next_report_due(Timestamp::MIN).await.unwrap(), Some(later));
    assert_eq!(journal.due_reports(later).await.unwrap()[0].tries, 1);
    journal.report_failed(id, "no such status", None).await.unwrap();
    assert_eq!(journal.next_report_due(Timestamp::MIN).await.unwrap(), None);
}

#[tokio::test]
async fn jobs_can_be_looked_at_while_another_process_works() {
    let folder = tempfile::tempdir().unwrap();
    let worker = begin(folder.path()).await;
    worker.claim(&claim(true)).await.unwrap();
    let onlooker = Store::open(folder.path()).unwrap();
    assert_eq!(
        onlooker.jobs(&JobFilter::newest(10)).await.unwrap(),
        worker.jobs(10).await.unwrap()
    );
    assert_eq!(onlooker.jobs(&JobFilter::newest(10)).await.unwrap().len(), 1);
    assert_eq!(onlooker.jobs(&JobFilter::newest(0)).await.unwrap(), []);
}

#[tokio::test]
async fn an_error_of_the_journal_says_what_was_being_done_and_why_it_failed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = begin(folder.path()).await;
    let refused = anyhow::Error::new(journal.finish(&done(3)).await.unwrap_err());
    let text = format!("{refused:#}");
    assert!(
        text.starts_with("cannot write down the outcome in the journal: attempt 3 of job "),
        "{text}"
    );
}

#[tokio::test]
async fn an_outcome_whose_report_cannot_be_written_is_not_written_either() {
    let folder = tempfile::tempdir().unwrap();
    let journal = begin(folder.path()).await;
    journal.claim(&claim(true)).await.unwrap();
    let vandal = rusqlite::Connection::open(folder.path().join(rbit_store::FILE_NAME)).unwrap();
    vandal.execute_batch("DROP TABLE outbox").unwrap();
    journal.finish(&done(1)).await.unwrap_err();
    assert_eq!(journal.jobs(10).await.unwrap()[0].state, JobState::Running);
}

#[tokio::test]
async fn a_job_can_be_called_off_in_another_process_before_it_is_claimed_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    drop(begin(folder.path()).await);
    let operator = Store::open(folder.path()).unwrap();
    let cancellation = Cancellation {
        job: claim(true).job,
        web_host: None,
    };
    let noted = operator.cancel(&cancellation, Timestamp::now()).await.unwrap();
    assert_eq!(noted, CancelNoted::Noted);

    let journal = begin(folder.path()).await;
    assert_eq!(
        journal.claim(&claim(true)).await.unwrap(),
        Claimed::Cancelled(Attempt::FIRST)
    );
    let cancelled = Finish {
        outcome: Outcome::Ended(Ending::Cancelled),
        status: Some(Status::Cancelled),
        ..done(1)
    };
    journal.finish(&cancelled).await.unwrap();
    let again = journal.note_cancel(&cancellation, Timestamp::now()).await.unwrap();
    assert_eq!(again, CancelNoted::TooLate);
    assert_eq!(
        operator.cancel(&cancellation, Timestamp::now()).await.unwrap(),
        CancelNoted::TooLate
    );
}
