//! The loop that takes jobs, and the way out of it.

use std::{sync::Arc, time::Duration};

use rbit_job::port::{Delivery, JobSource, SourceError};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use crate::{
    admit::{Admission, Slot},
    parts::Parts,
    process::process,
    shutdown::{Phase, Shutdown, ShutdownWatch},
};

/// When a worker leaves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Not before it is told to.
    ToldToStop,
    /// When no message waits, no retry is pending and no job runs.
    QueuesAreEmpty,
}

/// Takes jobs from a source and runs them, as many at once as there are slots.
pub struct Worker {
    parts: Arc<Parts>,
    admission: Admission,
    drain_timeout: Duration,
    shutdown: Shutdown,
}

impl Worker {
    /// A worker of `slots` slots, whose jobs have `drain_timeout` to end once it is told to leave.
    pub fn new(parts: Parts, slots: usize, drain_timeout: Duration, shutdown: Shutdown) -> Self {
        Self {
            parts: Arc::new(parts),
            admission: Admission::new(slots),
            drain_timeout,
            shutdown,
        }
    }

    /// Runs until it is told to leave, or there is nothing left to do; then settles, and closes the source.
    pub async fn run(self, mut source: Box<dyn JobSource>, until: Until) {
        let outbox = self.parts.outbox.clone();
        let sender = tokio::spawn(async move { outbox.run().await });
        let mut jobs = JoinSet::new();
        self.take_jobs(source.as_mut(), &mut jobs, until).await;
        source.stop().await;
        self.finish_jobs(&mut jobs).await;
        sender.abort();
        self.send_last_reports().await;
        source.close().await;
    }

    async fn take_jobs(&self, source: &mut dyn JobSource, jobs: &mut JoinSet<()>, until: Until) {
        let mut watch = self.shutdown.watch();
        let mut empty_looks = 0;
        loop {
            let slot = tokio::select! {
                biased;
                () = watch.reached(Phase::Drain) => return,
                slot = self.admission.slot() => slot,
            };
            tokio::select! {
                biased;
                () = watch.reached(Phase::Drain) => return,
                delivery = source.next() => match delivery {
                    Some(delivery) => self.start(delivery, slot, jobs, &watch),
                    None => return,
                },
                () = tokio::time::sleep(LOOK_AGAIN), if until == Until::QueuesAreEmpty => {
                    // The slot in hand is one of those taken.
                    let is_idle = self.admission.taken() == 1 && nothing_waits(source.waiting().await);
                    empty_looks = if is_idle { empty_looks + 1 } else { 0 };
                }
            }
            if empty_looks == EMPTY_LOOKS {
                info!("the queues are empty");
                return;
            }
            reap(jobs);
        }
    }

    fn start(&self, delivery: Delivery, slot: Slot, jobs: &mut JoinSet<()>, watch: &ShutdownWatch) {
        let (parts, stop) = (Arc::clone(&self.parts), watch.stop_signal());
        jobs.spawn(async move {
            process(&parts, delivery, stop).await;
            drop(slot);
        });
    }

    /// Lets running jobs end within the grace, then stops them.
    async fn finish_jobs(&self, jobs: &mut JoinSet<()>) {
        reap(jobs);
        if jobs.is_empty() {
            return;
        }
        info!(
            jobs = jobs.len(),
            grace_ms = self.drain_timeout.as_millis() as u64,
            "waiting for running jobs"
        );
        let mut watch = self.shutdown.watch();
        tokio::select! {
            () = all_ended(jobs) => return,
            () = tokio::time::sleep(self.drain_timeout) => warn!(jobs = jobs.len(), "the grace is over: stopping running jobs"),
            () = watch.reached(Phase::Halt) => warn!(jobs = jobs.len(), "told again: stopping running jobs"),
        }
        self.shutdown.advance(Phase::Halt);
        all_ended(jobs).await;
    }

    /// One last try for the reports of the jobs that just ended. What is not sent now is sent by the next process.
    async fn send_last_reports(&self) {
        match tokio::time::timeout(LAST_REPORTS, self.parts.outbox.send_due()).await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(_))) | Err(_) => warn!("some reports are left in the journal for the next start"),
            Ok(Err(error)) => error!(error = &error as &dyn std::error::Error, "cannot send the last reports"),
        }
    }
}

fn nothing_waits(waiting: Result<u64, SourceError>) -> bool {
    match waiting {
        Ok(count) => count == 0,
        Err(error) => {
            warn!(
                error = &error as &dyn std::error::Error,
                "cannot tell whether messages wait"
            );
            false
        }
    }
}

/// Forgets tasks that have ended. A job that panicked is our bug, and costs only its own job: its delivery was let go.
fn reap(jobs: &mut JoinSet<()>) {
    while let Some(ended) = jobs.try_join_next() {
        note_panic(&ended);
    }
}

async fn all_ended(jobs: &mut JoinSet<()>) {
    while let Some(ended) = jobs.join_next().await {
        note_panic(&ended);
    }
}

fn note_panic(ended: &Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        error!(%error, "a job's task did not end in order: this is a bug of rbit");
    }
}

/// How often a worker that leaves when the queues are empty looks whether they are.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often in a row the queues must look empty: a message on its way between two queues is in neither.
const EMPTY_LOOKS: u32 = 2;
/// How long the way out waits for the front-end.
const LAST_REPORTS: Duration = Duration::from_secs(5);
