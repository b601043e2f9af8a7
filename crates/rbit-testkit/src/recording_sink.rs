//! A listener that is told events by method calls, and remembers them.

use std::time::Duration;

use async_trait::async_trait;
use rbit_job::{
    Status,
    event::StatusEvent,
    port::{EventError, EventSink},
};
use tokio::sync::watch;

/// Hears every event at once, and takes its time to say so.
pub struct RecordingSink {
    answers_after: Duration,
    heard: watch::Sender<Vec<Status>>,
}

impl RecordingSink {
    /// One that answers after this time.
    pub fn new(answers_after: Duration) -> Self {
        Self {
            answers_after,
            heard: watch::Sender::new(Vec::new()),
        }
    }

    /// Waits until so many events were heard, and gives their statuses in order.
    pub async fn heard(&self, count: usize) -> Vec<Status> {
        let mut heard = self.heard.subscribe();
        let heard = heard.wait_for(|heard| heard.len() >= count).await;
        heard.map(|heard| heard.clone()).unwrap_or_default()
    }
}

#[async_trait]
impl EventSink for RecordingSink {
    async fn tell(&self, event: &StatusEvent) -> Result<(), EventError> {
        self.heard.send_modify(|heard| heard.push(event.status));
        tokio::time::sleep(self.answers_after).await;
        Ok(())
    }
}
