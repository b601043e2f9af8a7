//! A RabbitMQ for the tests: the one that is there, or a private node that lives as long as they do.
//!
//! In this order: what `RBIT_TEST_AMQP` names; what answers on the usual port of this machine; a private node of the installed
//! `rabbitmq-server`; the same after installing it, on Debian as root. Otherwise an error says which command would help.

mod install;

use std::{env, fs, io::Write, path::Path, time::Instant};

use anyhow::{Context, bail};
use rbit_broker_node::{Node, NodeSettings, speaks_amqp};
use tempfile::TempDir;

/// A broker to test with. A node that was started for it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Broker {
    url: String,
    _node: Option<(Node, TempDir)>,
}

impl Broker {
    /// Where it is, for `RBIT_TEST_AMQP`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Finds a broker, or starts one.
pub(crate) fn ensure() -> anyhow::Result<Broker> {
    if let Some(url) = env::var_os(VARIABLE) {
        let url = url
            .into_string()
            .ok()
            .with_context(|| format!("{VARIABLE} is no text"))?;
        return named(url);
    }
    if speaks_amqp(DEFAULT_HOST, DEFAULT_PORT) {
        say(&format!("using the RabbitMQ on {DEFAULT_HOST}:{DEFAULT_PORT}"));
        return Ok(Broker {
            url: url_of(DEFAULT_PORT),
            _node: None,
        });
    }
    let (started, folder) = (Instant::now(), folder()?);
    let node = Node::start(server()?, folder.path(), &NodeSettings::default())?;
    let (port, took) = (node.port(), started.elapsed().as_secs_f64());
    say(&format!("private node on {DEFAULT_HOST}:{port} after {took:.1} s"));
    Ok(Broker {
        url: url_of(port),
        _node: Some((node, folder)),
    })
}

/// The start script of an installed server, for whoever starts nodes; it is installed if it is not there.
pub(crate) fn server() -> anyhow::Result<&'static Path> {
    match rbit_broker_node::installed() {
        Some(server) => Ok(server),
        None => install::install(),
    }
}

fn folder() -> anyhow::Result<TempDir> {
    fs::create_dir_all(DATA).with_context(|| format!("cannot make folder {DATA}"))?;
    let folder = tempfile::Builder::new().prefix("node-").tempdir_in(DATA);
    folder.with_context(|| format!("cannot make a folder in {DATA}"))
}

fn named(url: String) -> anyhow::Result<Broker> {
    let parsed = url::Url::parse(&url).with_context(|| format!("{VARIABLE} is no URL"))?;
    let host = parsed.host_str().unwrap_or(DEFAULT_HOST);
    let port = parsed.port().unwrap_or(DEFAULT_PORT);
    if !speaks_amqp(host, port) {
        bail!("{VARIABLE} names {host}:{port}, but no AMQP broker answers there; unset it to let one be started");
    }
    say(&format!("using the RabbitMQ on {host}:{port}, as {VARIABLE} says"));
    Ok(Broker { url, _node: None })
}

fn url_of(port: u16) -> String {
    format!("amqp://guest:guest@{DEFAULT_HOST}:{port}/%2f")
}

/// Progress is for people, so it goes where it does not mix with output.
fn say(text: &str) {
    // A closed stderr is no reason to fail.
    let _ = writeln!(std::io::stderr().lock(), "rabbitmq: {text}");
}

/// The variable with which tests are told where the broker is.
pub(crate) const VARIABLE: &str = "RBIT_TEST_AMQP";

/// The folder for what a private node writes. Each node makes one of its own in it, and removes it again.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/rabbitmq");

const DEFAULT_HOST: &str = "127.0.0.1";
const DEFAULT_PORT: u16 = 5672;
