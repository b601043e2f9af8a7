//! Arranging queues and looking into them, for commands and tests.

use std::{io, sync::Arc};

use lapin::{
    Channel, Connection,
    options::{BasicGetOptions, QueueDeleteOptions},
};
use rbit_job::QueueName;
use tokio::sync::{Mutex, oneshot};

use crate::{
    AmqpSettings, ConnectError, Message, PublishError, QueueType, Route, SettingsError, TlsError,
    broker_error::BrokerError,
    confirm::ConfirmChannel,
    connect::{Connector, Role},
    supervisor::close,
    thread::{AmqpRuntime, AmqpThread},
    tls::Tls,
    topology,
    word::acknowledge,
};

/// Puts one message where a route leads, and returns when the broker has stored it.
///
/// This is `rbit push`: a build request goes through exchange [`EXCHANGE`](crate::EXCHANGE) as PyBit's do, or straight into a queue.
pub async fn publish(settings: &AmqpSettings, route: &Route, message: &Message) -> Result<(), AdminError> {
    let admin = Admin::connect(settings).await?;
    let published = admin.publish(route, message).await;
    admin.close().await;
    Ok(published?)
}

/// A connection for arranging queues and looking into them. It takes part in no job.
pub struct Admin {
    connection: Arc<Connection>,
    confirm: Mutex<Option<ConfirmChannel>>,
    thread: AmqpThread,
    end: oneshot::Sender<()>,
}

/// What is in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Messages that wait for a consumer; those that one has, unsettled, do not count.
    pub messages: u32,
    /// Consumers.
    pub consumers: u32,
}

impl Admin {
    /// Connects, once.
    pub async fn connect(settings: &AmqpSettings) -> Result<Self, AdminError> {
        settings.check()?;
        let tls = settings.tls.as_ref().map(Tls::load).transpose()?;
        let runtime = AmqpRuntime::new().map_err(AdminError::Thread)?;
        let connector = Connector::new(Arc::new(settings.clone()), tls, runtime.handle());
        let (end, ended) = oneshot::channel();
        let thread = runtime.start(async { drop(ended.await) }).map_err(AdminError::Thread)?;
        let connection = Arc::new(connector.connect(Role::Admin).await?.connection);
        Ok(Self {
            connection,
            confirm: Mutex::default(),
            thread,
            end,
        })
    }

    /// Publishes a message; an error if it reached no queue.
    pub async fn publish(&self, route: &Route, message: &Message) -> Result<(), PublishError> {
        let properties = message
            .properties()
            .map_err(|error| PublishError::TooLong { source: error.into() })?;
        let mut slot = self.confirm.lock().await;
        let channel = match slot.take() {
            Some(channel) if channel.is_usable() => channel,
            _ => ConfirmChannel::open(Arc::clone(&self.connection)).await?,
        };
        channel.publish(route, properties, &message.body).await?;
        *slot = Some(channel);
        Ok(())
    }

    /// Makes a durable queue of this type, the broker's default if none. An existing one stays as it is, or is an error if it
    /// differs.
    pub async fn declare_queue(&self, queue: &QueueName, queue_type: Option<QueueType>) -> Result<(), AdminError> {
        let arguments = topology::type_arguments(queue_type);
        let declared = topology::declare_queue(&self.connection, queue.as_str().into(), arguments).await;
        declared.map_err(failed("declare", queue))
    }

    /// Binds a queue to exchange `pybit`, which is made if it is missing.
    pub async fn bind_to_pybit(&self, queue: &QueueName, key: &str) -> Result<(), AdminError> {
        let bound = topology::bind_to_pybit(&self.connection, queue.as_str().into(), key).await;
        bound.map_err(failed("bind", queue))
    }

    /// How full a queue is; `None` if there is none.
    pub async fn depth(&self, queue: &QueueName) -> Result<Option<Depth>, AdminError> {
        let depth = topology::depth(&self.connection, queue.as_str().into())
            .await
            .map_err(failed("look into", queue))?;
        Ok(depth.map(|(messages, consumers)| Depth { messages, consumers }))
    }

