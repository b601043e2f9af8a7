//! Where jobs come from and where their messages go.

use async_trait::async_trait;

use crate::{Attempt, Disposition, JobKey, QueueName};

/// A stream of deliveries from the queues of this box.
///
/// Adapters keep these promises, and `rbit_testkit::source_contract` checks them on each:
/// - messages of a queue come in the order in which they were published, retries apart;
/// - a queue never has more unsettled deliveries with us than its [`Subscription::prefetch`];
/// - a delivery that is dropped, or whose source is closed before it was settled, is handed out again, by this or another box,
///   with [`Delivery::redelivered`] set;
/// - broken connections are mended inside: [`JobSource::next`] just takes longer.
#[async_trait]
pub trait JobSource: Send {
    /// The next delivery; waits for it. `None` once the source was stopped. Cancel safe: no delivery is lost when the future is
    /// dropped.
    async fn next(&mut self) -> Option<Delivery>;

    /// How many messages [`JobSource::next`] has yet to hand out: those in the queues of this source, those that it has fetched
    /// ahead, and those that wait for a retry.
    async fn waiting(&mut self) -> Result<u64, SourceError>;

    /// Takes no more messages, and gives back those that [`JobSource::next`] has not handed out. Deliveries already handed out
    /// can still be settled.
    async fn stop(&mut self);

    /// Ends the source. Whatever is still unsettled goes back to its queue.
    async fn close(self: Box<Self>);
}

/// A queue that a source listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its name.
    pub queue: QueueName,
    /// How many unsettled deliveries it may have with us: at least 1.
    pub prefetch: u16,
}

/// One message, handed to us to be settled.
pub struct Delivery {
    /// The queue it came from.
    pub queue: QueueName,
    /// The message's bytes, exactly as published.
    pub body: Vec<u8>,
    /// The producer's id of the message. PyBit sets none.
    pub message_id: Option<String>,
    /// The number that the message carries; 1 for one that was never retried.
    pub attempt: Attempt,
    /// Somebody had this message before and did not settle it.
    pub redelivered: bool,
    /// A person put it back after it was parked: a job that failed is wanted again. The mark tells this time from any other.
    pub requeued: Option<String>,
    settle: Box<dyn Settle>,
}

impl Delivery {
    /// A delivery that is settled by `settle`.
    pub fn new(queue: QueueName, body: Vec<u8>, settle: Box<dyn Settle>) -> Self {
        Self {
            queue,
            body,
            message_id: None,
            attempt: Attempt::FIRST,
            redelivered: false,
            requeued: None,
            settle,
        }
    }

    /// What makes it the same job as another delivery.
    pub fn key(&self) -> JobKey {
        JobKey::of(&self.queue, self.message_id.as_deref(), &self.body).requeued(self.requeued.as_deref())
    }

    /// Whether it can still be settled. A delivery whose connection is gone cannot; the broker hands the message out again.
    pub fn is_live(&self) -> bool {
        self.settle.is_live()
    }

    /// Settles it. Consumes the delivery, so that it cannot be settled twice.
    ///
    /// An error means that the message is still the broker's and will be delivered again.
    pub async fn settle(self, disposition: &Disposition) -> Result<(), SettleError> {
        self.settle.settle(disposition).await
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("queue", &self.queue)
            .field("bytes", &self.body.len())
            .field("message_id", &self.message_id)
            .field("attempt", &self.attempt)
            .field("redelivered", &self.redelivered)
            .field("requeued", &self.requeued)
            .finish_non_exhaustive()
    }
}

/// The adapter's end of a delivery.
#[async_trait]
pub trait Settle: Send {
    /// Carries a disposition out. [`Disposition::Leave`] just lets go of the delivery without a word to the broker.
    async fn settle(self: Box<Self>, disposition: &Disposition) -> Result<(), SettleError>;

    /// Whether settling can still have an effect.
    fn is_live(&self) -> bool;
}

/// A delivery could not be settled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// Its channel or connection is gone. The message is delivered again; nothing else needs doing.
    #[error("the delivery's channel is gone")]
    Stale,
    /// The copy for the retry or for the parking place could not be stored, so the original was not let go.
    #[error("cannot store the message in `{target}`")]
    Store {
        /// The queue it was meant for.
        target: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The source refused the acknowledgement.
    #[error("cannot acknowledge the message")]
    Acknowledge(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A source could not answer.
#[derive(Debug, thiserror::Error)]
#[error("cannot look into queue `{queue}`")]
pub struct SourceError {
    /// The queue that was asked about.
    pub queue: QueueName,
    /// Why there is no answer.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
