//! Listening to one queue, on a channel of its own, for as long as its connection lives.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use lapin::{
    Channel, Connection, Consumer,
    options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::{AMQPValue, FieldTable},
};
use rbit_job::{error_chain, health::Part};
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::{
    QueueSettings, ack_timeout,
    backoff::Backoff,
    broker_error::BrokerError,
    names::{delay_ms, routing_key},
    phase::{Phase, PhaseWatch},
    rack::Supply,
    settlement::{Desk, Settlement},
    topology,
};

/// Takes the messages of one queue.
pub(crate) struct Subscriber {
    pub(crate) queue: QueueSettings,
    pub(crate) connection: Arc<Connection>,
    pub(crate) phase: PhaseWatch,
    pub(crate) desk: Arc<Desk>,
    /// The queue is bound, and it was said that the box listens: neither is done again when messages were only fetched for a while.
    pub(crate) is_bound: bool,
}

impl Subscriber {
    /// Subscribes, again whenever the subscription ends, until the source takes no more messages or the connection is gone.
    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::default();
        while self.is_wanted() {
            tokio::select! {
                () = self.desk.rack.is_supplied(Supply::Ahead) => {}
                () = self.phase.reached(Phase::Draining) => return,
            }
            let started = Instant::now();
            let Err(interruption) = self.serve().await else {
                continue;
            };
            // The queue may be another one when it is there again.
            self.is_bound = false;
            if !self.is_wanted() {
                return;
            }
            let wait = self.wait_after(&interruption, &mut backoff, started.elapsed());
            self.phase.pause(wait).await;
        }
    }

    fn is_wanted(&self) -> bool {
        self.phase.is_running() && self.connection.status().connected()
    }

    fn wait_after(&self, interruption: &Interruption, backoff: &mut Backoff, worked_for: Duration) -> Duration {
        let error = interruption as &dyn std::error::Error;
        let queue = self.queue.queue();
        let (part, is_lasting) = (Part::Queue(queue.clone()), !interruption.is_transient());
        self.desk.health.ill(part, &error_chain(interruption), is_lasting);
        if let Some(timeout) = interruption.ack_timeout() {
            let wait = backoff.after(worked_for);
            self.tell_of_ack_timeout(timeout);
            wait
        } else if interruption.is_transient() {
            let wait = backoff.after(worked_for);
            warn!(queue.name = %queue, error, ?wait, "subscription interrupted");
            wait
        } else {
            let wait = backoff.slow();
            error!(queue.name = %queue, error, help = interruption.help(), ?wait, "cannot subscribe to queue");
            wait
        }
    }

    /// A running job goes on: it takes its message up again when that comes. What the broker said is remembered, so that the next
    /// long job's message is held elsewhere in time.
    fn tell_of_ack_timeout(&self, timeout: Duration) {
        let queue = self.queue.queue();
        if self.desk.ack_timeout.learn(timeout) {
            error!(queue.name = %queue, ?timeout, help = ACK_TIMEOUT_HELP, "the broker took a message back whose job takes long");
        } else {
            warn!(queue.name = %queue, ?timeout, "the broker took a message back whose job takes long");
        }
    }

    /// One subscription, from its beginning to its end. `Ok` when the source takes no more messages, or fetches them itself.
    async fn serve(&mut self) -> Result<(), Interruption> {
        let (channel, consumer) = self.subscribe().await?;
        if !self.is_bound {
            self.bind().await;
            self.is_bound = true;
            info!(queue.name = %self.queue.queue(), prefetch = self.queue.subscription.prefetch, "listening to queue");
        }
        self.desk.health.well(Part::Queue(self.queue.queue().clone()));
        self.pump(channel, consumer).await
    }

    /// Consumes first, and declares only what is not there: a declaration with other arguments than those of an existing queue is
    /// an error.
    async fn subscribe(&self) -> Result<(Channel, Consumer), Interruption> {
        match self.consume().await {
            Err(error) if error.is_not_found() => {
                if !self.desk.settings.declare {
                    return Err(Interruption::NoQueue);
                }
                self.declare().await.map_err(Interruption::Declare)?;
                self.consume().await.map_err(Interruption::Consume)
            }
            other => other.map_err(Interruption::Consume),
        }
    }

    async fn consume(&self) -> Result<(Channel, Consumer), BrokerError> {
        let channel = self.connection.create_channel().await?;
        // Zero would mean that there is no limit. The limit is the consumer's: one of a whole channel is not to be had of all queues.
        let prefetch = self.queue.subscription.prefetch.max(1);
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let queue = self.queue.queue().as_str().into();
        let tag = format!("rbit {}", self.desk.settings.box_name);
        let consumer = channel.basic_consume(
            queue,
            tag.as_str().into(),
            BasicConsumeOptions::default(),
            self.consumer_arguments(),
        );
        Ok((channel.clone(), consumer.await?))
    }

    /// From RabbitMQ 4.3 on, a consumer says itself how long its messages may take. Older ones do not look at it.
    fn consumer_arguments(&self) -> FieldTable {
        let mut arguments = FieldTable::default();
        let timeout = delay_ms(self.desk.settings.ack_timeout);
        arguments.insert("x-consumer-timeout".into(), AMQPValue::LongLongInt(timeout.into()));
        arguments
    }

    async fn declare(&self) -> Result<(), BrokerError> {
        let queue = self.queue.queue();
        info!(queue.name = %queue, "making the queue, for there is none");
        let arguments = topology::type_arguments(self.queue.queue_type);
        topology::declare_queue(&self.connection, queue.as_str().into(), arguments).await
    }

    /// Binds the queue as PyBit's front-end does before it publishes, so that nothing is lost that comes before the front-end's
    /// first job for this queue. A queue that cannot be bound is still listened to.
    async fn bind(&self) {
        let queue = self.queue.queue();
        let Some(key) = routing_key(queue).filter(|_| self.desk.settings.declare) else {
            return;
        };
        let bound = topology::bind_to_pybit(&self.connection, queue.as_str().into(), &key).await;
        if let Some(error) = bound.err().filter(|_| self.is_wanted()) {
            let error = &error as &dyn std::error::Error;
            warn!(queue.name = %queue, key, error, "cannot bind queue to exchange `pybit`");
        }
    }

    async fn pump(&mut self, channel: Channel, mut consumer: Consumer) -> Result<(), Interruption> {
        let desk = Arc::clone(&self.desk);
        loop {
            tokio::select! {
                next = consumer.next() => match next {
                    Some(Ok(delivery)) => self.put_on_rack(delivery, &channel),
                    Some(Err(error)) => return Err(Interruption::ChannelClosed(error.into())),
                    None => return Err(Interruption::Cancelled),
                },
                () = self.phase.reached(Phase::Draining) => break,
                () = desk.rack.is_supplied(Supply::OneByOne) => break,
            }
        }
        self.stop(&channel, consumer).await;
        Ok(())
    }

    /// Is sent no more messages, and gives back those that wait for a slot: not before the end, for they would be sent here again.
    async fn stop(&self, channel: &Channel, mut consumer: Consumer) {
        let stopped = timeout(STOP_TIMEOUT, async {
            channel
                .basic_cancel(consumer.tag(), BasicCancelOptions::default())
                .await?;
            while let Some(delivery) = consumer.next().await {
                self.put_on_rack(delivery?, channel);
            }
            Ok::<_, BrokerError>(())
        });
        if !matches!(stopped.await, Ok(Ok(()))) {
            warn!(queue.name = %self.queue.queue(), "consumer not cancelled properly: its messages go back with the connection");
        }
        self.desk.rack.give_back(self.queue.queue());
    }

    fn put_on_rack(&self, delivery: lapin::message::Delivery, channel: &Channel) {
        Settlement::put_on_rack(delivery, &self.queue, channel.clone(), &self.desk);
    }
}

