//! The queue in which this box hears PyBit, on a channel of its own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use lapin::{
    Channel, Connection, Consumer,
    options::{BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions},
    types::FieldTable,
};
use rbit_job::{BoxCommand, Cancellation, DecodeError};
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, info, warn};

use crate::{
    AmqpCommands, backoff::Backoff, broker_error::BrokerError, supervisor::Current, topology, word::acknowledge,
};

/// Listens to orders for as long as somebody wants them, on whichever connection there is.
pub(crate) struct CommandQueue {
    pub(crate) client: String,
    /// Whether exchange `pybit` is made if it is missing.
    pub(crate) declare: bool,
    pub(crate) connections: watch::Receiver<Current>,
    pub(crate) commands: mpsc::Sender<BoxCommand>,
    pub(crate) claim: watch::Sender<Claim>,
}

/// What is known of the name of this box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Nothing yet.
    Pending,
    /// It is ours.
    Ours,
    /// Another connection has it, for longer than one that is lost would.
    Taken,
    /// The broker does not let us have the queue, for whatever other reason.
    Unknown,
}

impl CommandQueue {
    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::default();
        let mut first_refusal = None;
        while let Some(connection) = self.connection().await {
            let started = Instant::now();
            let listened = tokio::select! {
                listened = self.listen(&connection) => listened,
                () = ended(self.connections.clone(), &connection) => continue,
            };
            let Err(interruption) = listened else {
                return;
            };
            if !connection.status().connected() {
                continue;
            }
            let wait = self.wait_after(&interruption, &mut backoff, &mut first_refusal, started.elapsed());
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.commands.closed() => return,
            }
        }
    }

    /// A living connection; waits for one. `None` when there can be no more, or nobody wants to hear.
    async fn connection(&mut self) -> Current {
        let is_living = |current: &Current| {
            current
                .as_ref()
                .is_some_and(|connection| connection.status().connected())
        };
        tokio::select! {
            current = self.connections.wait_for(is_living) => current.ok().and_then(|current| current.clone()),
            () = self.commands.closed() => None,
        }
    }

    fn wait_after(
        &self,
        interruption: &Interruption,
        backoff: &mut Backoff,
        first_refusal: &mut Option<Instant>,
        worked_for: Duration,
    ) -> Duration {
        let error = interruption as &dyn std::error::Error;
        let queue = &self.client;
        let is_first = *self.claim.borrow() == Claim::Pending;
        if !interruption.is_name_taken() {
            self.resolve_claim(Claim::Unknown);
            let wait = if interruption.is_transient() {
                backoff.after(worked_for)
            } else {
                backoff.slow()
            };
            let help = (!interruption.is_transient()).then_some(PERMISSION_HELP);
            warn!(queue.name = queue, error, help, ?wait, "PyBit cannot reach this box");
            return wait;
        }
        if is_first && first_refusal.get_or_insert_with(Instant::now).elapsed() < AmqpCommands::LINGER {
            info!(queue.name = queue, "the name of this box is in use: asking again");
            return ASK_AGAIN;
        }
        self.resolve_claim(Claim::Taken);
        let wait = backoff.after(worked_for);
        error!(
            queue.name = queue,
            error,
            ?wait,
            "the name of this box is in use, by another box or by a connection of ours that the broker does not know to be lost"
        );
        wait
    }

    /// The first answer is the one that the start waits for.
    fn resolve_claim(&self, claim: Claim) {
        self.claim
            .send_if_modified(|now| *now == Claim::Pending && std::mem::replace(now, claim) != claim);
    }

    /// Listens on this connection. `Ok` when nobody wants to hear any more.
    async fn listen(&self, connection: &Connection) -> Result<(), Interruption> {
        let channel = self.declare(connection).await.map_err(Interruption::Declare)?;
        let mut consumer = self
            .consume(connection, &channel)
            .await
            .map_err(Interruption::Consume)?;
        self.resolve_claim(Claim::Ours);
        info!(queue.name = self.client, "PyBit can reach this box");
        loop {
            let next = tokio::select! {
                next = consumer.next() => next.ok_or(Interruption::Cancelled)?,
                () = self.commands.closed() => return Ok(()),
            };
            let delivery = next.map_err(|error| Interruption::Consume(error.into()))?;
            if let Some(command) = decode(&delivery.data) {
                // An error says that nobody wants to hear any more, which the next turn sees.
                let _ = self.commands.send(command).await;
            }
            // Lost with its channel if this comes too late, like everything else in this queue.
            let _ = acknowledge(&delivery.acker).await;
        }
    }

    /// Exclusive, as PyBit asks whether a box is there by trying to look into its queue.
    async fn declare(&self, connection: &Connection) -> Result<Channel, BrokerError> {
        let channel = connection.create_channel().await?;
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        channel
            .queue_declare(self.client.as_str().into(), options, FieldTable::default())
            .await?;
        Ok(channel)
    }

    /// With acknowledgements, unlike PyBit's own clients: otherwise nothing would bound what the broker sends ahead.
    async fn consume(&self, connection: &Connection, channel: &Channel) -> Result<Consumer, BrokerError> {
        let queue = || self.client.as_str().into();
        if self.declare {
            topology::ensure_pybit(connection).await?;
        }
        topology::bind(connection, queue(), &self.client).await?;
        channel.basic_qos(AHEAD, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        Ok(channel
            .basic_consume(queue(), "".into(), options, FieldTable::default())
            .await?)
    }
}

/// Waits until there is no such connection any more, or another one: lapin does not answer everything that is asked while one ends.
async fn ended(mut connections: watch::Receiver<Current>, connection: &Arc<Connection>) {
    let is_another = |current: &Current| current.as_ref().is_none_or(|now| !Arc::ptr_eq(now, connection));
    // An error says that there can be no other.
    if connections.wait_for(is_another).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The order in a message. PyBit's own clients send themselves other messages by the same queue.
fn decode(body: &[u8]) -> Option<BoxCommand> {
    match Cancellation::decode(body) {
        Ok(cancellation) => Some(BoxCommand::Cancel(cancellation)),
        Err(error @ DecodeError::WrongMessage { .. }) => {
            debug!(%error, "not an order for this box");
            None
        }
        Err(error) => {
            warn!(
                error = &error as &dyn std::error::Error,
                bytes = body.len(),
                "order not understood"
            );
            None
        }
    }
}

/// Why orders are not heard at the moment.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error("the queue for orders cannot be declared")]
    Declare(#[source] BrokerError),
    #[error("the queue for orders cannot be listened to")]
    Consume(#[source] BrokerError),
    #[error("the broker cancelled the consumer")]
    Cancelled,
}

impl Interruption {
    fn is_name_taken(&self) -> bool {
        matches!(self, Self::Declare(error) if error.is_locked())
    }

    fn is_transient(&self) -> bool {
        match self {
            Self::Declare(error) | Self::Consume(error) => error.is_transient(),
            Self::Cancelled => true,
        }
    }
}

const PERMISSION_HELP: &str = "may the user configure, write to and read this queue, and read exchange `pybit`? Jobs are run all the \
    same, but PyBit does not show the box as active and cannot call jobs off";

/// So many orders may be on their way to us.
const AHEAD: u16 = 16;

/// Between two questions whether a name has become free.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// So many orders may wait until the worker has noted those before them.
pub(crate) const PLACES: usize = 16;
