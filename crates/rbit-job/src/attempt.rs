//! One try at a job, counted from 1.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};

/// Which try at a job this is. The first is 1.
///
/// The number travels with the message (our own header, or the local queue's column): the broker's `redelivered` flag is no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempt(NonZeroU32);

impl Attempt {
    /// The first try.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The try with this number; 0, which no sender should write, counts as 1.
    pub fn new(number: u32) -> Self {
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    /// Its number, from 1.
    pub fn number(self) -> u32 {
        self.0.get()
    }

    /// The try after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
