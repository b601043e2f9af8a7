//! What the network does to connections at this moment.

use std::time::Duration;

/// The state that all connections watch.
#[derive(Clone, Debug, Default)]
pub(super) struct Weather {
    pub(super) is_frozen: bool,
    pub(super) swallows: bool,
    pub(super) delay: Duration,
    /// How often all connections were cut.
    pub(super) cuts: u32,
    /// How often the target's side of all connections was ended.
    pub(super) half_closes: u32,
    pub(super) cuts_after: Vec<CutAfter>,
}

impl Weather {
    /// After how many bytes of a direction a connection is cut.
    pub(super) fn limit(&self, connection: u32, direction: Direction) -> Option<u64> {
        let mut cuts = self.cuts_after.iter();
        let cut = cuts.find(|cut| cut.connection == connection && cut.direction == direction)?;
        Some(cut.bytes)
    }
}

/// When a connection is cut by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutAfter {
    /// Which one: the first that is made has number 1.
    pub connection: u32,
    /// Which bytes count.
    pub direction: Direction,
    /// How many of them arrive, exactly.
    pub bytes: u64,
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From whoever connected.
    ToTarget,
    /// To whoever connected.
    FromTarget,
}
