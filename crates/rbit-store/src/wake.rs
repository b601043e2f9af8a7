//! Waking those who wait in this process.

use tokio::sync::Notify;

/// Told when something was written here that somebody here waits for. What other processes write is looked for.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    /// A message of a local queue became ready, or a place for one.
    pub(crate) messages: Notify,
    /// An order was given.
    pub(crate) commands: Notify,
}
