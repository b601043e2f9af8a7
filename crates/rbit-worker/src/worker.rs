//! The loop that takes jobs, and the way out of it.

use std::{sync::Arc, time::Duration};

use rbit_fail_point::{FailPoint, passed};
use rbit_job::port::{CommandSource, Delivery, JobSource, SourceError};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use crate::{
    admit::{Admission, Slot},
    beside::Beside,
    parts::Parts,
    process::process,
    shutdown::{Phase, Shutdown, ShutdownWatch},
    vacancy::Vacancy,
};

/// When a worker leaves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Not before it is told to.
    ToldToStop,
    /// When no message waits, no retry is pending and no job runs.
    QueuesAreEmpty,
}

/// Why a worker left that was not told to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// [`Until::QueuesAreEmpty`] was asked for, and nobody knows whether they are.
    #[error("cannot tell whether messages wait")]
    Unanswered(#[from] SourceError),
    /// A source ends when it is stopped. This one ended by itself, and a worker that stayed would only look alive.
    #[error("no more jobs can come: the source of jobs ended by itself, which is a bug of rbit")]
    NoMoreJobs,
}

/// Takes jobs from a source and runs them, as many at once as there are slots.
pub struct Worker {
    shift: Shift,
    commands: Vec<Box<dyn CommandSource>>,
}

impl Worker {
    /// A worker of `slots` slots, whose jobs have `drain_timeout` to end once it is told to leave.
    pub fn new(parts: Parts, slots: usize, drain_timeout: Duration, shutdown: Shutdown) -> Self {
        let (parts, admission) = (Arc::new(parts), Admission::new(slots));
        Self {
            shift: Shift {
                parts,
                admission,
                drain_timeout,
                shutdown,
            },
            commands: Vec::new(),
        }
    }

    /// Lets orders be given to the worker while it runs, also while it drains.
    #[must_use]
    pub fn obeying(mut self, commands: Box<dyn CommandSource>) -> Self {
        self.commands.push(commands);
        self
    }

    /// Runs until it is told to leave, or there is nothing left to do; then settles, and closes the source.
    ///
    /// It settles and closes also when it leaves with an error.
    pub async fn run(self, mut source: Box<dyn JobSource>, until: Until) -> Result<(), RunError> {
        let Self { shift, commands } = self;
        let beside = Beside::start(&shift.parts, commands, &shift.shutdown);
        let mut jobs = JoinSet::new();
        let taken = shift.take_jobs(source.as_mut(), &mut jobs, until).await;
        shift.parts.health.leaving();
        source.stop().await;
        passed(FailPoint::SourceStopped);
        shift.finish_jobs(&mut jobs).await;
        beside.leave().await;
        source.close().await;
        taken
    }
}

/// What the loops of a worker share.
struct Shift {
    parts: Arc<Parts>,
    admission: Admission,
    drain_timeout: Duration,
    shutdown: Shutdown,
}

impl Shift {
    async fn take_jobs(
        &self,
        source: &mut dyn JobSource,
        jobs: &mut JoinSet<()>,
        until: Until,
    ) -> Result<(), RunError> {
        let mut watch = self.shutdown.watch();
        let mut vacancy = Vacancy::default();
        loop {
            let slot = tokio::select! {
                biased;
                () = watch.reached(Phase::Drain) => return Ok(()),
                slot = self.admission.slot() => slot,
            };
            tokio::select! {
                biased;
                () = watch.reached(Phase::Drain) => return Ok(()),
                delivery = source.next() => match delivery {
                    Some(delivery) => {
                        vacancy = Vacancy::default();
                        self.start(delivery, slot, jobs, &watch);
                    }
                    None => return Err(RunError::NoMoreJobs),
                },
                () = tokio::time::sleep(LOOK_AGAIN), if until == Until::QueuesAreEmpty => {
                    let waiting = tokio::select! {
                        biased;
                        () = watch.reached(Phase::Drain) => return Ok(()),
                        waiting = source.waiting() => waiting,
                    };
                    // The slot in hand is one of those taken.
                    if vacancy.look(self.admission.taken() == 1, waiting)? {
                        info!("the queues are empty");
                        return Ok(());
                    }
                }
            }
            reap(jobs);
        }
    }

    fn start(&self, delivery: Delivery, slot: Slot, jobs: &mut JoinSet<()>, watch: &ShutdownWatch) {
        let (parts, watch) = (Arc::clone(&self.parts), watch.clone());
        jobs.spawn(async move {
            process(&parts, delivery, watch).await;
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
}

/// Forgets tasks that have ended. A panic that no step caught is our bug, and costs only its own job: its delivery was let go.
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
