//! Connections to one of a broker's nodes.

use std::{sync::Arc, time::Duration};

use lapin::{
    AsyncTcpStream, Connection, ConnectionProperties,
    uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo},
};
use secrecy::ExposeSecret;
use tokio::{runtime::Handle, time::timeout};
use tracing::debug;

use crate::{
    AmqpSettings,
    broker_error::BrokerError,
    kit::{self, WireRuntime},
    race::first_of,
    socket::{Cord, Cutter, dial},
    tls::Tls,
};

/// Makes connections, each on the runtime of lapin's own thread.
pub(crate) struct Connector {
    settings: Arc<AmqpSettings>,
    tls: Option<Tls>,
    runtime: WireRuntime,
}

/// What a connection is for, as people see it in the list of connections: `rbit <box> <role>`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    Consume,
    Publish,
    Admin,
}

/// A connection, and what cuts it.
pub(crate) struct Connected {
    pub(crate) connection: Connection,
    pub(crate) cord: Cord,
}

impl Connector {
    pub(crate) fn new(settings: Arc<AmqpSettings>, tls: Option<Tls>, handle: Handle) -> Self {
        Self {
            settings,
            tls,
            runtime: kit::runtime(handle),
        }
    }

    /// Connects to whichever node answers first. They are asked in random order, once each; one that takes connections and says nothing,
    /// as a machine that stands still does, does not keep us from the others.
    pub(crate) async fn connect(&self, role: Role) -> Result<Connected, ConnectError> {
        let mut nodes: Vec<_> = self.settings.nodes.iter().collect();
        fastrand::shuffle(&mut nodes);
        let tries: Vec<_> = nodes
            .into_iter()
            .map(|(host, port)| self.ask(host, *port, role))
            .collect();
        first_of(tries, HEAD_START)
            .await
            .map_err(|failure| failure.unwrap_or(ConnectError::NoNodes))
    }

    async fn ask(&self, host: &str, port: u16, role: Role) -> Result<Connected, ConnectError> {
        let answer = self.connect_to(host, port, role).await;
        if let Err(error) = &answer {
            debug!(error = error as &dyn std::error::Error, "node of the broker not usable");
        }
        answer
    }

    async fn connect_to(&self, host: &str, port: u16, role: Role) -> Result<Connected, ConnectError> {
        let cutter = Cutter::default();
        let (tether, tls) = (cutter.tether(), self.tls.clone());
        let connect = Connection::connector(
            self.uri(host, port),
            self.runtime.clone(),
            async move |uri: AMQPUri, _: WireRuntime| {
                let AMQPAuthority { host, port, .. } = uri.authority;
                Ok(AsyncTcpStream::Plain(dial(&host, port, tls.as_ref(), &tether).await?))
            },
            self.properties(role),
        );
        match timeout(HANDSHAKE_TIMEOUT, connect).await {
            Ok(Ok(connection)) => {
                let cord = cutter.release();
                Ok(Connected { connection, cord })
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
        } else if error.is_untrusted() {
            ConnectError::Untrusted {
                node,
                source: error.into(),
            }
        } else if error.is_not_tls() {
            ConnectError::NotTls {
                node,
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
    /// It shows a certificate that we have no reason to believe.
    #[error("the certificate of the broker at `{node}` is not trusted")]
    Untrusted {
        /// Host and port.
        node: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It does not encrypt, or not with us.
    #[error("no encrypted connection to the broker at `{node}`")]
    NotTls {
        /// Host and port.
        node: String,
        /// What went wrong.
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
            Self::Unreachable { .. } => {
                "is the broker running, are `host` and `port` in [amqp] right, and is this a port for `tls = yes`?"
            }
            Self::Silent { .. } => "is this the broker's port, and is it one without TLS?",
            Self::Refused { .. } => {
                "check `user` and `password` in [amqp], and the user's permissions for the virtual host; \
                 user `guest` may only log in from the broker's own machine"
            }
            Self::NotAllowed { .. } => {
                "check `virtual-host` in [amqp]; `rabbitmqctl list_vhosts` lists those there are"
            }
            Self::Untrusted { .. } => {
                "does `ca-file` in [amqp] have the authority that signed it, and is the broker called by a name that it is for?"
            }
            Self::NotTls { .. } => {
                "is this the port with TLS? RabbitMQ has it on 5671, and plain AMQP on 5672, for which set `tls = no` in [amqp]; \
                 a broker that asks for a certificate needs `cert-file` and `key-file`"
            }
            Self::NotAmqp { .. } => {
                "is this the port with TLS? Then set `tls = yes` in [amqp]; RabbitMQ speaks plain AMQP on 5672, and with TLS on 5671"
            }
        }
    }
}

/// A node that is well answers within milliseconds.
const HEAD_START: Duration = Duration::from_secs(1);

/// For one node: the name, the connection and the handshake together.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
