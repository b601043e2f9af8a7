//! Names and addresses of hosts.

use std::{fmt, net::Ipv6Addr};

use super::number;
use crate::problem::{Wrong, shown};

/// A host, and a port where one is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// A name in lower case, or an address; an IPv6 address stands without brackets.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A host without port: a name, an IPv4 address, or an IPv6 address with or without brackets.
pub(crate) fn parse(text: &str) -> Result<String, Wrong> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match bare.unwrap_or(text).parse::<Ipv6Addr>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => host_name(text),
    }
}

/// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
pub(crate) fn with_port(text: &str) -> Result<HostPort, Wrong> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(number::port(port).map_err(|_| refused(text))?)),
        _ => (text, None),
    };
    if host.contains(':') && !host.starts_with('[') {
        return Err(refused(text).help("an IPv6 address stands in brackets: `[::1]:5672`"));
    }
    Ok(HostPort {
        host: parse(host).map_err(|_| refused(text))?,
        port,
    })
}

fn host_name(text: &str) -> Result<String, Wrong> {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(is_label) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Wrong::new(told(text), "a host name or an IP address"))
    }
}

fn refused(text: &str) -> Wrong {
    Wrong::new(told(text), "`host` or `host:port`, with a port from 1 to 65535")
}

/// What stands before an `@` is often a password.
fn told(text: &str) -> String {
    match text.contains('@') {
        true => "the text with an `@` is no host".to_owned(),
        false => format!("{} is no host", shown(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for (text, host) in [
            ("Localhost", "localhost"),
            ("rabbit-1.example.org", "rabbit-1.example.org"),
            ("10.0.0.1", "10.0.0.1"),
            ("::1", "::1"),
            ("[FE80::1]", "fe80::1"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(host));
        }
        for text in ["", "a b", "http://x", "a:5672", "x/y", "..", "[::1", "ü"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_may_follow() {
        for text in ["rabbit", "rabbit:5673", "[::1]", "[::1]:5673", "10.0.0.1:1"] {
            assert_eq!(with_port(text).map(|host| host.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "rabbit:",
            "rabbit:0",
            "rabbit:65536",
            ":5672",
            "::1",
            "::1:5672",
            "amqp://rabbit:5672",
            "a:b:1",
        ] {
            assert!(with_port(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_before_a_host_is_not_repeated() {
        assert!(!format!("{:?}", with_port("joe:hunter2@rabbit:5672")).contains("hunter2"));
    }
}
