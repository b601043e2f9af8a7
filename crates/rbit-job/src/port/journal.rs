//! What this box remembers of its jobs.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::Report;
use crate::{
    Attempt, Cancellation, JobId, JobKey, JobRecord, JobState, Outcome, QueueName, RunnerName, Status, Usage,
    event::StatusEvent,
};

/// The durable memory of a box: which jobs it took up, how they ended, and what PyBit has yet to be told.
///
/// When a method returns, its effect survives the loss of the process.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Takes up a job for an attempt, or says how it ended before.
    ///
    /// To be called for a job that this process does not run at this moment: an attempt that has no end in the journal was then
    /// broken off, and another one follows it.
    async fn claim(&self, claim: &Claim) -> Result<Claimed, JournalError>;

    /// Writes down how an attempt ended, and the report and the event that follow from it, all or nothing.
    async fn finish(&self, finish: &Finish) -> Result<(), JournalError>;

    /// Notes that a job is to be called off, so that a claim of it is answered with [`Claimed::Cancelled`], now or after a restart.
    /// A job that has its final outcome is left as it is.
    async fn note_cancel(&self, cancellation: &Cancellation, now: Timestamp) -> Result<CancelNoted, JournalError>;

    /// Reports that are to be sent by now: the oldest ones for each front-end that messages name, in a bounded number, and at most
    /// one per job.
    ///
    /// A report that seems to be put off for longer than [`LONGEST_REPORT_WAIT`] was put off before the clock was set back: it is due.
    async fn due_reports(&self, now: Timestamp) -> Result<Vec<PendingReport>, JournalError>;

    /// When the next report will be due of those that are not due yet at this moment; `None` when there is none.
    async fn next_report_due(&self, after: Timestamp) -> Result<Option<Timestamp>, JournalError>;

    /// Whether a report that was due is still to be sent: what it says may be out of date by now.
    async fn is_unsent(&self, id: i64) -> Result<bool, JournalError>;

    /// Whether any report of a job is still to be sent.
    async fn has_unsent_reports(&self, job: &JobId, web_host: Option<&str>) -> Result<bool, JournalError>;

    /// Writes down a report that an attempt has begun, behind what is still to be sent of its job, all of it due at once. When the
    /// attempt ends before the report was sent, it is forgotten.
    async fn add_start(&self, key: &JobKey, report: &Report, now: Timestamp) -> Result<(), JournalError>;

    /// PyBit has taken a report, or needs it no longer.
    async fn report_sent(&self, id: i64) -> Result<(), JournalError>;

    /// A report could not be sent; it is tried again at `next_try`, no later than after [`LONGEST_REPORT_WAIT`], or never when that is `None`.
    async fn report_failed(&self, id: i64, error: &str, next_try: Option<Timestamp>) -> Result<(), JournalError>;

    /// Writes an event down that comes with no end of an attempt.
    async fn add_event(&self, event: &StatusEvent) -> Result<(), JournalError>;

    /// Events that are yet to be told, in the order in which they were written down: the first of them, in a bounded number.
    async fn untold_events(&self) -> Result<Vec<PendingEvent>, JournalError>;

    /// The events up to the one with this number were told, or given up.
    async fn strike_out_events(&self, last: i64) -> Result<(), JournalError>;

    /// The entries of jobs, the newest first, at most `limit`.
    async fn jobs(&self, limit: u32) -> Result<Vec<JobRecord>, JournalError>;
}

/// A delivery that is about to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What makes it this job.
    pub key: JobKey,
    /// Where it came from.
    pub queue: QueueName,
    /// What will run it.
    pub runner: RunnerName,
    /// PyBit's number.
    pub job: JobId,
    /// The front-end that counts so, as the message names it.
    pub web_host: Option<String>,
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The number the message carries.
    pub attempt: Attempt,
    /// The message was published just now and never handed out before, so that a finished job of the same key is another one:
    /// a front-end whose database was made anew counts from 1 again.
    pub is_fresh: bool,
    /// The present moment.
    pub now: Timestamp,
}

/// What the journal says to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The job is ours, as this attempt: the message's number, or one more than that of an attempt that was broken off or that is to
    /// be tried again, where that is higher. An attempt that a drain ended is not counted.
    Start(Attempt),
    /// It has ended before, for good. The message came back because it was not settled, or because we were lost before we knew:
    /// the disposition that follows from the recorded outcome is to be carried out (again).
    AlreadyFinished(Box<JobRecord>),
    /// The job was called off before it could run: the attempt is ours only to be ended as cancelled.
    Cancelled(Attempt),
    /// The message is an older copy: the copy that was made of it for a later attempt has been taken up already. It can be
    /// acknowledged.
    Superseded,
}

/// What became of a wish to call a job off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelNoted {
    /// The job has its final outcome, which stays.
    TooLate,
    /// It is noted, for the attempt that runs or the next one to be claimed. A note that nobody claims is forgotten after a week.
    Noted,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// The job.
    pub key: JobKey,
    /// Which attempt.
    pub attempt: Attempt,
    /// Where the job stands now.
    pub state: JobState,
    /// How it ended.
    pub outcome: Outcome,
    /// What PyBit is to be told.
    pub status: Option<Status>,
    /// That, with its address; none when nobody is told.
    pub report: Option<Report>,
    /// What everybody else is told; none when nobody is.
    pub event: Option<StatusEvent>,
    /// What the attempt used.
    pub usage: Usage,
    /// The present moment.
    pub now: Timestamp,
}

/// How long a report is put off at most.
pub const LONGEST_REPORT_WAIT: Duration = Duration::from_secs(5 * 60);

/// A report that PyBit has not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingReport {
    /// Its number in the outbox.
    pub id: i64,
    /// What is to be said.
    pub report: Report,
    /// How often it was tried.
    pub tries: u32,
    /// When it was written down.
    pub created: Timestamp,
}

/// An event that was not told yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEvent {
    /// Its number; later ones have higher numbers.
    pub id: i64,
    /// What is to be told.
    pub event: StatusEvent,
}

/// The journal could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} in the journal")]
pub struct JournalError {
    /// What was being done, as a verb and its object.
    pub doing: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
