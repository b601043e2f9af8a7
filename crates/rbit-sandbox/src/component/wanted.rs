//! Whether anybody waits for what is being made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Asked now and then by who makes it. A clone is the same.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Arc<Mutex<Interest>>);

#[derive(Debug, Default)]
struct Interest {
    waiting: usize,
    is_given_up: bool,
}

/// Somebody who waits, until this is dropped.
#[derive(Debug)]
pub(super) struct Waiting(Wanted);

impl Wanted {
    /// One more waits for it; none if everybody had gone already, so that it may never be done.
    pub(super) fn wait(&self) -> Option<Waiting> {
        let mut interest = self.interest();
        if interest.is_given_up {
            return None;
        }
        interest.waiting += 1;
        Some(Waiting(self.clone()))
    }

    /// Whether everybody who waited has gone. Nobody will wait for it again then.
    pub fn is_given_up(&self) -> bool {
        self.interest().is_given_up
    }

    fn interest(&self) -> MutexGuard<'_, Interest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut interest = self.0.interest();
        interest.waiting -= 1;
        interest.is_given_up = interest.waiting == 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_up_when_the_last_has_gone_and_for_good() {
        let wanted = Wanted::default();
        assert!(!wanted.is_given_up());
        let (first, second) = (wanted.wait().unwrap(), wanted.wait().unwrap());
        drop(first);
        assert!(!wanted.is_given_up());
        drop(second);
        assert!(wanted.is_given_up() && wanted.wait().is_none());
    }
}
