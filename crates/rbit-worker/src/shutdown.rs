//! The way out: run, drain, halt.

use std::sync::Arc;

use rbit_job::port::{StopCause, StopSignal};
use tokio::sync::watch;

/// How far the box is on its way out. It only ever moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Jobs are taken and run.
    Run,
    /// No more jobs are taken; those that run may finish within the grace.
    Drain,
    /// Jobs that still run are stopped and left to the queue.
    Halt,
}

/// The end that moves the phase: held by whoever hears signals.
#[derive(Clone, Debug)]
pub struct Shutdown(Arc<watch::Sender<Phase>>);

impl Shutdown {
    /// A box that runs.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Run)))
    }

    /// Moves to `phase`, unless the box is there already or further.
    pub fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|current| {
            let moves = phase > *current;
            *current = phase.max(*current);
            moves
        });
    }

    /// The phase after the present one; after [`Phase::Halt`] there is none.
    pub fn advance_once(&self) -> Phase {
        let next = match *self.0.borrow() {
            Phase::Run => Phase::Drain,
            Phase::Drain | Phase::Halt => Phase::Halt,
        };
        self.advance(next);
        next
    }

    /// An end that watches.
    pub fn watch(&self) -> ShutdownWatch {
        ShutdownWatch(self.0.subscribe())
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

/// The end that waits for a phase.
#[derive(Clone, Debug)]
pub struct ShutdownWatch(watch::Receiver<Phase>);

impl ShutdownWatch {
    /// Waits until the box has come to `phase`. Waits for ever when nobody is left who could move it.
    pub async fn reached(&mut self, phase: Phase) {
        if self.0.wait_for(|current| *current >= phase).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// A signal for one job, which stops it when the box halts.
    pub(crate) fn stop_signal(&self) -> StopSignal {
        let mut watch = self.clone();
        Box::pin(async move {
            watch.reached(Phase::Halt).await;
            StopCause::Drain
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_phase_moves_forward_and_never_back() {
        let shutdown = Shutdown::new();
        assert_eq!(shutdown.advance_once(), Phase::Drain);
        assert_eq!(shutdown.advance_once(), Phase::Halt);
        shutdown.advance(Phase::Drain);
        shutdown.watch().reached(Phase::Halt).await;
    }

    #[tokio::test]
    async fn a_job_is_stopped_by_the_halt_and_not_by_the_drain() {
        let shutdown = Shutdown::new();
        let mut signal = shutdown.watch().stop_signal();
        shutdown.advance(Phase::Drain);
        assert!(futures_are_pending(&mut signal).await);
        shutdown.advance(Phase::Halt);
        assert_eq!(signal.await, StopCause::Drain);
    }

    async fn futures_are_pending(signal: &mut StopSignal) -> bool {
        std::future::poll_fn(|cx| std::task::Poll::Ready(signal.as_mut().poll(cx).is_pending())).await
    }
}
