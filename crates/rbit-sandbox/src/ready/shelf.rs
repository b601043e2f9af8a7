//! What waits, and whether more is to be made.

use std::collections::VecDeque;

/// A bounded number of things, the oldest first.
pub(super) struct Shelf<T> {
    size: usize,
    waiting: VecDeque<T>,
    is_being_filled: bool,
}

impl<T> Shelf<T> {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size,
            waiting: VecDeque::new(),
            is_being_filled: false,
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The oldest that fits. Where none does, a full shelf makes room for one that does.
    pub(super) fn take(&mut self, fits: impl Fn(&T) -> bool) -> Option<T> {
        let place = self.waiting.iter().position(fits);
        if place.is_none() && self.waiting.len() >= self.size {
            self.waiting.pop_front();
        }
        self.waiting.remove(place?)
    }

    /// Whether somebody has to fill it, and nobody does: whoever asked does.
    pub(super) fn begin_filling(&mut self) -> bool {
        let is_to_be_filled = !self.is_being_filled && self.waiting.len() < self.size;
        self.is_being_filled |= is_to_be_filled;
        is_to_be_filled
    }

    /// Takes what was made, and says whether more is to be made.
    pub(super) fn put(&mut self, thing: T) -> bool {
        self.waiting.push_back(thing);
        self.is_being_filled = self.waiting.len() < self.size;
        self.is_being_filled
    }

    /// Nobody fills it any more.
    pub(super) fn give_up(&mut self) {
        self.is_being_filled = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_is_filled_by_one_up_to_its_size_and_gives_each_thing_once() {
        let mut shelf = Shelf::new(2);
        assert_eq!(shelf.take(|_| true), None::<char>);
        assert!(shelf.begin_filling() && !shelf.begin_filling());
        assert!(shelf.put('a') && !shelf.put('b'));
        assert!(!shelf.begin_filling());
        assert_eq!(shelf.take(|_| true), Some('a'));
        assert!(shelf.begin_filling());
        assert_eq!((shelf.take(|_| true), shelf.take(|_| true)), (Some('b'), None));
        assert!(shelf.put('c') && !shelf.put('d'));
    }

    #[test]
    fn what_nobody_asked_for_makes_room_on_a_full_shelf_alone() {
        let mut shelf = Shelf::new(2);
        shelf.begin_filling();
        shelf.put('a');
        assert_eq!(shelf.take(|thing| *thing == 'x'), None);
        shelf.put('b');
        assert_eq!(shelf.take(|thing| *thing == 'x'), None);
        assert!(shelf.begin_filling());
        assert_eq!(shelf.take(|_| true), Some('b'));
    }

    #[test]
    fn a_shelf_without_room_is_never_filled() {
        let mut shelf: Shelf<char> = Shelf::new(0);
        assert_eq!(shelf.take(|_| true), None);
        assert!(!shelf.begin_filling());
    }

    #[test]
    fn a_filling_that_was_given_up_can_begin_again() {
        let mut shelf: Shelf<char> = Shelf::new(1);
        assert!(shelf.begin_filling());
        shelf.give_up();
        assert!(shelf.begin_filling());
    }
}
