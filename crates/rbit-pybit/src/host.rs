//! `host` or `host:port`, read strictly.

use std::{fmt, net::Ipv6Addr};

/// A host and a port of it, as `web_host` and `trusted-hosts` give them.
///
/// Nothing but these two can be in the text, and equal values mean the same place: names are compared without regard to case and
/// IPv6 addresses by value. A name is never resolved to compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// Lower case; an IPv6 address in brackets.
    host: String,
    port: u16,
}

/// A text that is no `host` or `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host: expected `host` or `host:port`, without scheme, user or path")]
pub struct InvalidHost(String);

impl HostPort {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidHost> {
        Self::from_parts(text).ok_or_else(|| InvalidHost::new(text))
    }

    fn from_parts(text: &str) -> Option<Self> {
        let (host, port) = split_port(text)?;
        let host = match host.strip_prefix('[') {
            Some(address) => format!("[{}]", address.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?),
            None => is_name(host).then(|| host.to_ascii_lowercase())?,
        };
        let port = match port {
            Some(digits) => port_number(digits)?,
            None => DEFAULT_PORT,
        };
        Some(Self { host, port })
    }
}

impl InvalidHost {
    pub(crate) fn new(text: &str) -> Self {
        Self(shown(text))
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A text from outside, fit for a line of a log: without control characters, and not long.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).flat_map(char::escape_default).collect()
}

fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let (host, rest) = text.split_at_checked(end)?;
        return if rest.is_empty() {
            Some((host, None))
        } else {
            Some((host, Some(rest.strip_prefix(':')?)))
        };
    }
    Some(match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    })
}

/// Letters, digits, `-`, `_` and dots: the names of hosts and IPv4 addresses. Others have their punycode form.
fn is_name(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !host.is_empty() && host.len() <= MAX_NAME && host.bytes().all(is_plain) && !host.starts_with('.')
}

fn port_number(digits: &str) -> Option<u16> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?.filter(|port| *port != 0)
}

/// What `http` means by no port.
const DEFAULT_PORT: u16 = 80;

/// The longest name that DNS has.
const MAX_NAME: usize = 253;

const SHOWN_CHARS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_its_name_and_its_port() {
        let table = [
            ("pybit", "pybit:80"),
            ("PyBit.Example:8080", "pybit.example:8080"),
            ("127.0.0.1:18027", "127.0.0.1:18027"),
            ("build_box-1", "build_box-1:80"),
            ("[::1]:8080", "[::1]:8080"),
            ("[0:0::0:1]", "[::1]:80"),
            ("[FE80::A]:1", "[fe80::a]:1"),
            ("pybit:080", "pybit:80"),
            ("pybit:65535", "pybit:65535"),
        ];
        for (text, expected) in table {
            assert_eq!(HostPort::parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn whatever_could_lead_elsewhere_is_no_host() {
        let hostile = [
            "",
            " ",
            ":",
            ":80",
            ".",
            "trusted:",
            "trusted:0",
            "trusted:65536",
            "trusted:+80",
            "trusted:-80",
            "trusted:80 ",
            " trusted",
            "trusted:8 0",
            "trusted:80:80",
            "trusted:http",
            "trusted:٨٠",
            "evil@trusted",
            "trusted@evil",
            "trusted:80@evil",
            "trusted:80@evil:80",
            "user:pass@trusted",
            "http://trusted",
            "//trusted",
            "trusted/",
            "trusted/..",
            "trusted/../evil",
            r"trusted\evil",
            r"trusted:80\@evil",
            "trusted#",
            "trusted#@evil",
            "trusted?",
            "trusted:80?x=y",
            "trusted:80/job",
            "trusted\r\nHost: evil",
            "trusted:80\r\nAuthorization: x",
            "trusted\n",
            "trusted\t",
            "trusted\0",
            "trusted,evil",
            "trusted;evil",
            "trusted%2eevil",
            "%74rusted",
            "trüsted",
            "ｔrusted",
            "trusted。evil",
            "trusted\u{202e}",
            "trusted\u{200b}",
            "тrusted",
            "[::1",
            "::1",
            "[::1]80",
            "[::1]@evil",
            "[::1]:80@evil",
            "[trusted]",
            "[::1%eth0]",
            "[]",
            "[",
            "]",
            &"a".repeat(254),
        ];
        for text in hostile {
            assert!(HostPort::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_error_about_a_host_is_one_short_line_of_ascii() {
        let error = HostPort::parse(&"é\r\n".repeat(1000)).unwrap_err().to_string();
        assert!(
            error.is_ascii() && error.len() < 700 && !error.contains(['\r', '\n']),
            "{error}"
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_a_host_is_nothing_but_a_host_in_a_url_too(text in r"\PC{0,12}|[a-zA-Z0-9.:@/#\[\]-]{0,12}|[a-z]{1,8}:[0-9]{1,6}") {
            if let Ok(host) = HostPort::parse(&text) {
                assert_eq!(HostPort::parse(&host.to_string()), Ok(host.clone()));
                if let Ok(url) = url::Url::parse(&format!("http://{host}/job/4")) {
                    assert_eq!((url.username(), url.password(), url.path()), ("", None, "/job/4"));
                    assert_eq!((url.query(), url.fragment()), (None, None));
                }
            }
        }
    }
}
