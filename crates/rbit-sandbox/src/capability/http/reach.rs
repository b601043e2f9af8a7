//! From a host to a connection: look up once, check, connect to what was checked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use rbit_job::http::{AddressClass, Host, HttpGrant, HttpRefusal, Target};
use tokio::{net::TcpStream, time::timeout};

use super::{dial::NotDialled, resolve::Resolver};

/// Connects to a host at one of its addresses that the grant admits.
pub(super) async fn reach(
    target: &Target,
    grant: &HttpGrant,
    resolver: &dyn Resolver,
    patience: Duration,
) -> Result<(TcpStream, IpAddr), NotDialled> {
    let addresses = match &target.host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => look_up(name, resolver).await?,
    };
    let admitted = admitted(&target.host, &addresses, grant)?;
    connect(&admitted, target.port, patience).await
}

async fn look_up(name: &str, resolver: &dyn Resolver) -> Result<Vec<IpAddr>, NotDialled> {
    match timeout(LOOKUP_PATIENCE, resolver.resolve(name)).await {
        Err(_) => Err(NotDialled::LookupTimeout),
        Ok(Err(_)) => Err(NotDialled::Unknown),
        Ok(Ok(addresses)) => Ok(addresses),
    }
}

/// Those that may be connected to; the first are tried. If there is none, the class of the first.
fn admitted(host: &Host, addresses: &[IpAddr], grant: &HttpGrant) -> Result<Vec<IpAddr>, NotDialled> {
    let mut refused: Option<AddressClass> = None;
    let mut admitted = Vec::new();
    for address in addresses {
        match grant.admits(host, *address) {
            // What is mapped is connected to as what it maps to.
            Ok(()) => admitted.push(address.to_canonical()),
            Err(class) => refused = refused.or(Some(class)),
        }
    }
    match (admitted.is_empty(), refused) {
        (false, _) => Ok(admitted),
        (true, Some(class)) => Err(NotDialled::Refused(HttpRefusal::Address(class))),
        (true, None) => Err(NotDialled::NoAddress),
    }
}

async fn connect(addresses: &[IpAddr], port: u16, patience: Duration) -> Result<(TcpStream, IpAddr), NotDialled> {
    let mut last = NotDialled::NoAddress;
    for address in addresses.iter().take(MAX_TRIES) {
        match timeout(patience, TcpStream::connect(SocketAddr::new(*address, port))).await {
            Ok(Ok(stream)) => {
                // A request is written in few pieces: none of them should wait for another.
                let _ = stream.set_nodelay(true);
                return Ok((stream, *address));
            }
            Ok(Err(error)) => last = unreachable(&error),
            Err(_) => last = NotDialled::Timeout,
        }
    }
    Err(last)
}

fn unreachable(error: &io::Error) -> NotDialled {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => NotDialled::ConnectionRefused,
        io::ErrorKind::TimedOut => NotDialled::Timeout,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => NotDialled::Unroutable,
        _ => NotDialled::Unavailable,
    }
}

/// How long a name may take to be looked up.
const LOOKUP_PATIENCE: Duration = Duration::from_secs(10);
/// Addresses that are tried.
const MAX_TRIES: usize = 4;

#[cfg(test)]
mod tests {
    use rbit_job::http::HttpPolicy;

    use super::*;

    fn admits(addresses: &[&str], internal: &[&str]) -> Result<Vec<String>, NotDialled> {
        let grant = HttpGrant {
            allow: vec![],
            internal: internal.iter().map(|text| text.parse().unwrap()).collect(),
            policy: HttpPolicy::Enforce,
        };
        let addresses: Vec<_> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let admitted = admitted(&Host::Name("cnx.org".into()), &addresses, &grant)?;
        Ok(admitted.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_that_are_not_public_are_left_out() {
        assert_eq!(admits(&["127.0.0.1", "1.1.1.1", "::1"], &[]).unwrap(), ["1.1.1.1"]);
        assert_eq!(
            admits(&["::ffff:10.0.0.7"], &["cnx.org=10.0.0.0/8"]).unwrap(),
            ["10.0.0.7"]
        );
        for (addresses, class) in [
            (&["10.0.0.1", "127.0.0.1"][..], AddressClass::Private),
            (&["64:ff9b::a00:1"], AddressClass::Tunnel),
        ] {
            let refused = NotDialled::Refused(HttpRefusal::Address(class));
            assert_eq!(admits(addresses, &[]), Err(refused));
        }
        assert_eq!(admits(&[], &[]), Err(NotDialled::NoAddress));
    }
}