    /// The first messages of a queue, which stay there; none if there is no such queue. For that moment nobody else can have them.
    pub async fn peek(&self, queue: &QueueName, limit: usize) -> Result<Vec<Message>, AdminError> {
        let mut seen = Vec::new();
        self.scan(queue, limit, |message| {
            seen.push(message.clone());
            false
        })
        .await?;
        Ok(seen)
    }

    /// Takes those of the first messages of a queue that are wanted; the others stay where they are. Two who look at the same time
    /// do not see the same messages.
    pub async fn take(
        &self,
        queue: &QueueName,
        limit: usize,
        wanted: impl FnMut(&Message) -> bool,
    ) -> Result<Vec<Message>, AdminError> {
        self.scan(queue, limit, wanted).await
    }

    /// Deletes a queue with all that is in it. No error if there is none.
    pub async fn delete_queue(&self, queue: &QueueName) -> Result<(), AdminError> {
        let delete = async {
            let channel = self.connection.create_channel().await?;
            channel
                .queue_delete(queue.as_str().into(), QueueDeleteOptions::default())
                .await?;
            topology::close(&channel).await;
            Ok(())
        };
        delete.await.map_err(failed("delete", queue))
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Closes the connection.
    pub async fn close(mut self) {
        close(&self.connection).await;
        // An error says that the thread has ended already.
        let _ = self.end.send(());
        self.thread.ended().await;
    }

    async fn scan(
        &self,
        queue: &QueueName,
        limit: usize,
        wanted: impl FnMut(&Message) -> bool,
    ) -> Result<Vec<Message>, AdminError> {
        let scan = async {
            let channel = self.connection.create_channel().await?;
            let taken = take_from(&channel, queue, limit, wanted).await?;
            // What was not taken goes back to its place.
            topology::close(&channel).await;
            Ok(taken)
        };
        match scan.await {
            Err(error) if BrokerError::is_not_found(&error) => Ok(Vec::new()),
            other => other.map_err(failed("read", queue)),
        }
    }
}

async fn take_from(
    channel: &Channel,
    queue: &QueueName,
    limit: usize,
    mut wanted: impl FnMut(&Message) -> bool,
) -> Result<Vec<Message>, BrokerError> {
    let mut taken = Vec::new();
    for _ in 0..limit {
        let Some(got) = channel
            .basic_get(queue.as_str().into(), BasicGetOptions::default())
            .await?
        else {
            break;
        };
        let message = Message::received(&got.delivery.properties, got.delivery.data);
        // One whose channel is gone meanwhile is in its place again.
        if wanted(&message) && acknowledge(&got.delivery.acker).await? {
            taken.push(message);
        }
    }
    Ok(taken)
}

fn failed(doing: &'static str, queue: &QueueName) -> impl FnOnce(BrokerError) -> AdminError {
    let queue = queue.clone();
    move |error| AdminError::Queue {
        doing,
        queue,
        source: error.into(),
    }
}

/// The broker could not be asked, or refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The settings cannot work.
    #[error("the settings for the broker cannot work")]
    Settings(#[from] SettingsError),
    /// Connections cannot be encrypted as the settings have it.
    #[error("cannot prepare encrypted connections to the broker")]
    Tls(#[from] TlsError),
    /// The machine is short of something.
    #[error("cannot start the thread for the broker")]
    Thread(#[source] io::Error),
    /// There is no connection.
    #[error("no connection to the broker")]
    Connect(#[from] ConnectError),
    /// A message was not stored.
    #[error("cannot publish the message")]
    Publish(#[from] PublishError),
    /// Something could not be done with a queue.
    #[error("cannot {doing} queue `{queue}`")]
    Queue {
        /// What was tried.
        doing: &'static str,
        /// The queue.
        queue: QueueName,
        /// The broker's words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something could not be looked at or made.
    #[error("cannot {doing} `{name}`")]
    Object {
        /// What was tried, and with what kind of thing.
        doing: &'static str,
        /// Its name.
        name: String,
        /// The broker's words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl AdminError {
    /// What a person can do about it, where that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Connect(error) => Some(error.help()),
            Self::Publish(error) => error.help(),
            Self::Settings(_) | Self::Tls(_) | Self::Thread(_) | Self::Queue { .. } | Self::Object { .. } => None,
        }
    }
}
