//! The task that tells PyBit what the journal holds for it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use rbit_fail_point::{FailPoint, passed};
use rbit_job::{
    Standing, Status, error_chain,
    health::{Health, Part},
    port::{Clock, Journal, JournalError, LONGEST_REPORT_WAIT, PendingReport, Report, ReportError, Reporter},
};
use rbit_redact::Redactor;
use tokio::sync::{Notify, Semaphore};
use tracing::{debug, error, info, warn};

use crate::{
    farewell::FarewellWatch,
    taken::Taken,
    tellings::Tellings,
    turns::{Turn, Turns},
};

/// Sends reports, each until PyBit takes it or it is given up: one after another to each front-end, and to several at once, so that
/// one that does not answer holds up its own reports and no other's.
#[derive(Clone)]
pub(crate) struct Outbox {
    journal: Arc<dyn Journal>,
    reporter: Arc<dyn Reporter>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    /// Reports that may be on their way at once.
    places: Arc<Semaphore>,
    turns: Turns,
    taken: Taken,
    /// When this process began: what was written down before that may have been told by the one before.
    begun: Timestamp,
    health: Health,
    hidden: Redactor,
}

impl Outbox {
    /// An outbox over a journal. Nothing is sent before [`Self::run`].
    pub(crate) fn new(journal: Arc<dyn Journal>, reporter: Arc<dyn Reporter>, clock: Arc<dyn Clock>) -> Self {
        let begun = clock.now();
        Self {
            journal,
            reporter,
            clock,
            wake: Arc::new(Notify::new()),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            turns: Turns::default(),
            taken: Taken::default(),
            begun,
            health: Health::default(),
            hidden: Redactor::default(),
        }
    }

    /// The same, saying how telling goes.
    pub(crate) fn saying_in(self, health: Health) -> Self {
        Self { health, ..self }
    }

    /// The same, writing nothing down that this finds.
    pub(crate) fn hiding(self, hidden: Redactor) -> Self {
        Self { hidden, ..self }
    }

    /// Says that there is something new to send.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until nothing is being sent about the job of this report; nothing is while the turn is kept.
    pub(crate) async fn turn_for(&self, report: &Report) -> Turn {
        self.turns.wait_for(report).await
    }

    /// Sends until nothing more will come, and then what is left to be sent at once.
    ///
    /// Dropping the future loses nothing: what was not confirmed is sent again by the next process.
    pub(crate) async fn run(&self, mut farewell: FarewellWatch) {
        let mut tellings = Tellings::default();
        loop {
            let is_last = farewell.is_said();
            let begun = self.begin_due(&mut tellings, &farewell).await;
            if is_last && tellings.are_none() {
                return self.say_what_is_left().await;
            }
            let wait = begun.unwrap_or_else(|error| {
                error!(error = &error as &dyn std::error::Error, "cannot send reports");
                JOURNAL_PAUSE
            });
            tokio::select! {
                () = farewell.said(), if !is_last => {}
                () = self.wake.notified() => {}
                () = tellings.one_ended() => {}
                () = tokio::time::sleep(wait.min(IDLE)) => {}
            }
        }
    }

    /// Begins to send what is due to those who are not being told anything, and says how long it takes until more is due.
    async fn begin_due(&self, tellings: &mut Tellings, farewell: &FarewellWatch) -> Result<Duration, JournalError> {
        if farewell.is_over() {
            return Ok(IDLE);
        }
        let now = self.clock.now();
        let due = self.journal.due_reports(now).await?;
        for (front_end, reports) in self.by_front_end(due) {
            if !tellings.include(&front_end) {
                let (outbox, farewell) = (self.clone(), farewell.clone());
                tellings.begin(front_end, async move { outbox.send_all(reports, &farewell).await });
            }
        }
        let next = self.journal.next_report_due(now).await?;
        Ok(next.map_or(IDLE, |due| until(now, due)))
    }

    fn by_front_end(&self, due: Vec<PendingReport>) -> BTreeMap<String, Vec<PendingReport>> {
        let mut sorted: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for pending in due {
            let front_end = self.reporter.front_end(pending.report.web_host.as_deref());
            sorted.entry(front_end).or_default().push(pending);
        }
        sorted
    }

