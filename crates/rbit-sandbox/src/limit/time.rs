//! Time on the wall, and on a processor.
//!
//! Two things look at the deadline. The epoch interrupts a guest that computes, every ten milliseconds, and can say where it
//! was; a timer ends one that waits for the host. Between them no guest code and no waiting lasts beyond it. What neither can
//! interrupt is a single operation: one `memory.fill`, bounded by the memory limit, and one blocking call on a file. For those
//! `guest` does not wait: it reports the end as soon as the guest can change nothing any more.
//!
//! Time on a processor is that of the guest's thread, calls of the host included, and is looked at by the epoch.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{Store, UpdateDeadline};

use crate::{
    meters::{CpuClock, Meters},
    state::JobState,
};

/// The moment at which a guest must have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// None where the timeout is longer than the clock reaches.
    at: Option<Instant>,
}

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self {
            at: Instant::now().checked_add(timeout),
        }
    }

    /// Resolves when it has come.
    pub(crate) async fn passed(self) {
        match self.at {
            Some(at) => tokio::time::sleep_until(at.into()).await,
            None => std::future::pending().await,
        }
    }

    pub(crate) fn is_over(self) -> bool {
        self.at.is_some_and(|at| Instant::now() >= at)
    }
}

/// Why the epoch ended a guest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutOfTime {
    /// The deadline on the wall has passed.
    #[error("out of time")]
    Wall,
    /// It has used up its time on a processor.
    #[error("out of processor time")]
    Cpu,
}

/// Makes the guest give way at every tick, so that a stop is heard, and ends it when its time is over.
///
/// It gives way to everything else that waits on its thread: the engine's own yield would schedule the guest first again. Must be
/// called on the thread that the guest will run on, whose time on a processor counts.
pub(crate) fn interrupt(store: &mut Store<JobState>, deadline: Deadline, meters: Arc<Meters>, clock: CpuClock) {
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        let cpu = meters.note_cpu(clock);
        if deadline.is_over() {
            return Err(OutOfTime::Wall.into());
        }
        if cpu > meters.limits.cpu_time {
            return Err(OutOfTime::Cpu.into());
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
}
