//! What the adapter is told: where the broker is, and which queues to listen to.

use std::{path::PathBuf, time::Duration};

use rbit_job::{BoxName, QueueName, port::Subscription};
use secrecy::SecretString;

use crate::names;

/// Where the broker is and how to log in.
#[derive(Clone, Debug)]
pub struct AmqpSettings {
    /// Host and port of each node of the broker; one of them is enough to work with.
    pub nodes: Vec<(String, u16)>,
    /// How connections are encrypted; they are not if there is none.
    pub tls: Option<TlsSettings>,
    /// The user.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The virtual host, `/` unless the broker's people made others.
    pub virtual_host: String,
    /// How often each side shows that it lives, in whole seconds; a peer that is silent for twice as long is given up. Zero leaves
    /// the choice to the broker.
    pub heartbeat: Duration,
    /// How long the broker waits for the acknowledgement of a message before it takes it back. Messages of jobs that take longer are
    /// held in queues of their own, `rbit.held.*`.
    pub ack_timeout: Duration,
    /// Whether missing queues, the exchange `pybit` and the bindings between them are made.
    pub declare: bool,
    /// The name of this box, for people who look at the broker.
    pub box_name: BoxName,
}

/// Whom a connection trusts, and how it shows who it is. All files are in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The certificates of the authorities that are believed, and no others; those of the system if none.
    pub ca_file: Option<PathBuf>,
    /// Our certificate with its chain, and its key, for brokers that want to see one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl AmqpSettings {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        if self.nodes.is_empty() {
            return Err(SettingsError::NoNodes);
        }
        if self.virtual_host.len() > names::MAX_BYTES {
            return Err(SettingsError::VirtualHost);
        }
        Ok(())
    }
}

/// A queue that a source listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// Which, and how many of its messages may be with us unsettled.
    pub subscription: Subscription,
    /// The type it gets if it must be made; the broker's default if none. An existing queue keeps its own.
    pub queue_type: Option<QueueType>,
    /// The delays after which its messages may be tried again. What waits in the retry queues of these delays is counted, also when
    /// another box put it there.
    pub retry_steps: Vec<Duration>,
}

impl QueueSettings {
    pub(crate) fn queue(&self) -> &QueueName {
        &self.subscription.queue
    }

    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let longest = names::MAX_RETRIED_QUEUE;
        if self.queue().as_str().len() > longest {
            return Err(SettingsError::QueueName {
                queue: self.queue().clone(),
                longest,
            });
        }
        Ok(())
    }
}

/// How a queue stores its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueType {
    /// On one node. PyBit's queues are of this type.
    Classic,
    /// On several nodes of a cluster, which agree on every message.
    Quorum,
}

impl QueueType {
    /// The value of the queue argument `x-queue-type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Quorum => "quorum",
        }
    }
}

/// Settings that no broker could be used with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// No node was given.
    #[error("no node of the broker is configured")]
    NoNodes,
    /// AMQP cannot carry the name.
    #[error("the name of the virtual host is longer than {} bytes", names::MAX_BYTES)]
    VirtualHost,
    /// Its retry queues would get names that AMQP cannot carry.
    #[error(
        "the name of queue `{queue}` is longer than {longest} bytes, which leaves no room for the names of its retry queues"
    )]
    QueueName {
        /// The queue.
        queue: QueueName,
        /// What is possible.
        longest: usize,
    },
}
