//! The task that tells events to whoever listens.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use rbit_fail_point::{FailPoint, passed};
use rbit_job::{
    Outcome, Status, error_chain,
    event::StatusEvent,
    port::{Clock, EventSink, Journal, JournalError, PendingEvent},
};
use tokio::sync::Notify;
use tracing::{debug, error, warn};

use crate::{farewell::FarewellWatch, take_up::Job};

/// Tells events in the order in which they were written down, each until it is told or given up.
///
/// They all go to one place: when it does not take one, the others wait.
#[derive(Clone)]
pub(crate) struct Events {
    journal: Arc<dyn Journal>,
    sink: Arc<dyn EventSink>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    /// The number of the last that was told: while nothing can be struck out, it is not to be told again and again.
    told: Arc<AtomicI64>,
}

impl Events {
    /// The events of a journal. Nothing is told before [`Self::run`].
    pub(crate) fn new(journal: Arc<dyn Journal>, sink: Arc<dyn EventSink>, clock: Arc<dyn Clock>) -> Self {
        Self {
            journal,
            sink,
            clock,
            wake: Arc::new(Notify::new()),
            told: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// Says that there is something new to tell.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Writes down that a job is being built. Failing that, it is not told: the job goes on.
    pub(crate) async fn building(&self, job: &Job) {
        let event = event(job, Status::Building, None, self.clock.now());
        match self.journal.add_event(&event).await {
            Ok(()) => self.wake(),
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "the start of the job is not told"
            ),
        }
    }

    /// Tells until nothing more will come, and then what is left.
    ///
    /// Dropping the future loses nothing: what was not struck out is told again by the next process.
    pub(crate) async fn run(&self, mut farewell: FarewellWatch) {
        let mut tries = 0;
        loop {
            let is_last = farewell.is_said();
            let all_told = self.tell_all(&farewell).await.unwrap_or_else(|error| {
                error!(error = &error as &dyn std::error::Error, "cannot tell events");
                false
            });
            if is_last {
                return self.say_what_is_left(all_told);
            }
            let wait = if all_told { None } else { Some(wait_after(tries)) };
            tries = if all_told { 0 } else { tries + 1 };
            tokio::select! {
                () = farewell.said() => {}
                () = self.wake.notified(), if all_told => {}
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            }
        }
    }

    /// Tells what there is; whether that was all of it.
    async fn tell_all(&self, farewell: &FarewellWatch) -> Result<bool, JournalError> {
        loop {
            let pending = self.journal.untold_events().await?;
            if pending.is_empty() {
                return Ok(true);
            }
            let told = self.tell(&pending, farewell).await;
            if let Some(last) = told.checked_sub(1).and_then(|index| pending.get(index)) {
                self.journal.strike_out_events(last.id).await?;
                passed(FailPoint::EventStruckOut);
            }
            if told == 0 || farewell.is_over() {
                return Ok(false);
            }
        }
    }

    fn say_what_is_left(&self, all_told: bool) {
        if !all_told {
            warn!("some events are left in the journal for the next start");
        }
    }

    /// How many of them are done with: told, or given up.
    async fn tell(&self, pending: &[PendingEvent], farewell: &FarewellWatch) -> usize {
        for (index, PendingEvent { id, event }) in pending.iter().enumerate() {
            if *id <= self.told.load(Ordering::Relaxed) {
                continue;
            }
            // From now on each is struck out before the next: the process may end while it waits for an answer.
            if farewell.is_said() && index > 0 {
                return index;
            }
            if let Err(error) = self.sink.tell(event).await {
                let error = error_chain(&error);
                warn!(job.id = %event.job, status = %event.status, error, "event not told yet");
                return index + self.give_up(pending.get(index..).unwrap_or_default());
            }
            debug!(job.id = %event.job, status = %event.status, "event told");
            self.told.store(*id, Ordering::Relaxed);
            passed(FailPoint::EventTold);
        }
        pending.len()
    }

    /// Lets go of the first ones that are too old to be of use; how many those are.
    fn give_up(&self, pending: &[PendingEvent]) -> usize {
        let now = self.clock.now();
        let is_old = |pending: &&PendingEvent| now.duration_since(pending.event.at) >= GIVE_UP_AFTER;
        let old = pending.iter().take_while(is_old);
        old.inspect(|PendingEvent { event, .. }| {
            error!(job.id = %event.job, status = %event.status, event.id = event.id(), "event given up after a day");
        })
        .count()
    }
}

/// What is told of a job.
pub(crate) fn event(job: &Job, status: Status, outcome: Option<&Outcome>, at: Timestamp) -> StatusEvent {
    StatusEvent {
        key: job.key.clone(),
        job: job.request.job.clone(),
        package: job.request.package.clone(),
        version: job.request.version.clone(),
        queue: job.queue.clone(),
        runner: job.lane.runner.name.clone(),
        attempt: job.attempt,
        status,
        reason: outcome.map(Outcome::reason),
        text: outcome.map(Outcome::text).unwrap_or_default(),
        artifacts: outcome.map(|outcome| outcome.artifacts().to_vec()).unwrap_or_default(),
        at,
    }
}

/// After a second, doubling up to five minutes.
fn wait_after(tries: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << tries.min(16)).min(LONGEST_WAIT)
}

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
const GIVE_UP_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

#[cfg(test)]
mod tests;
