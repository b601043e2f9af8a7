//! What becomes of a message that was handed to us.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use jiff::Timestamp;
use lapin::{BasicProperties, Channel};
use rbit_fail_point::{FailPoint, passed};
use rbit_job::{
    Attempt, Disposition, JobKey, QueueName, Reason,
    health::Health,
    port::{Delivery, Settle, SettleError},
};
use tokio::{runtime::Handle, sync::oneshot};
use tracing::{debug, warn};

use crate::{
    AmqpSettings, QueueSettings,
    ack_timeout::AckTimeout,
    confirm::PublishError,
    copies::{Original, Parking},
    drops::{self, Drops},
    grip::{Grip, Place},
    names::{PARKED, retry_queue},
    phase::PhaseWatch,
    publisher::{Publisher, Store},
    rack::{Rack, Tag},
    retry_queue::retry_arguments,
    topology::type_arguments,
};

/// What all deliveries of a source need to be settled.
pub(crate) struct Desk {
    pub(crate) settings: Arc<AmqpSettings>,
    pub(crate) publisher: Publisher,
    pub(crate) handle: Handle,
    pub(crate) ack_timeout: AckTimeout,
    /// Where deliveries wait until they are handed out.
    pub(crate) rack: Rack,
    /// Where the source says how it is.
    pub(crate) health: Health,
    /// Messages that were given back wait no longer than the source takes messages.
    phase: PhaseWatch,
    drops: Drops,
    /// The retry queues that were used so far, with the queues they lead back to.
    retry_queues: Mutex<BTreeMap<String, QueueName>>,
    /// When a connection to consume on was lost last.
    lost: Mutex<Option<Instant>>,
}

impl Desk {
    pub(crate) fn new(
        settings: Arc<AmqpSettings>,
        queues: &[QueueSettings],
        health: Health,
        publisher: Publisher,
        handle: Handle,
        phase: PhaseWatch,
    ) -> Self {
        let ack_timeout = AckTimeout::configured(settings.ack_timeout);
        Self {
            settings,
            publisher,
            handle,
            ack_timeout,
            rack: Rack::new(queues.iter().map(|queue| &queue.subscription)),
            health,
            phase,
            drops: Drops::default(),
            retry_queues: Mutex::default(),
            lost: Mutex::default(),
        }
    }

    /// Takes note of the loss of a connection to consume on.
    pub(crate) fn note_loss(&self) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether messages may be on their way back to their queues: a broker that has much to do is slow to notice that a connection
    /// is gone, and what it has not taken back is in no queue.
    pub(crate) fn may_get_back(&self) -> bool {
        let lost = *self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.is_some_and(|lost| lost.elapsed() < TAKEN_BACK_AFTER)
    }

    /// The retry queues that were used so far, with the queues they lead back to.
    pub(crate) fn retry_queues(&self) -> BTreeMap<String, QueueName> {
        self.retry_queues.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives a message back to its queue after a while, or as soon as this box takes no more messages.
    async fn give_back(&self, place: Place, wait: Duration) {
        place
            .give_back_after(self.phase.clone().pause(wait.min(self.ack_timeout.rest())))
            .await;
    }

    fn note_retry_queue(&self, retry: &str, queue: &QueueName) {
        let mut retry_queues = self.retry_queues.lock().unwrap_or_else(PoisonError::into_inner);
        retry_queues.insert(retry.to_owned(), queue.clone());
    }
}

/// The right to settle one message.
///
/// Dropped without that, as by a panic, it gives the message back to its queue after a while, which grows with each time; so does one
/// whose copy could not be stored. Otherwise a job that always ends so, or a broker that refuses copies, would make us run in circles.
/// A source that takes no more messages gives them back at once.
///
/// [`Disposition::Leave`] says nothing to the broker, which hands the message on when the channel closes; one that is held in a queue
/// of its own goes back to where it came from.
///
/// It knows the channel it came on, and that channel knows when it died: the acknowledgement of a delivery can never be taken for
/// that of another one with the same number on a later channel.
pub(crate) struct Settlement {
    grip: Arc<Grip>,
    desk: Arc<Desk>,
    tag: Arc<Tag>,
    is_settled: bool,
    /// Dropped with the settlement, which tells that the message need not be kept any longer.
    _released: oneshot::Sender<()>,
}

impl Settlement {
    /// Puts a delivery as lapin has it on the rack, as the port has it.
    pub(crate) fn put_on_rack(
        from: lapin::message::Delivery,
        from_queue: &QueueSettings,
        channel: Channel,
        desk: &Arc<Desk>,
    ) {
        let queue = from_queue.queue().clone();
        let is_seen = from.redelivered || Original::is_copy_of_seen(&from.properties);
        let requeued = Original::requeued(&from.properties);
        let original = Original {
            queue: queue.clone(),
            exchange: from.exchange,
            routing_key: from.routing_key,
            properties: from.properties,
            body: from.data.clone(),
            is_seen,
        };
        let (attempt, tag) = (original.attempt(), desk.rack.tag(&queue, original.key()));
        let message_id = original.properties.message_id().as_ref().map(ToString::to_string);
        let (release, released) = oneshot::channel();
        let grip = Arc::new(Grip::new(original, from_queue.queue_type, from.acker, channel));
        desk.handle.spawn(Arc::clone(&grip).keep(Arc::clone(desk), released));
        let settlement = Self {
            grip,
            desk: Arc::clone(desk),
            tag: Arc::clone(&tag),
            is_settled: false,
            _released: release,
        };
        let mut delivery = Delivery::new(queue, from.data, Box::new(settlement));
        delivery.message_id = message_id;
        delivery.attempt = attempt;
        delivery.redelivered = is_seen;
        delivery.requeued = requeued;
        desk.rack.put(delivery, &tag);
    }

