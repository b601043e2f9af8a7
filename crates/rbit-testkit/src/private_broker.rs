//! A RabbitMQ node of one test's own, for what changes the whole node.

use std::{ops::Deref, time::Duration};

use anyhow::Context as _;
pub use rbit_broker_node::free_port;
use rbit_broker_node::{Node, NodeSettings};
use tempfile::TempDir;

use crate::TestBroker;

/// A running node, which can be told what [`Node`] can be told. It ends when this is dropped, and with the process of the test.
#[derive(Debug)]
pub struct PrivateBroker {
    node: Node,
    /// Removed after the node has ended.
    _folder: TempDir,
}

impl PrivateBroker {
    /// Starts a node with these lines added to its `rabbitmq.conf`, and waits until it answers. It takes some seconds, and needs
    /// an installed `rabbitmq-server`.
    pub fn start(configuration: &str) -> anyhow::Result<Self> {
        Self::start_with(&NodeSettings {
            configuration: configuration.to_owned(),
            ..NodeSettings::default()
        })
    }

    /// Starts a node that takes a message back when it was not acknowledged for so long, to the second.
    pub fn with_ack_timeout(timeout: Duration) -> anyhow::Result<Self> {
        let milliseconds = timeout.as_millis();
        Self::start_with(&NodeSettings {
            erlang: format!("-rabbit consumer_timeout {milliseconds} -rabbit channel_tick_interval 1000"),
            ..NodeSettings::default()
        })
    }

    fn start_with(settings: &NodeSettings) -> anyhow::Result<Self> {
        let server = rbit_broker_node::installed();
        let server =
            server.context("no rabbitmq-server is installed: run `cargo xtask test`, which installs it on Debian")?;
        let folder = tempfile::tempdir().context("cannot make a folder for the node")?;
        Ok(Self {
            node: Node::start(server, folder.path(), settings)?,
            _folder: folder,
        })
    }

    /// Where it is.
    pub fn broker(&self) -> TestBroker {
        TestBroker::on_loopback(self.node.port())
    }
}

impl Deref for PrivateBroker {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}
