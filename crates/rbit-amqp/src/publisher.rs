//! The connection on which copies of messages are stored.

use std::{sync::Arc, time::Duration};

use lapin::{BasicProperties, Connection, types::FieldTable};
use tokio::{sync::Mutex, time::timeout};
use tracing::{debug, warn};

use crate::{
    Route,
    backoff::Backoff,
    confirm::{ConfirmChannel, PublishError},
    connect::{Connector, Role},
};

/// Stores messages in queues, one at a time, over a connection that is made when it is first needed and again when it broke.
pub(crate) struct Publisher {
    connector: Arc<Connector>,
    channel: Mutex<Option<ConfirmChannel>>,
}

/// A queue that copies are stored in, and how it is made if there is none.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) queue: String,
    pub(crate) arguments: FieldTable,
}

impl Publisher {
    pub(crate) fn new(connector: Arc<Connector>) -> Self {
        Self {
            connector,
            channel: Mutex::default(),
        }
    }

    /// Stores a copy. When it returns without an error, the broker has it on disk.
    ///
    /// Failures that pass are tried again for a while, and then a copy may be stored twice: a copy whose confirmation was lost
    /// cannot be told from one that was lost itself. One that is no longer wanted is not sent.
    pub(crate) async fn store(
        &self,
        store: &Store,
        properties: &BasicProperties,
        body: &[u8],
        is_wanted: impl Fn() -> bool,
    ) -> Result<(), PublishError> {
        let tries = async {
            let mut backoff = Backoff::default();
            loop {
                match self.try_to_store(store, properties, body, &is_wanted).await {
                    Err(error) if error.is_transient() => {
                        warn!(
                            error = &error as &dyn std::error::Error,
                            queue.name = store.queue,
                            "copy not stored yet"
                        );
                        tokio::time::sleep(backoff.after(Duration::ZERO)).await;
                        if !is_wanted() {
                            return Err(PublishError::Unwanted);
                        }
                    }
                    other => return other,
                }
            }
        };
        timeout(STORE_TIMEOUT, tries)
            .await
            .unwrap_or(Err(PublishError::TimedOut { after: STORE_TIMEOUT }))
    }

    /// The connection, which is made if there is none.
    pub(crate) async fn connection(&self) -> Result<Arc<Connection>, PublishError> {
        let mut slot = self.channel.lock().await;
        let channel = match slot.take() {
            Some(channel) if channel.is_usable() => channel,
            _ => self.open().await?,
        };
        let connection = Arc::clone(channel.connection());
        *slot = Some(channel);
        Ok(connection)
    }

    /// Closes the connection.
    pub(crate) async fn close(&self) {
        if let Some(channel) = self.channel.lock().await.take() {
            crate::supervisor::close(channel.connection()).await;
        }
    }

    /// The slot stays empty when this fails or is dropped half-way: a channel with something under way is not used again.
    async fn try_to_store(
        &self,
        store: &Store,
        properties: &BasicProperties,
        body: &[u8],
        is_wanted: &impl Fn() -> bool,
    ) -> Result<(), PublishError> {
        let mut slot = self.channel.lock().await;
        let channel = match slot.take() {
            Some(channel) if channel.is_usable() => channel,
            _ => self.open().await?,
        };
        // To be here may have taken long.
        if !is_wanted() {
            *slot = Some(channel);
            return Err(PublishError::Unwanted);
        }
        let route = Route::Queue(store.queue.clone());
        match channel.publish(&route, properties.clone(), body).await {
            // The message itself asked whether the queue exists. One that does is never declared, whatever its arguments are.
            Err(PublishError::Unroutable { .. }) => {
                debug!(queue.name = store.queue, "making the queue");
                channel.declare(&store.queue, store.arguments.clone()).await?;
                channel.publish(&route, properties.clone(), body).await?;
            }
            other => other?,
        }
        *slot = Some(channel);
        Ok(())
    }

    async fn open(&self) -> Result<ConfirmChannel, PublishError> {
        let connected = self
            .connector
            .connect(Role::Publish)
            .await
            .map_err(PublishError::Connect)?;
        ConfirmChannel::open(Arc::new(connected.connection)).await
    }
}

/// A job's slot is not free until its copy is stored; on the other hand a broker that is restarted is away for some time.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);
