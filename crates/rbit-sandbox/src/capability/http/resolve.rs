//! Names to addresses.

use std::{
    io,
    net::{IpAddr, ToSocketAddrs as _},
    sync::Arc,
    thread,
};

use async_trait::async_trait;
use tokio::sync::{Semaphore, oneshot};

/// Looks names up for guests' requests. Each request asks once.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The addresses of a name. What comes back is believed in nothing: each address is checked.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's own way, with all that it knows of hosts.
pub(super) struct SystemResolver {
    lookups: Arc<Semaphore>,
}

impl SystemResolver {
    pub(super) fn new() -> Self {
        Self {
            lookups: Arc::new(Semaphore::new(MAX_LOOKUPS)),
        }
    }
}

#[async_trait]
impl Resolver for SystemResolver {
    /// On a thread of its own: the system's call cannot be interrupted, and nobody who is told to stop waits for it.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let place = self.lookups.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (answer, answered) = oneshot::channel();
        let name = name.to_owned();
        thread::Builder::new().name("look-up".into()).spawn(move || {
            let found = (name.as_str(), 0).to_socket_addrs();
            let _ = answer.send(found.map(|found| found.map(|address| address.ip()).take(MAX_ADDRESSES).collect()));
            drop(place);
        })?;
        answered.await.map_err(io::Error::other)?
    }
}

/// Of all guests, those included whose answer nobody waits for any more.
const MAX_LOOKUPS: usize = 32;
/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 64;
