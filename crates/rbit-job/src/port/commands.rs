//! Where orders to the box come from.

use async_trait::async_trait;

use crate::BoxCommand;

/// A stream of orders. Adapters mend broken connections inside; an order that came while nobody listened is lost only where its
/// sender does not keep it (PyBit does not).
#[async_trait]
pub trait CommandSource: Send {
    /// The next order; waits for it. `None` once there can be no more. Cancel safe.
    async fn next(&mut self) -> Option<BoxCommand>;
}
