//! Where statuses are told besides the front-end.

use async_trait::async_trait;

use crate::event::StatusEvent;

/// Tells events to whoever listens.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Tells one, once. Trying again is the caller's business. That nobody listens is no error.
    async fn tell(&self, event: &StatusEvent) -> Result<(), EventError>;
}

/// An event was not told, as far as we know.
#[derive(Debug, thiserror::Error)]
#[error("event `{event}` cannot be told")]
pub struct EventError {
    /// Its id.
    pub event: String,
    /// Why not.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
