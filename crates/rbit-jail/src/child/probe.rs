//! What code that broke out of its guest would try. In debug builds alone, for the tests of the second wall.

use super::Talk;

/// Tries what the parent names, until it is gone.
#[cfg(debug_assertions)]
pub(super) fn answer(talk: &mut Talk) {
    use crate::wire::{FromChild, ToChild};

    while let Ok(Some(ToChild::Probe(what))) = talk.hear() {
        talk.say(&FromChild::Probed(attempt::attempt(&what)));
    }
}

/// Waits for the end of the parent.
#[cfg(not(debug_assertions))]
pub(super) fn answer(talk: &mut Talk) {
    while let Ok(Some(_)) = talk.hear() {}
}

#[cfg(debug_assertions)]
mod attempt;
