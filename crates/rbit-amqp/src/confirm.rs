//! Publishing with the broker's word that it has the message.

use std::{sync::Arc, time::Duration};

use lapin::{
    BasicProperties, Channel, Confirmation, Connection,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::{FieldTable, ShortString},
};
use tokio::time::timeout;

use crate::{ConnectError, Route, broker_error::BrokerError, topology};

/// A channel on which every message is mandatory and confirmed.
///
/// Its owner publishes one message at a time, and gives it up when that fails or is given up half-way: lapin may attach what the
/// broker returns to the wrong one of several publishes, and then a message that reached no queue counts as stored.
pub(crate) struct ConfirmChannel {
    connection: Arc<Connection>,
    channel: Channel,
}

impl ConfirmChannel {
    pub(crate) async fn open(connection: Arc<Connection>) -> Result<Self, PublishError> {
        let open = async {
            let channel = connection.create_channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            Ok::<_, BrokerError>(channel)
        };
        let channel = open.await.map_err(|error| PublishError::Open(error.into()))?;
        Ok(Self { connection, channel })
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Publishes one message. When it returns without an error, the broker has stored it in at least one queue.
    pub(crate) async fn publish(
        &self,
        route: &Route,
        properties: BasicProperties,
        body: &[u8],
    ) -> Result<(), PublishError> {
        let (exchange, key) = route.parts();
        let (exchange, key) = (short(exchange)?, short(key)?);
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let publish = async {
            self.channel
                .basic_publish(exchange, key, mandatory, body, properties)
                .await?
                .await
        };
        let route = route.clone();
        match timeout(CONFIRM_TIMEOUT, publish).await {
            Ok(Ok(Confirmation::Ack(None))) => Ok(()),
            Ok(Ok(Confirmation::Ack(Some(_returned)))) => Err(PublishError::Unroutable { route }),
            Ok(Ok(Confirmation::Nack(_) | Confirmation::NotRequested)) => Err(PublishError::Refused { route }),
            Ok(Err(error)) => {
                let error = BrokerError::from(error);
                Err(PublishError::Send {
                    route,
                    is_transient: error.is_transient(),
                    source: error.into(),
                })
            }
            Err(_) => Err(PublishError::Unconfirmed { route }),
        }
    }

    /// Makes a durable queue.
    pub(crate) async fn declare(&self, queue: &str, arguments: FieldTable) -> Result<(), PublishError> {
        let declared = topology::declare_queue(&self.connection, short(queue)?, arguments).await;
        declared.map_err(|error| PublishError::Declare {
            queue: queue.to_owned(),
            is_transient: error.is_transient(),
            source: error.into(),
        })
    }
}

fn short(text: &str) -> Result<ShortString, PublishError> {
    ShortString::try_new(text).map_err(|error| PublishError::TooLong { source: error.into() })
}

/// A message was not stored by the broker, as far as we know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// There is no connection to publish on.
    #[error("cannot connect to publish")]
    Connect(#[source] ConnectError),
    /// The connection cannot be used.
    #[error("cannot open a channel to publish")]
    Open(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A name or id has more bytes than AMQP can carry.
    #[error("a name of the message cannot be sent")]
    TooLong {
        /// How long it is.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No queue is there to take the message.
    #[error("no queue takes a message to {route}")]
    Unroutable {
        /// Where it was sent.
        route: Route,
    },
    /// The broker said no: the queue is full, or it failed inside.
    #[error("the broker did not take the message to {route}")]
    Refused {
        /// Where it was sent.
        route: Route,
    },
    /// The channel or connection ended on it.
    #[error("cannot send the message to {route}")]
    Send {
        /// Where it was sent.
        route: Route,
        /// Whether sending it again may succeed.
        is_transient: bool,
        /// What ended it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The broker was silent. It may have the message or not.
    #[error("the broker did not confirm the message to {route} within {CONFIRM_TIMEOUT:?}")]
    Unconfirmed {
        /// Where it was sent.
        route: Route,
    },
    /// The queue for it could not be made.
    #[error("cannot declare queue `{queue}`")]
    Declare {
        /// Its name.
        queue: String,
        /// Whether trying again may succeed.
        is_transient: bool,
        /// The broker's words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It took too long, with all tries.
    #[error("the message was not stored within {after:?}")]
    TimedOut {
        /// How long was tried.
        after: Duration,
    },
    /// What it was for has passed before it was stored.
    #[error("the message is no longer wanted")]
    Unwanted,
}

impl PublishError {
    /// Whether publishing again may succeed without a person changing something.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_transient(),
            Self::Send { is_transient, .. } | Self::Declare { is_transient, .. } => *is_transient,
            Self::Open(_) | Self::Refused { .. } | Self::Unconfirmed { .. } | Self::TimedOut { .. } => true,
            Self::TooLong { .. } | Self::Unroutable { .. } | Self::Unwanted => false,
        }
    }

    /// Whether the broker does not let the user publish there.
    pub(crate) fn is_access_refused(&self) -> bool {
        let Self::Send { source, .. } = self else { return false };
        source
            .downcast_ref::<BrokerError>()
            .is_some_and(BrokerError::is_access_refused)
    }

    /// What a person can do about it, where that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Connect(error) => Some(error.help()),
            Self::Unroutable { .. } => Some(
                "start rbit once with `declare = true`, which makes its queues and binds them; \
                 or check the name: queues are called <dist>_<arch>_<suite>_<format>, keys <dist>.<arch>.<suite>.<format>",
            ),
            Self::Send {
                is_transient: false, ..
            } => Some("does the exchange exist, and may the user write to it?"),
            Self::Declare { .. } => {
                Some("may the user configure queues named `rbit.*`, or does the queue exist with other arguments?")
            }
            _ => None,
        }
    }
}

/// A broker that syncs its disk answers within milliseconds; one that is short of memory may take longer than we can wait.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(10);
