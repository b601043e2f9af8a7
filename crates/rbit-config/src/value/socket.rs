//! Addresses to listen at.

use std::net::{Ipv4Addr, SocketAddr};

use super::number;
use crate::problem::{Wrong, shown};

/// `address:port`, or a port of this machine alone.
pub(crate) fn parse(text: &str) -> Result<SocketAddr, Wrong> {
    if let Ok(port) = number::port(text) {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let address = text.parse::<SocketAddr>().ok().filter(|address| address.port() > 0);
    address.ok_or_else(|| {
        Wrong::new(
            format!("{} is no address to listen at", shown(text)),
            "a port such as 8089, for this machine alone, or an address with a port, such as 0.0.0.0:8089",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_that_only_this_machine_reaches() {
        assert_eq!(parse("8089").unwrap().to_string(), "127.0.0.1:8089");
        for text in ["127.0.0.1:1", "0.0.0.0:8089", "[::1]:65535"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn names_and_halves_are_refused() {
        for text in [
            "",
            "0",
            "65536",
            "localhost:8089",
            ":8089",
            "0.0.0.0",
            "0.0.0.0:0",
            "::1:80",
            "127.0.0.1:x",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
