//! The journal: which jobs this box took up, and how they ended.

mod cancellation;
mod claim;
mod filter;
mod finish;
mod history;
mod record;
mod resend;
mod retention;
mod selector;

use async_trait::async_trait;
use jiff::Timestamp;
use rbit_job::{
    Cancellation, JobId, JobKey, JobRecord,
    event::StatusEvent,
    port::{CancelNoted, Claim, Claimed, Finish, Journal, JournalError, PendingEvent, PendingReport, Report},
};
use rusqlite::Connection;

use crate::{DatabaseError, Incarnation, events, outbox};

pub(crate) use cancellation::{note as note_cancellation, note_for_next as note_next_cancellation};
pub use filter::JobFilter;
pub(crate) use filter::list;
pub(crate) use finish::resolve_cut_off;
pub(crate) use history::history;
pub use history::{JobHistory, PastAttempt, UnsentReport};
pub use resend::GivenUp;
pub(crate) use resend::resend;
pub(crate) use retention::forget_old;
pub use selector::{InvalidSelector, JobSelector};

#[async_trait]
impl Journal for Incarnation {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, JournalError> {
        let claim = claim.clone();
        self.note("claim the job", move |connection| Ok(claim::claim(connection, &claim)?))
            .await
    }

    async fn finish(&self, finish: &Finish) -> Result<(), JournalError> {
        let finish = finish.clone();
        self.note("write down the outcome", move |connection| {
            finish::finish(connection, &finish)
        })
        .await
    }

    async fn note_cancel(&self, cancellation: &Cancellation, now: Timestamp) -> Result<CancelNoted, JournalError> {
        let cancellation = cancellation.clone();
        self.note("note the cancellation", move |connection| {
            Ok(cancellation::note(connection, &cancellation, now)?)
        })
        .await
    }

    async fn due_reports(&self, now: Timestamp) -> Result<Vec<PendingReport>, JournalError> {
        self.look("look up due reports", move |connection| {
            Ok(outbox::due(connection, now)?)
        })
        .await
    }

    async fn next_report_due(&self, after: Timestamp) -> Result<Option<Timestamp>, JournalError> {
        self.look("look up the next report", move |connection| {
            Ok(outbox::next_due(connection, after)?)
        })
        .await
    }

    async fn is_unsent(&self, id: i64) -> Result<bool, JournalError> {
        self.look("look up a report", move |connection| {
            Ok(outbox::is_unsent(connection, id)?)
        })
        .await
    }

    async fn has_unsent_reports(&self, job: &JobId, web_host: Option<&str>) -> Result<bool, JournalError> {
        let (job, web_host) = (job.clone(), web_host.map(str::to_owned));
        self.look("look up reports of a job", move |connection| {
            Ok(outbox::has_unsent(connection, &job, web_host.as_deref())?)
        })
        .await
    }

    async fn add_start(&self, key: &JobKey, report: &Report, now: Timestamp) -> Result<(), JournalError> {
        let (key, report) = (key.clone(), report.clone());
        self.note("write down a report", move |connection| {
            if let Some(life) = record::present(connection, &key)? {
                outbox::add_start(connection, life.id, &report, now)?;
            }
            Ok(())
        })
        .await
    }

    async fn report_sent(&self, id: i64) -> Result<(), JournalError> {
        self.note("strike out the report", move |connection| {
            Ok(outbox::sent(connection, id)?)
        })
        .await
    }

    async fn report_failed(&self, id: i64, error: &str, next_try: Option<Timestamp>) -> Result<(), JournalError> {
        let error = error.to_owned();
        self.note("put off the report", move |connection| {
            Ok(outbox::failed(connection, id, &error, next_try)?)
        })
        .await
    }

    async fn add_event(&self, event: &StatusEvent) -> Result<(), JournalError> {
        let event = event.clone();
        self.note("write down the event", move |connection| {
            Ok(events::add(connection, &event)?)
        })
        .await
    }

    async fn untold_events(&self) -> Result<Vec<PendingEvent>, JournalError> {
        self.look("look up events", |connection| Ok(events::untold(connection)?))
            .await
    }

    async fn strike_out_events(&self, last: i64) -> Result<(), JournalError> {
        self.note("strike out events", move |connection| {
            Ok(events::strike_out(connection, last)?)
        })
        .await
    }

    async fn jobs(&self, limit: u32) -> Result<Vec<JobRecord>, JournalError> {
        self.look("list jobs", move |connection| {
            Ok(list(connection, &JobFilter::newest(limit))?)
        })
        .await
    }
}

impl Incarnation {
    async fn note<T, W>(&self, doing: &'static str, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.write(work).await.map_err(|source| JournalError {
            doing,
            source: Box::new(source),
        })
    }

    async fn look<T, W>(&self, doing: &'static str, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.database().read(work).await.map_err(|source| JournalError {
            doing,
            source: Box::new(source),
        })
    }
}

/// Rows for the tests of these modules.
#[cfg(test)]
mod sample {
    use rbit_job::{Attempt, Ending, JobState, Outcome, QueueName, RunnerName, Status, Usage};

    use super::*;
    use crate::schema;

    /// The entries of all jobs, the newest first.
    pub(super) fn all(connection: &Connection) -> Vec<JobRecord> {
        list(connection, &JobFilter::newest(u32::MAX)).unwrap()
    }

    pub(super) fn database() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        schema::migrate(&mut connection).unwrap();
        connection
    }

    /// A fresh message's claim, of a job of its own for each number.
    pub(super) fn claim(job: u32, attempt: u32) -> Claim {
        let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
        Claim {
            key: JobKey::of(&queue, None, &job.to_be_bytes()),
            queue,
            runner: RunnerName::new("pdf").unwrap(),
            job: JobId::new(job.to_string()).unwrap(),
            web_host: Some("pybit:8080".to_owned()),
            package: "m9003".to_owned(),
            version: "1.2".to_owned(),
            attempt: Attempt::new(attempt),
            is_fresh: attempt == 1,
            now: at(100 + i64::from(attempt)),
        }
    }

    pub(super) fn redelivered(job: u32, attempt: u32) -> Claim {
        Claim {
            is_fresh: false,
            ..claim(job, attempt)
        }
    }

    pub(super) fn finish(job: u32, attempt: u32, state: JobState, status: Option<Status>) -> Finish {
        let claim = claim(job, attempt);
        let outcome = match state {
            JobState::Retrying => Outcome::Ended(Ending::Blocked("not yet".to_owned())),
            JobState::Interrupted => Outcome::Ended(Ending::Interrupted),
            JobState::Running | JobState::Finished => Outcome::Done(vec![]),
        };
        Finish {
            key: claim.key,
            attempt: claim.attempt,
            state,
            outcome,
            status,
            report: status.map(|status| Report {
                job: claim.job,
                web_host: None,
                status,
            }),
            event: None,
            usage: Usage {
                memory_peak: 4096,
                ..Usage::default()
            },
            now: at(200 + i64::from(attempt)),
        }
    }

    pub(super) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
