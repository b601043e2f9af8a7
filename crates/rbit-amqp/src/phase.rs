//! How far a source is in leaving.

use std::time::Duration;

use tokio::sync::watch;

/// The life of a source. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Messages are taken.
    Running,
    /// No more are; those handed out can be settled.
    Draining,
    /// Everything ends.
    Closed,
}

/// What the parts of a source see of its phase. A source that was dropped counts as closed.
#[derive(Clone, Debug)]
pub(crate) struct PhaseWatch(watch::Receiver<Phase>);

impl PhaseWatch {
    pub(crate) fn new() -> (watch::Sender<Phase>, Self) {
        let (sender, receiver) = watch::channel(Phase::Running);
        (sender, Self(receiver))
    }

    pub(crate) fn is_running(&self) -> bool {
        *self.0.borrow() == Phase::Running && self.0.has_changed().is_ok()
    }

    /// Waits until the source is at least that far. Cancel safe.
    pub(crate) async fn reached(&mut self, phase: Phase) {
        // An error says that the source is gone.
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }

    /// Waits so long, or until the source takes no more messages.
    pub(crate) async fn pause(&mut self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.reached(Phase::Draining) => {}
        }
    }
}
