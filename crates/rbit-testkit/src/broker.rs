//! Where the RabbitMQ of the tests is.
//!
//! Nothing here speaks AMQP: that is the business of `rbit-amqp` alone, whose `Admin` makes queues, publishes to them and looks into
//! them for tests, too.

use std::{
    env,
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use percent_encoding::percent_decode_str;
use rbit_job::QueueName;
use ulid::Ulid;
use url::Url;

/// A broker that tests may use. They share it, so each test keeps to queues with names of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestBroker {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// A user who may do everything in the virtual host.
    pub user: String,
    /// The password.
    pub password: String,
    /// The virtual host.
    pub virtual_host: String,
}

impl TestBroker {
    /// The broker that `RBIT_TEST_AMQP` names, or the one of this machine. An error if it does not answer: a suite that needs a
    /// broker fails without one, and says what would help.
    pub fn find() -> anyhow::Result<Self> {
        let broker = match env::var(VARIABLE) {
            Ok(url) => Self::from_url(&url).with_context(|| format!("{VARIABLE} is wrong"))?,
            Err(_) => Self::from_url(DEFAULT)?,
        };
        broker.ensure_reachable()?;
        Ok(broker)
    }

    /// A broker by its URL, such as `amqp://user:password@host:5672/%2f`.
    pub fn from_url(url: &str) -> anyhow::Result<Self> {
        let url = Url::parse(url).with_context(|| format!("`{url}` is no URL"))?;
        ensure!(url.scheme() == "amqp", "`{url}` does not begin with `amqp:`");
        let vhost = url.path().strip_prefix('/').filter(|vhost| !vhost.is_empty());
        let or_guest = |text: &str| {
            if text.is_empty() {
                "guest".to_owned()
            } else {
                decode(text)
            }
        };
        Ok(Self {
            host: url.host_str().context("the URL names no host")?.to_owned(),
            port: url.port().unwrap_or(5672),
            user: or_guest(url.username()),
            password: or_guest(url.password().unwrap_or_default()),
            virtual_host: vhost.map_or_else(|| "/".to_owned(), decode),
        })
    }

    /// A node that was just started on this machine, as RabbitMQ sets one up.
    pub fn on_loopback(port: u16) -> Self {
        Self {
            host: "127.0.0.1".into(),
            port,
            user: "guest".into(),
            password: "guest".into(),
            virtual_host: "/".into(),
        }
    }

    fn ensure_reachable(&self) -> anyhow::Result<()> {
        let Self { host, port, .. } = self;
        let addresses = (host.as_str(), *port)
            .to_socket_addrs()
            .with_context(|| format!("cannot resolve `{host}`"))?;
        if !addresses
            .into_iter()
            .any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
        {
            bail!(
                "no RabbitMQ at {host}:{port}: run `cargo xtask test`, which finds or starts one, or set {VARIABLE} to the URL of one"
            );
        }
        Ok(())
    }
}

/// A name that no other queue has, and that shows whose it is.
pub fn unique_queue() -> QueueName {
    let id = Ulid::generate().to_string().to_lowercase();
    QueueName::new(format!("rbit-test.{id}")).expect("letters, digits, `-` and `.` make a queue name")
}

/// A name that no other queue has, of the form of PyBit's, with the routing key that goes with it.
pub fn unique_pybit_queue() -> (QueueName, String) {
    let dist = format!("test{}", Ulid::generate().to_string().to_lowercase());
    let queue = QueueName::new(format!("{dist}_any_latex_pdf")).expect("letters, digits and `_` make a queue name");
    (queue, format!("{dist}.any.latex.pdf"))
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

const VARIABLE: &str = "RBIT_TEST_AMQP";
const DEFAULT: &str = "amqp://guest:guest@127.0.0.1:5672/%2f";
const PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_all_that_a_login_needs() {
        let broker = TestBroker::from_url("amqp://us%40er:p%2fw@broker.example:5673/my%2fhost").unwrap();
        let expected = TestBroker {
            host: "broker.example".into(),
            port: 5673,
            user: "us@er".into(),
            password: "p/w".into(),
            virtual_host: "my/host".into(),
        };
        assert_eq!(broker, expected);
    }

    #[test]
    fn what_a_url_leaves_out_is_rabbitmqs_default() {
        let broker = TestBroker::from_url("amqp://localhost").unwrap();
        assert_eq!(
            broker,
            TestBroker {
                host: "localhost".into(),
                ..TestBroker::from_url(DEFAULT).unwrap()
            }
        );
        assert_eq!(broker.virtual_host, "/");
    }

    #[test]
    fn a_broker_that_is_away_is_an_error_that_names_the_command() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = TestBroker {
            port,
            ..TestBroker::from_url(DEFAULT).unwrap()
        }
        .ensure_reachable()
        .unwrap_err();
        assert!(error.to_string().contains("cargo xtask test"), "{error}");
    }
}
