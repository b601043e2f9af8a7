//! Who a program is for the kernel.
//!
//! A box that is not root has one identity, and its programs have it too, inside of a user namespace of their own: the kernel counts
//! the processes of each namespace by itself. Root is not counted at all, and owns what it should not. Its programs get an identity each
//! that nobody else has.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Who a program is.
#[derive(Debug)]
pub(crate) enum Identity {
    /// The user of the box, inside a user namespace.
    OfTheBox,
    /// One of its own, given back when it is dropped.
    Own(OwnId),
}

/// Hands out identities.
#[derive(Clone, Debug)]
pub(crate) struct Identities {
    /// The first one, if the box is root.
    first: Option<u32>,
    taken: Arc<Mutex<BTreeSet<u32>>>,
}

/// A number of a user and of a group.
#[derive(Debug)]
pub(crate) struct OwnId {
    number: u32,
    taken: Arc<Mutex<BTreeSet<u32>>>,
}

impl Identities {
    /// Those for this process.
    pub(crate) fn of_this_process() -> Self {
        let is_root = rustix::process::geteuid().is_root();
        Self::of(is_root, std::process::id())
    }

    fn of(is_root: bool, process: u32) -> Self {
        Self {
            first: is_root.then(|| FIRST + (process % PROCESSES) * EACH),
            taken: Arc::default(),
        }
    }

    /// One that no job has; none if there are no more.
    pub(crate) fn take(&self) -> Option<Identity> {
        let Some(first) = self.first else {
            return Some(Identity::OfTheBox);
        };
        let mut taken = lock(&self.taken);
        let number = (first..first + EACH).find(|number| !taken.contains(number))?;
        taken.insert(number);
        Some(Identity::Own(OwnId {
            number,
            taken: self.taken.clone(),
        }))
    }
}

impl Identity {
    /// The number, if it is one of its own.
    pub(crate) fn number(&self) -> Option<u32> {
        match self {
            Self::OfTheBox => None,
            Self::Own(own) => Some(own.number),
        }
    }
}

impl Drop for OwnId {
    fn drop(&mut self) {
        lock(&self.taken).remove(&self.number);
    }
}

fn lock(taken: &Mutex<BTreeSet<u32>>) -> MutexGuard<'_, BTreeSet<u32>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Above the numbers that distributions, systemd and containers give out, and below those that are not numbers everywhere.
const FIRST: u32 = 0x7000_0000;
/// Two boxes on one machine are two processes: their programs have nothing to do with each other.
const PROCESSES: u32 = 1 << 18;
/// More than a box has slots.
const EACH: u32 = 1 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_jobs_of_root_have_one_identity_and_a_free_one_is_used_again() {
        let identities = Identities::of(true, 3);
        let first = identities.take().unwrap();
        let second = identities.take().unwrap();
        assert_eq!(first.number(), Some(FIRST + 3 * EACH));
        assert_ne!(first.number(), second.number());
        drop(first);
        assert_eq!(identities.take().unwrap().number(), Some(FIRST + 3 * EACH));
    }

    #[test]
    fn every_number_fits_and_two_boxes_have_different_ones() {
        let last = FIRST + (PROCESSES - 1) * EACH + EACH - 1;
        assert_eq!(last, 0x7fff_ffff);
        let number = |process| Identities::of(true, process).take().unwrap().number();
        assert_ne!(number(1), number(2));
        assert!(number(u32::MAX).is_some());
    }

    #[test]
    fn there_is_an_end_of_them() {
        let identities = Identities::of(true, 1);
        let all: Vec<_> = (0..EACH).map(|_| identities.take().unwrap()).collect();
        assert!(identities.take().is_none());
        drop(all);
        assert!(identities.take().is_some());
    }

    #[test]
    fn a_box_that_is_not_root_has_only_its_own() {
        assert!(matches!(Identities::of(false, 1).take(), Some(Identity::OfTheBox)));
    }
}
