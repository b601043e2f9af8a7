//! Step 2: how many jobs are with us at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The slots of the box. A delivery is asked for only with a slot in hand, so that memory is bounded. What a source has fetched ahead,
/// at most the prefetch of each queue, waits there.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    slots: Arc<Semaphore>,
    total: usize,
}

/// A slot; given back when dropped.
pub(crate) type Slot = OwnedSemaphorePermit;

impl Admission {
    /// `total` slots, at least one.
    pub(crate) fn new(total: usize) -> Self {
        let total = total.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            slots: Arc::new(Semaphore::new(total)),
            total,
        }
    }

    /// Waits for a free slot.
    pub(crate) async fn slot(&self) -> Slot {
        match Arc::clone(&self.slots).acquire_owned().await {
            Ok(slot) => slot,
            // The semaphore is never closed.
            Err(_) => std::future::pending().await,
        }
    }

    /// How many slots are taken.
    pub(crate) fn taken(&self) -> usize {
        self.total - self.slots.available_permits()
    }
}
