//! Who makes the connections of guests' requests: this process, or one that has more rights than it.

use std::{net::IpAddr, net::TcpStream, sync::Arc, time::Duration};

use async_trait::async_trait;
use rbit_job::http::{HttpGrant, HttpRefusal, Target};
use serde::{Deserialize, Serialize};
use wasmtime_wasi_http::Error;

use super::{
    reach::reach,
    resolve::{Resolver, SystemResolver},
};

/// Makes connections to where guests' requests go.
#[async_trait]
pub trait Dial: Send + Sync {
    /// A connection to the target, at an address that the grant admits. Each call looks the host up once. It may take longer than
    /// `patience`, which is that with one address.
    async fn dial(&self, target: &Target, grant: &HttpGrant, patience: Duration) -> Result<Connection, NotDialled>;
}

/// A connection, and where it goes.
#[derive(Debug)]
pub struct Connection {
    /// It does not block.
    pub stream: TcpStream,
    /// What was checked, and connected to.
    pub address: IpAddr,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotDialled {
    /// A rule is against it.
    Refused(HttpRefusal),
    /// The name cannot be looked up.
    Unknown,
    /// The name cannot be looked up in time.
    LookupTimeout,
    /// The host has no address.
    NoAddress,
    /// Nobody listens there.
    ConnectionRefused,
    /// Nobody answers in time.
    Timeout,
    /// There is no way to there.
    Unroutable,
    /// Something else.
    Unavailable,
}

/// Connections made by this process.
pub struct SystemDial {
    resolver: Arc<dyn Resolver>,
}

impl SystemDial {
    /// Looks hosts up in this way.
    pub fn resolving_with(resolver: Arc<dyn Resolver>) -> Self {
        Self { resolver }
    }
}

impl Default for SystemDial {
    /// Looks hosts up as the system does.
    fn default() -> Self {
        Self::resolving_with(Arc::new(SystemResolver::new()))
    }
}

#[async_trait]
impl Dial for SystemDial {
    async fn dial(&self, target: &Target, grant: &HttpGrant, patience: Duration) -> Result<Connection, NotDialled> {
        // Whoever asks has decided so already, unless it is somebody who broke out of a guest.
        if !grant.lets_through(target) {
            return Err(NotDialled::Refused(HttpRefusal::Pattern));
        }
        let (stream, address) = reach(target, grant, &*self.resolver, patience.min(CONNECT_PATIENCE)).await?;
        let stream = stream.into_std().map_err(|_| NotDialled::Unavailable)?;
        Ok(Connection { stream, address })
    }
}

/// The words of the interface, with nothing of this host.
impl From<NotDialled> for Error {
    fn from(why: NotDialled) -> Self {
        match why {
            NotDialled::Refused(HttpRefusal::Address(_)) => Self::DestinationIpProhibited,
            NotDialled::Refused(_) => Self::HttpRequestDenied,
            NotDialled::Unknown => Self::DnsError {
                rcode: Some("the name cannot be looked up".into()),
                info_code: None,
            },
            NotDialled::LookupTimeout => Self::DnsTimeout,
            NotDialled::NoAddress => Self::DestinationNotFound,
            NotDialled::ConnectionRefused => Self::ConnectionRefused,
            NotDialled::Timeout => Self::ConnectionTimeout,
            NotDialled::Unroutable => Self::DestinationIpUnroutable,
            NotDialled::Unavailable => Self::DestinationUnavailable,
        }
    }
}

/// How long a connection, and its encryption, may take to be there. A guest may want less.
pub(super) const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
