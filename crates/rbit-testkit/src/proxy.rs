//! A piece of network that can be made to fail.
//!
//! A [`Proxy`] forwards connections on the loopback address to some other address, until it is told to do something else. Everything
//! it does is done by an order or counted in bytes, so that a test which uses it comes out the same each time.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> anyhow::Result<()> {
//! # let broker = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! use rbit_testkit::proxy::Proxy;
//!
//! let proxy = Proxy::to(broker.local_addr()?).await?;
//! let client = tokio::net::TcpStream::connect(proxy.address()).await?;
//! proxy.wait_for_connections(1).await?;
//! proxy.cut(); // the client's next read fails with "connection reset"
//! # drop(client);
//! # Ok(()) }
//! ```

mod connection;
mod weather;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{
    net::{TcpListener, ToSocketAddrs, lookup_host},
    sync::{Mutex, watch},
    task::JoinSet,
    time::timeout,
};

pub use weather::{CutAfter, Direction};

use connection::Path;
use weather::Weather;

/// A proxy on a port of its own. It ends, with its connections, when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    target: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    accepted: Arc<watch::Sender<u32>>,
    /// The task that accepts, with its connections as children; none while connections are refused.
    listening: Mutex<JoinSet<()>>,
    /// Connections outlive the listener that took them.
    connections: Arc<Mutex<JoinSet<()>>>,
}

impl Proxy {
    /// Starts one that leads to this address, and forwards everything.
    pub async fn to(target: impl ToSocketAddrs) -> anyhow::Result<Self> {
        let target = lookup_host(target)
            .await
            .context("cannot resolve the address to forward to")?
            .next()
            .context("there is no address to forward to")?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("cannot listen on the loopback address")?;
        let proxy = Self {
            address: listener.local_addr().context("cannot find out the port")?,
            target,
            weather: Arc::default(),
            accepted: Arc::default(),
            listening: Mutex::default(),
            connections: Arc::default(),
        };
        proxy.accept(listener).await;
        Ok(proxy)
    }

    /// Cuts one of the connections to come after a number of bytes.
    #[must_use]
    pub fn cutting(self, cut: CutAfter) -> Self {
        self.weather.send_modify(|weather| weather.cuts_after.push(cut));
        self
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were taken so far, ended ones included.
    pub fn accepted(&self) -> u32 {
        *self.accepted.borrow()
    }

    /// Waits until so many connections were taken, ended ones included.
    pub async fn wait_for_connections(&self, count: u32) -> anyhow::Result<()> {
        let mut accepted = self.accepted.subscribe();
        let waited = timeout(PATIENCE, accepted.wait_for(|accepted| *accepted >= count)).await;
        waited.context("nobody connected")?.context("the proxy is gone")?;
        Ok(())
    }

    /// Holds every byte back, in both directions. To both ends it looks like a network that has stalled: what they write is taken
    /// by their own kernels, and nothing comes.
    pub fn freeze(&self) {
        self.weather.send_modify(|weather| weather.is_frozen = true);
    }

    /// Takes connections and swallows all that is sent, without an answer.
    pub fn black_hole(&self) {
        self.weather.send_modify(|weather| weather.swallows = true);
    }

    /// Ends [`Self::freeze`]: what was held back arrives. Ends [`Self::black_hole`]: what was swallowed is lost, so all connections
    /// are cut.
    pub fn thaw(&self) {
        self.weather.send_modify(|weather| {
            weather.is_frozen = false;
            if std::mem::take(&mut weather.swallows) {
                weather.cuts += 1;
            }
        });
    }

    /// Delays what comes from now on, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// Ends all connections with a reset, without a word of the protocol. New ones are taken.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    /// Ends the target's side of all connections in order: clients read the end of the stream. What clients send still arrives.
    pub fn half_close(&self) {
        self.weather.send_modify(|weather| weather.half_closes += 1);
    }

    /// Refuses new connections. Those that were made go on.
    pub async fn refuse(&self) {
        self.listening.lock().await.shutdown().await;
    }

    /// Ends [`Self::refuse`].
    pub async fn listen(&self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.address)
            .await
            .context("the port is no longer free")?;
        self.accept(listener).await;
        Ok(())
    }

    async fn accept(&self, listener: TcpListener) {
        let (weather, accepted, target) = (Arc::clone(&self.weather), Arc::clone(&self.accepted), self.target);
        let connections = Arc::clone(&self.connections);
        self.listening.lock().await.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // Looked at before anybody can know of the connection: an order given after that is meant for it, too.
                let (at_first, weather) = (weather.borrow().clone(), weather.subscribe());
                accepted.send_modify(|accepted| *accepted += 1);
                let path = Path {
                    number: *accepted.borrow(),
                    at_first,
                    weather,
                };
                connections.lock().await.spawn(path.meet(client, target));
            }
        });
    }
}

/// How long a test waits for something that must happen. It is never waited for in a test that passes.
const PATIENCE: Duration = Duration::from_secs(120);
