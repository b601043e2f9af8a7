//! The gate between a guest and what outlives it: once it is closed, nothing that the guest does can be seen any more.
//!
//! WebAssembly cannot be interrupted everywhere: one `memory.fill` of a whole memory takes as long as it takes. What it does meanwhile
//! stays in its own memory, so its end may be reported as soon as it can neither change a file nor print a line. Every operation
//! that changes files passes here; the log has its own lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Open until it is closed, for good.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    inside: usize,
}

/// An operation that is under way.
#[derive(Debug)]
pub(crate) struct Pass(Arc<Gate>);

/// The gate is closed: the guest has been told to end.
#[derive(Debug, thiserror::Error)]
#[error("it was told to end")]
pub(crate) struct Closed;

impl Gate {
    /// Lets one operation begin.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<Pass, Closed> {
        let mut state = self.state();
        if state.is_closed {
            return Err(Closed);
        }
        state.inside += 1;
        Ok(Pass(self.clone()))
    }

    /// Lets none begin from now on.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
    }

    /// Resolves when none is under way.
    pub(crate) async fn empty(&self) {
        loop {
            let left = self.left.notified();
            if self.state().inside == 0 {
                return;
            }
            left.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.state().inside -= 1;
        // One waits at most; a permit that is kept costs it one more look.
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_closed_gate_lets_nobody_in_and_waits_for_whoever_is_inside() {
        let gate = Arc::new(Gate::default());
        let pass = gate.enter().unwrap();
        gate.close();
        assert!(gate.enter().is_err());
        let mut empty = Box::pin(gate.empty());
        assert!((&mut empty).now_or_never().is_none());
        drop(pass);
        empty.await;
    }
}
