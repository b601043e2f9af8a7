//! What time it is.

use jiff::Timestamp;

/// The time of day. Passed in, so that a test decides what time it is.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}
