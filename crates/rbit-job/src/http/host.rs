//! Hosts, as they stand in an address or a pattern.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A host: a name to be looked up, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name in lower case, without the dot that may end it.
    Name(String),
    /// An address.
    Address(IpAddr),
}

/// The text is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no host")]
pub struct NoHost;

impl Host {
    /// Reads a name, an IPv4 address of four numbers, or an IPv6 address in brackets.
    ///
    /// What ends in a number is an address or nothing: resolvers take `127.1` and `0x7f000001` for addresses, too.
    ///
    /// ```
    /// # use rbit_job::http::Host;
    /// assert_eq!(Host::parse("CNX.org.").unwrap().to_string(), "cnx.org");
    /// assert!(Host::parse("127.1").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, NoHost> {
        if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return Ok(Self::Address(address.parse::<Ipv6Addr>().map_err(|_| NoHost)?.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_name = name.len() <= MAX_NAME && name.split('.').all(is_label) && !is_number(last);
        is_name.then(|| Self::Name(name.to_ascii_lowercase())).ok_or(NoHost)
    }
}

fn is_label(label: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=MAX_LABEL).contains(&label.len())
        && label.chars().all(is_letter)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => label.chars().all(|c| c.is_ascii_digit()),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// What DNS allows.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for (text, host) in [
            ("Cnx.ORG", "cnx.org"),
            ("cnx.org.", "cnx.org"),
            ("localhost", "localhost"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("_sip.a-1.b", "_sip.a-1.b"),
            ("0x7f.example", "0x7f.example"),
            ("10.0.0.1", "10.0.0.1"),
            ("[::1]", "[::1]"),
            ("[2001:DB8::A]", "[2001:db8::a]"),
        ] {
            assert_eq!(Host::parse(text).map(|host| host.to_string()).as_deref(), Ok(host));
        }
    }

    #[test]
    fn what_a_resolver_might_read_in_its_own_way_is_no_host() {
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a.",
            "-a",
            "a-",
            "a b",
            "a/b",
            "a:1",
            "a@b",
            "a%2eb",
            "a\0b",
            "a\n",
            "*",
            "*.a",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0x",
            "0177.0.0.1",
            "127.0.0.1.",
            "1.2.3.4.5",
            "a.1",
            "::1",
            "[::1",
            "::1]",
            "[127.0.0.1]",
            "[fe80::1%eth0]",
            "[]",
            "b\u{fc}cher.example",
            "a\u{3002}b",
        ] {
            // `a.` is the one that is fine: a name with the dot that may end it.
            assert_eq!(Host::parse(text).is_err(), text != "a.", "{text:?}");
        }
        assert!(Host::parse(&"a.".repeat(127)).is_ok());
        assert!(Host::parse(&"a.".repeat(128)).is_err());
        assert!(Host::parse(&"a".repeat(64)).is_err());
    }
}