    /// Stores the copy that a disposition asks for, if it asks for one, while the message in its place is ours.
    async fn copy(&self, place: &Place, disposition: &Disposition) -> Result<(), SettleError> {
        match disposition {
            Disposition::Ack | Disposition::Leave => Ok(()),
            Disposition::Retry { delay, attempt } => self.copy_for_retry(place, *delay, *attempt).await,
            Disposition::Park { reason, text } => self.copy_for_parking(place, *reason, text).await,
        }
    }

    /// Says nothing to the broker, except about a message that it would not hand on by itself.
    async fn leave(&self, place: &Place) {
        let Place::Held(lease) = place else { return };
        if let Err(error) = lease.give_back(&self.desk.publisher, &self.grip.original).await {
            debug!(
                error = &error as &dyn std::error::Error,
                "held message not given back: it comes back by itself"
            );
        }
    }

    async fn copy_for_retry(&self, place: &Place, delay: Duration, attempt: Attempt) -> Result<(), SettleError> {
        let store = self.retry_store(delay);
        self.desk.note_retry_queue(&store.queue, &self.grip.original.queue);
        let properties = self.grip.original.for_retry(delay, attempt);
        self.store(place, &store, &properties).await?;
        passed(FailPoint::RetryCopyStored);
        Ok(())
    }

    async fn copy_for_parking(&self, place: &Place, reason: Reason, text: &str) -> Result<(), SettleError> {
        let box_name = &self.desk.settings.box_name;
        let parking = Parking {
            reason,
            text,
            box_name,
            at: Timestamp::now(),
        };
        let properties = self.grip.original.for_parking(&parking);
        // It lasts as long as the queue that the message was in.
        let store = Store {
            queue: PARKED.to_owned(),
            arguments: type_arguments(self.grip.queue_type),
        };
        self.store(place, &store, &properties).await?;
        passed(FailPoint::ParkedCopyStored);
        Ok(())
    }

    /// A message that goes back to its queue meanwhile will be dealt with when it comes again: a copy of it would be one too many.
    async fn store(&self, place: &Place, store: &Store, properties: &BasicProperties) -> Result<(), SettleError> {
        let (publisher, body) = (&self.desk.publisher, &self.grip.original.body);
        match publisher.store(store, properties, body, || place.is_live()).await {
            Ok(()) => Ok(()),
            Err(PublishError::Unwanted) => Err(SettleError::Stale),
            Err(error) => Err(SettleError::Store {
                target: store.queue.clone(),
                source: error.into(),
            }),
        }
    }

    /// Nobody has seen a delivery that is dropped when no more messages are taken, or when there is no slot for it; or it is handed on
    /// to whoever takes them.
    fn wait_when_dropped(&self) -> Duration {
        if !self.desk.phase.is_running() || self.tag.is_given_back() {
            return Duration::ZERO;
        }
        let times = self.desk.drops.note(self.key());
        let wait = drops::pause(times);
        warn!(queue.name = %self.grip.original.queue, times, ?wait, "a message was let go unsettled: it goes back to its queue");
        wait
    }

    /// What makes the message the same one when it comes again.
    fn key(&self) -> JobKey {
        self.grip.original.key()
    }

    fn retry_store(&self, delay: Duration) -> Store {
        let queue = &self.grip.original.queue;
        let arguments = retry_arguments(queue, delay, self.grip.queue_type);
        Store {
            queue: retry_queue(queue, delay),
            arguments,
        }
    }
}

#[async_trait]
impl Settle for Settlement {
    async fn settle(mut self: Box<Self>, disposition: &Disposition) -> Result<(), SettleError> {
        self.is_settled = true;
        let place = self.grip.take().await;
        if *disposition == Disposition::Leave {
            self.leave(&place).await;
            return Ok(());
        }
        if !place.is_live() {
            return Err(SettleError::Stale);
        }
        if let Err(error) = self.copy(&place, disposition).await {
            let desk = Arc::clone(&self.desk);
            self.desk
                .handle
                .spawn(async move { desk.give_back(place, REFUSED_COPY_WAIT).await });
            return Err(error);
        }
        place.let_go(&self.desk.publisher).await?;
        self.desk.drops.forget(|| self.key());
        Ok(())
    }

    fn is_live(&self) -> bool {
        self.grip.is_live()
    }
}

impl Drop for Settlement {
    fn drop(&mut self) {
        if self.is_settled || !self.grip.is_live() {
            return;
        }
        let (grip, desk) = (Arc::clone(&self.grip), Arc::clone(&self.desk));
        let wait = self.wait_when_dropped();
        self.desk
            .handle
            .spawn(async move { desk.give_back(grip.take().await, wait).await });
    }
}

/// A broker needs some milliseconds, unless its machine is short of processors.
const TAKEN_BACK_AFTER: Duration = Duration::from_secs(3);

/// How long a message stays with us when its copy was refused, before it may come again.
const REFUSED_COPY_WAIT: Duration = Duration::from_secs(30);
