//! One instance that waits.

use std::{io, sync::Arc, time::Duration};

use rbit_job::{
    Ending, Limits, Mount,
    http::HttpExchange,
    port::{GuestLog, GuestStream},
};
use rbit_output::GuestOutput;
use rbit_redact::Redactor;
use wasmtime::{Store, UpdateDeadline};

use super::{READY_MEMORY, quiet::Quiet};
use crate::{
    bindings::{self, RunnerPre},
    capability::files::{Shown, shown},
    component::{Entry, Runner},
    guest,
    limit::Deadline,
    meters::{CpuClock, Meters},
    state::JobState,
};

/// An instance that needs nothing but a job.
pub(crate) struct Primed {
    instance: bindings::Runner,
    store: Store<JobState>,
    runner: Arc<Runner>,
    shape: Shape,
}

/// What must be known of a job before an instance can begin for it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Shape {
    limits: Limits,
    folders: Vec<Shown>,
}

impl Shape {
    pub(super) fn of(limits: &Limits, mounts: &[Mount]) -> Self {
        Self {
            limits: *limits,
            folders: shown(mounts),
        }
    }
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotPrimed {
    #[error("the component is none that can begin without a job")]
    Kind,
    #[error("cannot start what it would wait with")]
    Runtime(#[source] io::Error),
    #[error("it did not come to the point at which it needs a job")]
    Guest(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("it took longer than {0:?}")]
    TooSlow(Duration),
    #[error("it keeps something of the host's")]
    Holds,
    #[error("it met a limit")]
    Limit,
}

/// Why it was interrupted.
#[derive(Debug, thiserror::Error)]
enum Interrupted {
    #[error("nobody wants it any more")]
    Unwanted,
    #[error("it uses too much time on a processor")]
    Slow,
}

impl Primed {
    /// Makes one. It keeps the caller's thread.
    pub(super) fn make(runner: Arc<Runner>, shape: Shape, quiet: &Arc<Quiet>) -> Result<Self, NotPrimed> {
        let Entry::Runner(pre) = &runner.entry else {
            return Err(NotPrimed::Kind);
        };
        let patience = PATIENCE.min(shape.limits.timeout);
        let limits = while_it_waits(shape.limits);
        let output = Arc::new(GuestOutput::new(Arc::new(Nobody), &limits, Redactor::default()));
        let meters = Arc::new(Meters::new(limits, output));
        let mut store = JobState::idle(meters.clone(), shape.folders.clone()).into_store(runner.engine());
        interrupt(&mut store, &meters, patience, quiet.clone());
        let runtime = guest::runtime(false).map_err(NotPrimed::Runtime)?;
        let begun = runtime.block_on(async { tokio::time::timeout(patience, begin(pre, &mut store)).await });
        let instance = begun
            .map_err(|_| NotPrimed::TooSlow(patience))?
            .map_err(|error| NotPrimed::Guest(error.into_boxed_dyn_error()))?;
        let state = store.data_mut();
        if !state.holds_folders_only() {
            return Err(NotPrimed::Holds);
        }
        if state
            .limiter
            .memory
            .refused()
            .or(state.limiter.tables.refused())
            .is_some()
        {
            return Err(NotPrimed::Limit);
        }
        Ok(Self {
            instance,
            store,
            runner,
            shape,
        })
    }

    /// Whether it is an instance of this runner for a job like this.
    pub(super) fn fits(&self, runner: &Arc<Runner>, shape: &Shape) -> bool {
        Arc::ptr_eq(&self.runner, runner) && self.shape == *shape
    }

    /// Gives it a job: what it has of the host from now on is what a fresh instance would have.
    pub(crate) fn give(self, state: JobState) -> Result<(Store<JobState>, bindings::Runner), Ending> {
        let Self {
            instance, mut store, ..
        } = self;
        JobState::give_way(&mut store, state)?;
        Ok((store, instance))
    }
}

/// Those of its job, but for memory: it has no room of a job's yet.
fn while_it_waits(limits: Limits) -> Limits {
    Limits {
        memory: limits.memory.min(READY_MEMORY),
        ..limits
    }
}

async fn begin(pre: &RunnerPre<JobState>, store: &mut Store<JobState>) -> wasmtime::Result<bindings::Runner> {
    let instance = pre.instance_pre().instantiate_async(&mut *store).await?;
    let prime = instance.get_typed_func::<(), ()>(&mut *store, PRIME)?;
    prime.call_async(&mut *store, ()).await?;
    bindings::Runner::new(store, &instance)
}

/// Makes it end when nobody wants it any more, or when it takes too long.
fn interrupt(store: &mut Store<JobState>, meters: &Arc<Meters>, patience: Duration, quiet: Arc<Quiet>) {
    let (deadline, clock, meters) = (Deadline::after(patience), CpuClock::start(), meters.clone());
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if quiet.is_over() {
            return Err(Interrupted::Unwanted.into());
        }
        if deadline.is_over() || meters.note_cpu(clock) > patience {
            return Err(Interrupted::Slow.into());
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
}

/// Hears what is printed before there is a job.
struct Nobody;

impl GuestLog for Nobody {
    fn line(&self, _: GuestStream, _: &str) {}

    fn exchange(&self, _: &HttpExchange) {}
}

/// What a component exports that can begin without a job.
const PRIME: &str = "prime";
/// How long it may take to begin, where a job may not take less.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_no_more_memory_than_is_set_aside_for_it() {
        let memory = |memory| {
            let limits = Limits {
                memory,
                ..Limits::default()
            };
            while_it_waits(limits).memory
        };
        assert_eq!([1 << 20, 1 << 40].map(memory), [1 << 20, READY_MEMORY]);
    }
}
