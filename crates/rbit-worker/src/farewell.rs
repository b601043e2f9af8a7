//! The end of telling: nothing new will come, and there is a moment left for what is there.

use std::time::Duration;

use tokio::{sync::watch, time::Instant};

/// The end that says it: held by whoever knows that the last job has ended.
#[derive(Debug)]
pub(crate) struct Farewell(watch::Sender<Option<Instant>>);

impl Farewell {
    /// It is not said yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Says it. For so long, telling may still be begun.
    pub(crate) fn say(&self, time_left: Duration) {
        self.0.send_replace(Some(Instant::now() + time_left));
    }

    /// An end that hears it.
    pub(crate) fn watch(&self) -> FarewellWatch {
        FarewellWatch(self.0.subscribe())
    }
}

/// The end that hears it: held by whoever tells.
#[derive(Clone, Debug)]
pub(crate) struct FarewellWatch(watch::Receiver<Option<Instant>>);

impl FarewellWatch {
    /// Waits until it is said.
    pub(crate) async fn said(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it was said.
    pub(crate) fn is_said(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Whether the moment is over: what is told already may end, and nothing more is begun.
    pub(crate) fn is_over(&self) -> bool {
        self.0.borrow().is_some_and(|end| Instant::now() >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_it_is_said_there_is_a_moment_left() {
        let farewell = Farewell::new();
        let mut watch = farewell.watch();
        assert!(!watch.is_said() && !watch.is_over());
        farewell.say(Duration::from_secs(5));
        watch.said().await;
        assert!(watch.is_said() && !watch.is_over());
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(watch.is_over());
    }
}