/// Why a subscription ended although the source still wants it.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error("there is no such queue, and `declare` is off")]
    NoQueue,
    #[error("the queue cannot be declared")]
    Declare(#[source] BrokerError),
    #[error("the broker does not let us consume")]
    Consume(#[source] BrokerError),
    #[error("the broker closed the channel")]
    ChannelClosed(#[source] BrokerError),
    #[error(
        "the broker cancelled the consumer, as it does when the queue is deleted, and from RabbitMQ 4.3 on when a job takes too long"
    )]
    Cancelled,
}

impl Interruption {
    /// How long the broker waited, if it is that it waited too long for an acknowledgement.
    fn ack_timeout(&self) -> Option<Duration> {
        match self {
            Self::ChannelClosed(error) => ack_timeout::timeout_in(&error.to_string()),
            _ => None,
        }
    }

    /// A missing queue counts as one that may come: PyBit's front-end makes it with the first job.
    fn is_transient(&self) -> bool {
        match self {
            Self::NoQueue | Self::Cancelled | Self::ChannelClosed(_) => true,
            Self::Declare(error) | Self::Consume(error) => error.is_transient(),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::NoQueue => "set `declare = true`, or let PyBit make the queue by sending a job",
            Self::Declare(_) => "may the user configure this queue?",
            Self::Consume(_) => "may the user read this queue, and is it free of an exclusive consumer?",
            Self::ChannelClosed(_) | Self::Cancelled => "the log of the broker says more",
        }
    }
}

const ACK_TIMEOUT_HELP: &str = "the job goes on. Set `ack-timeout` in [amqp] to this time, so that messages of long jobs are held \
    elsewhere before it ends; or raise it at the broker, with a policy `consumer-timeout` from RabbitMQ 3.12 on, and with \
    `consumer_timeout` in rabbitmq.conf before";

/// For the cancellation of one consumer.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
