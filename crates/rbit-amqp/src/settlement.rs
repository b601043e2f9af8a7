//! What becomes of a message that was handed to us.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use lapin::{
    Acker, BasicProperties, Channel,
    options::{BasicAckOptions, BasicNackOptions},
    types::{AMQPValue, FieldTable},
};
use rbit_job::{
    Attempt, Disposition, QueueName, Reason,
    port::{Delivery, Settle, SettleError},
};
use tokio::runtime::Handle;
use tracing::debug;

use crate::{
    AmqpSettings, QueueType,
    copies::{Original, Parking},
    names::{PARKED, delay_ms, retry_queue},
    publisher::{Publisher, Store},
    topology::{text, type_arguments},
};

/// What all deliveries of a source need to be settled.
pub(crate) struct Desk {
    pub(crate) settings: Arc<AmqpSettings>,
    pub(crate) publisher: Publisher,
    pub(crate) handle: Handle,
    /// The retry queues that were used so far, with the queues they lead back to.
    retry_queues: Mutex<BTreeMap<String, QueueName>>,
}

impl Desk {
    pub(crate) fn new(settings: Arc<AmqpSettings>, publisher: Publisher, handle: Handle) -> Self {
        Self {
            settings,
            publisher,
            handle,
            retry_queues: Mutex::default(),
        }
    }

    /// The retry queues that were used so far, with the queues they lead back to.
    pub(crate) fn retry_queues(&self) -> BTreeMap<String, QueueName> {
        self.retry_queues.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_retry_queue(&self, retry: &str, queue: &QueueName) {
        let mut retry_queues = self.retry_queues.lock().unwrap_or_else(PoisonError::into_inner);
        retry_queues.insert(retry.to_owned(), queue.clone());
    }
}

/// The right to settle one message.
///
/// Dropped without that, as by a panic, it gives the message back to its queue at once. A message whose copy could not be stored
/// goes back after a while instead, so that a broker that refuses copies does not make us run its jobs in circles.
/// [`Disposition::Leave`] says nothing to the broker, which hands the message on when the channel closes.
///
/// It knows the channel it came on, and that channel knows when it died: the acknowledgement of a delivery can never be taken for
/// that of another one with the same number on a later channel.
pub(crate) struct Settlement {
    original: Original,
    queue_type: Option<QueueType>,
    acker: Acker,
    /// Kept open until the last delivery of it is settled.
    channel: Channel,
    desk: Arc<Desk>,
    is_settled: bool,
}

impl Settlement {
    /// A delivery as the port has it, from one as lapin has it.
    pub(crate) fn delivery(
        from: lapin::message::Delivery,
        queue: QueueName,
        queue_type: Option<QueueType>,
        channel: Channel,
        desk: Arc<Desk>,
    ) -> Delivery {
        let original = Original {
            queue: queue.clone(),
            exchange: from.exchange,
            routing_key: from.routing_key,
            properties: from.properties,
            body: from.data.clone(),
        };
        let attempt = original.attempt();
        let message_id = original.properties.message_id().as_ref().map(ToString::to_string);
        let settlement = Self {
            original,
            queue_type,
            acker: from.acker,
            channel,
            desk,
            is_settled: false,
        };
        let mut delivery = Delivery::new(queue, from.data, Box::new(settlement));
        delivery.message_id = message_id;
        delivery.attempt = attempt;
        delivery.redelivered = from.redelivered;
        delivery
    }

    async fn acknowledge(&mut self) -> Result<(), SettleError> {
        self.is_settled = true;
        match self.acker.ack(BasicAckOptions::default()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(SettleError::Stale),
            Err(error) => Err(SettleError::Acknowledge(error.into())),
        }
    }

    async fn copy_for_retry(&mut self, delay: Duration, attempt: Attempt) -> Result<(), SettleError> {
        let store = self.retry_store(delay);
        self.desk.note_retry_queue(&store.queue, &self.original.queue);
        let properties = self.original.for_retry(attempt);
        self.store(&store, &properties).await
    }

    async fn copy_for_parking(&mut self, reason: Reason, text: &str) -> Result<(), SettleError> {
        let box_name = &self.desk.settings.box_name;
        let parking = Parking {
            reason,
            text,
            box_name,
            at: Timestamp::now(),
        };
        let properties = self.original.for_parking(&parking);
        let store = Store {
            queue: PARKED.to_owned(),
            arguments: FieldTable::default(),
        };
        self.store(&store, &properties).await
    }

    async fn store(&mut self, store: &Store, properties: &BasicProperties) -> Result<(), SettleError> {
        let stored = self.desk.publisher.store(store, properties, &self.original.body).await;
        stored.map_err(|error| {
            self.give_back_after(REFUSED_COPY_WAIT);
            SettleError::Store {
                target: store.queue.clone(),
                source: error.into(),
            }
        })
    }

    fn retry_store(&self, delay: Duration) -> Store {
        let queue = &self.original.queue;
        let mut arguments = type_arguments(self.queue_type);
        arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(delay_ms(delay).into()));
        arguments.insert("x-dead-letter-exchange".into(), text(""));
        arguments.insert("x-dead-letter-routing-key".into(), text(queue.as_str()));
        if self.queue_type == Some(QueueType::Quorum) {
            // Otherwise a message could be lost on its way back.
            arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
            arguments.insert("x-overflow".into(), text("reject-publish"));
        }
        Store {
            queue: retry_queue(queue, delay),
            arguments,
        }
    }

    fn give_back_after(&mut self, wait: Duration) {
        self.is_settled = true;
        if !self.acker.usable() {
            return;
        }
        let (acker, channel) = (self.acker.clone(), self.channel.clone());
        self.desk.handle.spawn(async move {
            tokio::time::sleep(wait).await;
            let requeue = BasicNackOptions {
                requeue: true,
                ..BasicNackOptions::default()
            };
            if !acker.nack(requeue).await.unwrap_or(false) {
                debug!("delivery not given back: its channel is gone, so the broker has it already");
            }
            drop(channel);
        });
    }
}

#[async_trait]
impl Settle for Settlement {
    async fn settle(mut self: Box<Self>, disposition: &Disposition) -> Result<(), SettleError> {
        match disposition {
            Disposition::Leave => {
                self.is_settled = true;
                return Ok(());
            }
            _ if !self.acker.usable() => return Err(SettleError::Stale),
            Disposition::Ack => {}
            Disposition::Retry { delay, attempt } => self.copy_for_retry(*delay, *attempt).await?,
            Disposition::Park { reason, text } => self.copy_for_parking(*reason, text).await?,
        }
        self.acknowledge().await
    }

    fn is_live(&self) -> bool {
        self.acker.usable()
    }
}

impl Drop for Settlement {
    fn drop(&mut self) {
        if !self.is_settled {
            self.give_back_after(Duration::ZERO);
        }
    }
}

/// How long a message stays with us when its copy was refused, before it may come again.
const REFUSED_COPY_WAIT: Duration = Duration::from_secs(30);
