//! Connections to one of a broker's nodes.

use std::{sync::Arc, time::Duration};

use async_rs::{Runtime, TokioRuntime};
use lapin::{
    Connection, ConnectionProperties,
    uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo},
};
use secrecy::ExposeSecret;
use tokio::{runtime::Handle, time::timeout};
use tracing::debug;

use crate::{
    AmqpSettings,
    broker_error::BrokerError,
    socket::{Cutter, dial},
};

/// Makes connections, each on the runtime of lapin's own thread.
#[derive(Debug)]
pub(crate) struct Connector {
    settings: Arc<AmqpSettings>,
    runtime: TokioRuntime,
}

/// What a connection is for, as people see it in the list of connections: `rbit <box> <role>`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    Consume,
    Publish,
    Admin,
}

impl Connector {
    pub(crate) fn new(settings: Arc<AmqpSettings>, handle: Handle) -> Self {
        Self {
            settings,
            runtime: Runtime::tokio_with_handle(handle),
        }
    }

    /// Connects to whichever node answers first, asking them in random order, once each.
    pub(crate) async fn connect(&self, role: Role) -> Result<Connection, ConnectError> {
        let mut nodes: Vec<_> = self.settings.nodes.iter().collect();
        fastrand::shuffle(&mut nodes);
        let mut failure = ConnectError::NoNodes;
        for (host, port) in nodes {
            match self.connect_to(host, *port, role).await {
                Ok(connection) => return Ok(connection),
                Err(error) => {
                    debug!(
                        error = &error as &dyn std::error::Error,
                        "node of the broker not usable"
                    );
                    failure = error;
                }
            }
        }
        Err(failure)
    }

    async fn connect_to(&self, host: &str, port: u16, role: Role) -> Result<Connection, ConnectError> {
        let cutter = Cutter::default();
        let tether = cutter.tether();
        let connect = Connection::connector(
            self.uri(host, port),
            self.runtime.clone(),
            async move |uri: AMQPUri, runtime: TokioRuntime| {
                let AMQPAuthority { host, port, .. } = uri.authority;
                Ok(dial(&host, port, &runtime, &tether).await?)
            },
            self.properties(role),
        );
        match timeout(HANDSHAKE_TIMEOUT, connect).await {
            Ok(Ok(connection)) => {
                cutter.release();
                Ok(connection)
            }
            Ok(Err(error)) => Err(self.explain(host, port, error.into())),
            Err(_) => Err(ConnectError::Silent { node: node(host, port) }),
        }
    }

    fn uri(&self, host: &str, port: u16) -> AMQPUri {
        let userinfo = AMQPUserInfo {
            username: self.settings.user.clone(),
            password: self.settings.password.expose_secret().to_owned(),
        };
        let heartbeat = u16::try_from(self.settings.heartbeat.as_secs()).unwrap_or(u16::MAX);
        AMQPUri {
            scheme: AMQPScheme::AMQP,
            authority: AMQPAuthority {
                userinfo,
                host: host.to_owned(),
                port,
            },
            vhost: self.settings.virtual_host.clone(),
            query: AMQPQueryString {
                heartbeat: Some(heartbeat),
                ..AMQPQueryString::default()
            },
        }
    }

    fn properties(&self, role: Role) -> ConnectionProperties {
        let role = match role {
            Role::Consume => "consume",
            Role::Publish => "publish",
            Role::Admin => "admin",
        };
        ConnectionProperties::default().with_connection_name(format!("rbit {} {role}", self.settings.box_name).into())
    }

    fn explain(&self, host: &str, port: u16, error: BrokerError) -> ConnectError {
        let node = node(host, port);
        if error.is_access_refused() {
            let user = self.settings.user.clone();
            ConnectError::Refused {
                node,
                user,
                source: error.into(),
            }
        } else if error.is_not_allowed() {
            let virtual_host = self.settings.virtual_host.clone();
            ConnectError::NotAllowed {
                node,
                virtual_host,
                source: error.into(),
            }
        } else if error.is_unreadable() {
            ConnectError::NotAmqp {
                node,
                source: error.into(),
            }
        } else {
            ConnectError::Unreachable {
                node,
                source: error.into(),
            }
        }
    }
}

fn node(host: &str, port: u16) -> String {
    format!("{host}:{port}")
}

/// No node of the broker could be connected to. With several nodes, this is what the last of them said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The settings name no node.
    #[error("no node of the broker is configured")]
    NoNodes,
    /// The node cannot be reached, or ended the connection.
    #[error("cannot connect to the broker at `{node}`")]
    Unreachable {
        /// Host and port.
        node: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It takes connections and says nothing.
    #[error("the broker at `{node}` did not answer within {HANDSHAKE_TIMEOUT:?}")]
    Silent {
        /// Host and port.
        node: String,
    },
    /// It does not let this user in.
    #[error("the broker at `{node}` refuses user `{user}`")]
    Refused {
        /// Host and port.
        node: String,
        /// The user.
        user: String,
        /// Its words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It does not let anybody into this virtual host; mostly because there is none.
    #[error("the broker at `{node}` does not open virtual host `{virtual_host}`")]
    NotAllowed {
        /// Host and port.
        node: String,
        /// The virtual host.
        virtual_host: String,
        /// Its words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something answers, but not an AMQP broker.
    #[error("what answers at `{node}` does not speak AMQP 0-9-1")]
    NotAmqp {
        /// Host and port.
        node: String,
        /// How its answer was read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ConnectError {
    /// Whether trying again may succeed without a person changing something.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. })
    }

    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoNodes => "set `host` in [amqp]",
            Self::Unreachable { .. } => "is the broker running, and are `host` and `port` in [amqp] right?",
            Self::Silent { .. } => "is this the broker's port, and is it one without TLS?",
            Self::Refused { .. } => {
                "check `user` and `password` in [amqp], and the user's permissions for the virtual host; \
                 user `guest` may only log in from the broker's own machine"
            }
            Self::NotAllowed { .. } => {
                "check `virtual-host` in [amqp]; `rabbitmqctl list_vhosts` lists those there are"
            }
            Self::NotAmqp { .. } => {
                "is this a port of another protocol, or one with TLS? RabbitMQ speaks plain AMQP on 5672"
            }
        }
    }
}

/// For one node: the name, the connection and the handshake together.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
