//! The task that tells PyBit what the journal holds for it.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rbit_fail_point::{FailPoint, passed};
use rbit_job::{
    error_chain,
    port::{Clock, Journal, JournalError, PendingReport, Reporter},
};
use tokio::sync::Notify;
use tracing::{debug, error, warn};

use crate::farewell::FarewellWatch;

/// Sends reports in order, each until PyBit takes it or it is given up.
#[derive(Clone)]
pub(crate) struct Outbox {
    journal: Arc<dyn Journal>,
    reporter: Arc<dyn Reporter>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
}

impl Outbox {
    /// An outbox over a journal. Nothing is sent before [`Self::run`].
    pub(crate) fn new(journal: Arc<dyn Journal>, reporter: Arc<dyn Reporter>, clock: Arc<dyn Clock>) -> Self {
        Self {
            journal,
            reporter,
            clock,
            wake: Arc::new(Notify::new()),
        }
    }

    /// Says that there is something new to send.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Sends until nothing more will come, and then what is left to be sent at once.
    ///
    /// Dropping the future loses nothing: what was not confirmed is sent again by the next process.
    pub(crate) async fn run(&self, mut farewell: FarewellWatch) {
        loop {
            let is_last = farewell.is_said();
            let sent = self.send_due(&farewell).await.inspect_err(|error| {
                error!(error = error as &dyn std::error::Error, "cannot send reports");
            });
            if is_last {
                return self.say_what_is_left().await;
            }
            let wait = sent.map_or(JOURNAL_PAUSE, |next| {
                next.map_or(IDLE, |due| until(self.clock.now(), due))
            });
            tokio::select! {
                () = farewell.said() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(wait.min(IDLE)) => {}
            }
        }
    }

    /// Sends everything that is due, and says when the next report will be.
    async fn send_due(&self, farewell: &FarewellWatch) -> Result<Option<Timestamp>, JournalError> {
        loop {
            let due = self.journal.due_reports(self.clock.now()).await?;
            if due.is_empty() {
                return self.journal.next_report_due().await;
            }
            for pending in due {
                if farewell.is_over() {
                    return Ok(None);
                }
                self.send(&pending).await?;
            }
        }
    }

    async fn say_what_is_left(&self) {
        if let Ok(Some(_)) = self.journal.next_report_due().await {
            warn!("some reports are left in the journal for the next start");
        }
    }

    async fn send(&self, pending: &PendingReport) -> Result<(), JournalError> {
        let report = &pending.report;
        let Err(error) = self.reporter.report(report).await else {
            debug!(job.id = %report.job, status = %report.status, "reported");
            passed(FailPoint::ReportTaken);
            self.journal.report_sent(pending.id).await?;
            passed(FailPoint::ReportNoted);
            return Ok(());
        };
        let next_try = next_try(pending, error.is_transient(), self.clock.now());
        let text = error_chain(&error);
        if let Some(at) = next_try {
            warn!(job.id = %report.job, status = %report.status, error = %text, next_try = %at, "not reported yet");
        } else {
            error!(job.id = %report.job, status = %report.status, error = %text, "report given up");
        }
        self.journal.report_failed(pending.id, &text, next_try).await
    }
}

/// When a report that was not taken is tried again: after a second, doubling up to five minutes, for a week.
fn next_try(pending: &PendingReport, is_transient: bool, now: Timestamp) -> Option<Timestamp> {
    let is_old = until(pending.created, now) >= GIVE_UP_AFTER;
    if !is_transient || is_old {
        return None;
    }
    let wait = FIRST_WAIT.saturating_mul(1 << pending.tries.min(16)).min(LONGEST_WAIT);
    now.checked_add(wait).ok()
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(now.duration_until(then)).unwrap_or_default()
}

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
const GIVE_UP_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long the task sleeps at most: a jump of the clock must not silence it.
const IDLE: Duration = Duration::from_secs(60);
const JOURNAL_PAUSE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use rbit_job::{JobId, Status, port::Report};

    use super::*;

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
        assert_eq!(next_try(&pending(300), true, week_later), None);
    }

    #[test]
    fn a_report_that_will_never_be_taken_is_given_up_at_once() {
        assert_eq!(next_try(&pending(0), false, Timestamp::UNIX_EPOCH), None);
    }
}