    /// Sends reports to one front-end.
    async fn send_all(&self, reports: Vec<PendingReport>, farewell: &FarewellWatch) {
        for pending in reports {
            let place = self.places.acquire().await;
            if farewell.is_over() {
                return;
            }
            let sent = self.send(&pending).await;
            drop(place);
            if let Err(error) = sent {
                error!(
                    error = &error as &dyn std::error::Error,
                    "cannot note what became of a report"
                );
                // Until it can be noted, nothing more is sent there: it would be sent again and again.
                return tokio::time::sleep(JOURNAL_PAUSE).await;
            }
        }
    }

    async fn say_what_is_left(&self) {
        if let Ok(Some(_)) = self.journal.next_report_due(Timestamp::MIN).await {
            warn!("some reports are left in the journal for the next start");
        }
    }

    async fn send(&self, pending: &PendingReport) -> Result<(), JournalError> {
        let report = &pending.report;
        let _turn = self.turn_for(report).await;
        if !self.journal.is_unsent(pending.id).await? {
            return Ok(());
        }
        if self.taken.has(pending.id) {
            return self.note_taken(pending.id).await;
        }
        if self.is_no_news(pending).await {
            info!(job.id = %report.job, status = %report.status, "not reported: the front-end knows how the job has ended");
            return self.journal.report_sent(pending.id).await;
        }
        let Err(error) = self.reporter.report(report).await else {
            debug!(job.id = %report.job, status = %report.status, "reported");
            self.health.well(Part::Outbox);
            passed(FailPoint::ReportTaken);
            return self.note_taken(pending.id).await;
        };
        self.note_refused(pending, &error).await
    }

    async fn note_taken(&self, id: i64) -> Result<(), JournalError> {
        self.taken.add(id);
        self.journal.report_sent(id).await?;
        self.taken.remove(id);
        passed(FailPoint::ReportNoted);
        Ok(())
    }

    async fn note_refused(&self, pending: &PendingReport, error: &ReportError) -> Result<(), JournalError> {
        let report = &pending.report;
        let next_try = next_try(pending, error.is_transient(), self.clock.now());
        // A front-end may answer with what it was asked.
        let text = self.hidden.text(&error_chain(error)).into_owned();
        self.health.ill(Part::Outbox, &text, !error.is_transient());
        if let Some(at) = next_try {
            warn!(job.id = %report.job, status = %report.status, error = %text, next_try = %at, "not reported yet");
        } else {
            error!(job.id = %report.job, status = %report.status, error = %text, "report given up");
        }
        self.journal.report_failed(pending.id, &text, next_try).await
    }

    /// Whether telling it could only repeat what the front-end has heard, or take the place of something newer.
    ///
    /// A status that was to change again may be so late that another box, or a person, has ended the job. A final one may have been
    /// heard although nobody knows: its answer was lost, or came after the time that we wait, or this process ended before it was noted.
    async fn is_no_news(&self, pending: &PendingReport) -> bool {
        let report = &pending.report;
        let is_passing = matches!(report.status, Status::Blocked | Status::Building);
        let may_be_old = match is_passing {
            true => pending.tries > 0 || until(pending.created, self.clock.now()) >= LATE,
            false => pending.tries > 0 || pending.created < self.begun,
        };
        may_be_old && {
            let standing = self.reporter.standing(&report.job, report.web_host.as_deref()).await;
            match is_passing {
                true => !standing.may_start(),
                false => standing == Standing::Known(report.status),
            }
        }
    }
}

/// When a report that was not taken is tried again: after a second, doubling up to five minutes, for a week. A week after which it was
/// tried a few times only was a jump of the clock, or one in which the box did not run.
fn next_try(pending: &PendingReport, is_transient: bool, now: Timestamp) -> Option<Timestamp> {
    let is_old = until(pending.created, now) >= GIVE_UP_AFTER && pending.tries >= FEWEST_TRIES;
    if !is_transient || is_old {
        return None;
    }
    let wait = FIRST_WAIT
        .saturating_mul(1 << pending.tries.min(16))
        .min(LONGEST_REPORT_WAIT);
    now.checked_add(wait).ok()
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(now.duration_until(then)).unwrap_or_default()
}

/// Front-ends are few; this bounds the connections should there be many.
const AT_ONCE: usize = 8;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const GIVE_UP_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Half of those that a week has.
const FEWEST_TRIES: u32 = 1000;
/// When it is worth a question whether a status is still news.
const LATE: Duration = Duration::from_secs(60);
/// How long the task sleeps at most: a jump of the clock must not silence it.
const IDLE: Duration = Duration::from_secs(60);
const JOURNAL_PAUSE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
