//! Holding a message for longer than the broker waits for an acknowledgement.
//!
//! A copy of the message lies in a queue of its own, in which nothing waits for an acknowledgement. It expires into the queue that the
//! message came from, and is replaced by a fresh copy long before: a box that is lost stops doing that, and the message is back after
//! the time of a lease. Not even a moment passes in which no copy is anywhere.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use lapin::{
    Channel,
    options::{BasicGetOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};
use rbit_fail_point::{FailPoint, passed};
use tokio::time::timeout;

use crate::{
    QueueType,
    broker_error::BrokerError,
    confirm::PublishError,
    copies::Original,
    names::{delay_ms, held_queue},
    publisher::{Publisher, Store},
    retry_queue::retry_arguments,
    topology,
    word::acknowledge,
};

/// A copy of a message, held in a queue of its own.
#[derive(Debug)]
pub(crate) struct Lease {
    store: Store,
    length: Duration,
    /// Copies are numbered. These are there; more than one only for a moment, or after a failure.
    oldest: u32,
    newest: u32,
    until: Instant,
}

impl Lease {
    /// Stores the first copy. From then on the message is in two places, until the original is acknowledged.
    pub(crate) async fn begin(
        publisher: &Publisher,
        original: &Original,
        queue_type: Option<QueueType>,
        length: Duration,
    ) -> Result<Self, PublishError> {
        let mut arguments = retry_arguments(&original.queue, length, queue_type);
        // What a lost box leaves behind goes away by itself, long after its copy has.
        let expires = delay_ms(length.saturating_mul(UNUSED_LEASES));
        arguments.insert("x-expires".into(), AMQPValue::LongLongInt(expires.into()));
        let queue = held_queue();
        let mut lease = Self {
            store: Store { queue, arguments },
            length,
            oldest: 1,
            newest: 0,
            until: Instant::now(),
        };
        lease.store(publisher, original).await?;
        Ok(lease)
    }

    /// How long until the next copy has to be made.
    pub(crate) fn rest(&self) -> Duration {
        self.length / 3
    }

    /// Whether the copy is still there, as far as the clock can tell.
    pub(crate) fn is_live(&self) -> bool {
        Instant::now() < self.until
    }

    pub(crate) fn queue(&self) -> &str {
        &self.store.queue
    }

    /// Replaces the copy by a fresh one. It can be called again after a failure, as long as the lease lives.
    pub(crate) async fn renew(&mut self, publisher: &Publisher, original: &Original) -> Result<(), LeaseError> {
        self.store(publisher, original).await.map_err(LeaseError::Store)?;
        passed(FailPoint::HeldCopyRenewed);
        within(self.remove_older(publisher)).await
    }

    async fn remove_older(&mut self, publisher: &Publisher) -> Result<(), LeaseError> {
        let channel = self.channel(publisher).await?;
        while self.oldest < self.newest {
            self.remove_oldest(&channel).await?;
            self.oldest += 1;
        }
        topology::close(&channel).await;
        Ok(())
    }

    /// Lets go of the message, which is then nowhere.
    pub(crate) async fn end(&self, publisher: &Publisher) -> Result<(), LeaseError> {
        within(self.delete(publisher)).await
    }

    async fn delete(&self, publisher: &Publisher) -> Result<(), LeaseError> {
        let channel = self.channel(publisher).await?;
        let options = QueueDeleteOptions::default();
        let deleted = channel.queue_delete(self.queue().into(), options).await;
        let copies = deleted.map_err(|error| LeaseError::Broker(error.into()))?;
        topology::close(&channel).await;
        if copies == 0 { Err(LeaseError::Expired) } else { Ok(()) }
    }

    /// Puts the message back into the queue it came from, at once.
    pub(crate) async fn give_back(&self, publisher: &Publisher, original: &Original) -> Result<(), LeaseError> {
        let back = Store {
            queue: original.queue.to_string(),
            arguments: FieldTable::default(),
        };
        let stored = publisher
            .store(&back, &original.for_holding(self.newest), &original.body, || true)
            .await;
        stored.map_err(LeaseError::Store)?;
        self.end(publisher).await
    }

    async fn store(&mut self, publisher: &Publisher, original: &Original) -> Result<(), PublishError> {
        let until = Instant::now() + self.length;
        let copy = self.newest + 1;
        publisher
            .store(&self.store, &original.for_holding(copy), &original.body, || true)
            .await?;
        (self.newest, self.until) = (copy, until);
        Ok(())
    }

    /// Where the oldest copy is not found, it is back in its queue. The others stay, and will follow it: a message too many is found
    /// out, and one too few would be lost.
    async fn remove_oldest(&self, channel: &Channel) -> Result<(), LeaseError> {
        let removed = async {
            let Some(got) = channel
                .basic_get(self.queue().into(), BasicGetOptions::default())
                .await?
            else {
                return Ok(false);
            };
            let is_oldest = Original::held_copy(&got.delivery.properties) == Some(self.oldest);
            if is_oldest {
                acknowledge(&got.delivery.acker).await
            } else {
                // It goes back when the channel closes.
                Ok(false)
            }
        };
        match removed.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(LeaseError::Expired),
            Err(error) => Err(LeaseError::Broker(BrokerError::from(error))),
        }
    }

    async fn channel(&self, publisher: &Publisher) -> Result<Channel, LeaseError> {
        let connection = publisher.connection().await.map_err(LeaseError::Store)?;
        connection
            .create_channel()
            .await
            .map_err(|error| LeaseError::Broker(error.into()))
    }
}

/// Does something at the broker within a time: lapin does not answer everything that is asked when a connection breaks, and a job that
/// waits for its message would not end.
async fn within<T>(work: impl Future<Output = Result<T, LeaseError>>) -> Result<T, LeaseError> {
    timeout(PATIENCE, work).await.unwrap_or(Err(LeaseError::Silent))
}

/// A lease could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LeaseError {
    #[error("the fresh copy cannot be stored")]
    Store(#[source] PublishError),
    #[error("the queue of the copy cannot be used")]
    Broker(#[source] BrokerError),
    #[error("the copy has expired, and is back in its queue")]
    Expired,
    #[error("no answer from the broker within {PATIENCE:?}")]
    Silent,
}

const PATIENCE: Duration = Duration::from_secs(10);

/// A queue that nobody used for so many leases belongs to nobody.
const UNUSED_LEASES: u32 = 30;
