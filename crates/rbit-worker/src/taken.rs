//! Reports that were taken, although that could not be written down.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Their numbers in the outbox. A full disk keeps a report from being struck out, and nobody is to hear it again and again meanwhile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken(Arc<Mutex<HashSet<i64>>>);

impl Taken {
    /// Remembers that one was taken.
    pub(crate) fn add(&self, id: i64) {
        self.ids().insert(id);
    }

    /// Whether one was.
    pub(crate) fn has(&self, id: i64) -> bool {
        self.ids().contains(&id)
    }

    /// Forgets one that was struck out.
    pub(crate) fn remove(&self, id: i64) {
        self.ids().remove(&id);
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
