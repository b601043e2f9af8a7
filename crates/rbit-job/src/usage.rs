//! What an execution used.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one execution used of what it was allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Time on the wall between the start of the instance and its end.
    pub wall: Duration,
    /// The most bytes that the job's linear memories had together.
    pub memory_peak: u64,
    /// Bytes the guest wrote to stdout and stderr, kept or not.
    pub log_bytes: u64,
}
