//! Room for jobs: how many run at once, and how much memory they may have together.
//!
//! A job waits until there is room for all the memory that it may ask for. They are let in in the order in which they came, so that
//! a large one is not kept waiting for ever by small ones.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room of one box; a clone is the same room.
#[derive(Clone)]
pub struct Room {
    slots: Arc<Semaphore>,
    pages: Arc<Semaphore>,
    all_pages: u32,
}

/// One job's part of it, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    _slot: OwnedSemaphorePermit,
    _pages: OwnedSemaphorePermit,
}

impl Room {
    /// Room for so many jobs, which have so many bytes of memory together.
    pub fn new(jobs: usize, memory: u64) -> Self {
        let all_pages = pages(memory).max(1);
        Self {
            slots: Arc::new(Semaphore::new(jobs.clamp(1, Semaphore::MAX_PERMITS))),
            pages: Arc::new(Semaphore::new(all_pages as usize)),
            all_pages,
        }
    }

    /// Waits for room for one job that may have so many bytes of memory; one that may have more than there is runs alone. None when
    /// the room is closed.
    pub async fn enter(&self, memory: u64) -> Option<Place> {
        let slot = self.slots.clone().acquire_owned().await.ok()?;
        let pages = pages(memory).min(self.all_pages);
        if self.pages.available_permits() < pages as usize {
            tracing::info!(memory_bytes = memory, "waiting for memory that other jobs have");
        }
        let pages = self.pages.clone().acquire_many_owned(pages).await.ok()?;
        Some(Place {
            _slot: slot,
            _pages: pages,
        })
    }
}

/// In units that fit into a semaphore's numbers.
fn pages(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(PAGE)).unwrap_or(u32::MAX)
}

/// As large as a page of WebAssembly.
const PAGE: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_job_waits_until_there_is_room_for_its_memory_and_is_not_overtaken() {
        let room = Room::new(9, 10 << 20);
        let first = room.enter(6 << 20).await.unwrap();
        let mut large = Box::pin(room.enter(8 << 20));
        assert!((&mut large).now_or_never().is_none());
        let mut small = Box::pin(room.enter(1 << 20));
        assert!((&mut small).now_or_never().is_none());
        drop(first);
        let large = large.await.unwrap();
        assert!(small.now_or_never().is_some());
        drop(large);
    }

    #[tokio::test]
    async fn a_job_that_may_have_more_than_there_is_runs_alone() {
        let room = Room::new(9, 10 << 20);
        let place = room.enter(1 << 40).await.unwrap();
        assert!(room.enter(1).now_or_never().is_none());
        drop(place);
        assert!(room.enter(1).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_job_that_gave_up_waiting_keeps_nothing() {
        let room = Room::new(2, 10 << 20);
        let place = room.enter(10 << 20).await.unwrap();
        assert!(room.enter(5 << 20).now_or_never().is_none());
        drop(place);
        assert!(room.enter(10 << 20).now_or_never().is_some());
    }
}
