//! Noticing that nothing comes any more.

use std::time::Duration;

use lapin::Connection;
use tokio::time::{sleep, timeout};

use crate::topology;

/// Waits until the broker no longer answers on this connection, although the connection counts as alive.
///
/// Heartbeats notice a peer that is gone. They say nothing about one that takes what we send and does nothing with it, or whose
/// answers are stuck; and they may be far apart. A channel that opens and closes has been all the way to the broker and back.
pub(crate) async fn silence(connection: &Connection) {
    loop {
        sleep(INTERVAL).await;
        if timeout(PATIENCE, look(connection)).await.is_err() {
            return;
        }
    }
}

async fn look(connection: &Connection) {
    // An error is an answer; and the end of the connection is noticed elsewhere.
    if let Ok(channel) = connection.create_channel().await {
        topology::close(&channel).await;
    }
}

const INTERVAL: Duration = Duration::from_secs(30);
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
