//! Patterns of what may be reached: scheme, host, port.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Host, Target};

/// A pattern such as `https://*.cnx.org` or `http://cnx.org:8080`. It says nothing of paths.
///
/// ```
/// # use rbit_job::http::{HostPattern, Target};
/// let pattern: HostPattern = "https://*.cnx.org".parse().unwrap();
/// assert!(pattern.matches(&Target::parse("https", "legacy.cnx.org").unwrap()));
/// assert!(!pattern.matches(&Target::parse("https", "cnx.org").unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern {
    scheme: Scheme,
    hosts: Hosts,
    port: u16,
}

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Encrypted.
    Https,
}

/// The hosts of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hosts {
    /// Exactly this one.
    One(Host),
    /// `*.NAME`: every name below it, and not the name itself.
    Below(String),
    /// `*`: every name, and no address.
    AnyName,
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// No `://`.
    #[error("it does not begin with `http://` or `https://`")]
    NoScheme,
    /// Another scheme.
    #[error("its scheme is neither `http` nor `https`")]
    UnknownScheme,
    /// An `@`.
    #[error("it holds a user or a password")]
    Userinfo,
    /// Something follows the port.
    #[error("it goes on after host and port")]
    Path,
    /// A port that is none.
    #[error("its port is none")]
    Port,
    /// A `*` that is not the first label.
    #[error("its `*` does not stand for whole labels at the beginning of the host")]
    Wildcard,
    /// A name with letters beyond ASCII.
    #[error("its host is not written in ASCII")]
    NotAscii,
    /// Anything else that is no host.
    #[error("its host is neither a name nor an IP address")]
    Host,
}

impl Scheme {
    /// The scheme of this name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Https]
            .into_iter()
            .find(|scheme| scheme.as_str().eq_ignore_ascii_case(text))
    }

    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that is meant where none is named.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl HostPattern {
    /// Whether it means this target.
    pub fn matches(&self, target: &Target) -> bool {
        self.scheme == target.scheme && self.port == target.port && self.hosts.have(&target.host)
    }
}

impl Hosts {
    /// Reads a host, `*.NAME` or `*`.
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        if !text.is_ascii() {
            return Err(PatternError::NotAscii);
        }
        if text == "*" {
            return Ok(Self::AnyName);
        }
        let (below, host) = text.strip_prefix("*.").map_or((false, text), |name| (true, name));
        if host.contains('*') {
            return Err(PatternError::Wildcard);
        }
        match (below, Host::parse(host).map_err(|_| PatternError::Host)?) {
            (false, host) => Ok(Self::One(host)),
            (true, Host::Name(name)) => Ok(Self::Below(name)),
            (true, Host::Address(_)) => Err(PatternError::Wildcard),
        }
    }

    pub(super) fn have(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::One(one), host) => one == host,
            (Self::Below(parent), Host::Name(name)) => name
                .strip_suffix(parent.as_str())
                .is_some_and(|before| before.len() > 1 && before.ends_with('.')),
            (Self::AnyName, Host::Name(_)) => true,
            (Self::Below(_) | Self::AnyName, Host::Address(_)) => false,
        }
    }
}

impl FromStr for HostPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (scheme, rest) = text.split_once("://").ok_or(PatternError::NoScheme)?;
        if rest.contains('@') {
            return Err(PatternError::Userinfo);
        }
        let scheme = Scheme::parse(scheme).ok_or(PatternError::UnknownScheme)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '\\']) {
            return Err(PatternError::Path);
        }
        let (host, port) = with_port(authority).ok_or(PatternError::Port)?;
        Ok(Self {
            scheme,
            hosts: Hosts::parse(host)?,
            port: port.unwrap_or(scheme.default_port()),
        })
    }
}

/// Host and port. None if what looks like a port is none.
pub(super) fn with_port(authority: &str) -> Option<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            let is_number = (1..=5).contains(&port.len()) && port.bytes().all(|c| c.is_ascii_digit());
            let port = Some(port)
                .filter(|_| is_number)?
                .parse()
                .ok()
                .filter(|port| *port != 0)?;
            Some((host, Some(port)))
        }
        _ => Some((authority, None)),
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(host) => host.fmt(f),
            Self::Below(name) => write!(f, "*.{name}"),
            Self::AnyName => f.write_str("*"),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.hosts)?;
        match self.port == self.scheme.default_port() {
            true => Ok(()),
            false => write!(f, ":{}", self.port),
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        pattern.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_its_scheme_its_hosts_and_its_port() {
        for (pattern, meant, not_meant) in [
            (
                "https://*.cnx.org",
                "https://a.cnx.org https://a.b.CNX.org:443 https://a.cnx.org.",
                "https://cnx.org http://a.cnx.org https://a.cnx.org:8443 https://acnx.org https://a.cnx.org.evil.org",
            ),
            (
                "http://cnx.org:8080",
                "http://cnx.org:8080 http://CNX.org.:8080",
                "http://cnx.org https://cnx.org:8080 http://a.cnx.org:8080 http://cnx.org:80",
            ),
            (
                "HTTPS://Cnx.Org./",
                "https://cnx.org",
                "https://cnx.orga https://xcnx.org",
            ),
            (
                "https://*",
                "https://a https://a.b",
                "https://1.2.3.4 https://[::1] http://a https://a:1",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080",
                "http://localhost:8080 http://127.0.0.2:8080",
            ),
            (
                "http://[::1]",
                "http://[::1] http://[0:0::1]:80",
                "http://[::2] http://[::ffff:127.0.0.1]",
            ),
        ] {
            let pattern: HostPattern = pattern.parse().unwrap();
            let target = |url: &str| {
                let (scheme, authority) = url.split_once("://").unwrap();
                Target::parse(scheme, authority).unwrap()
            };
            assert!(
                meant.split(' ').all(|url| pattern.matches(&target(url))),
                "{pattern} {meant}"
            );
            assert!(
                !not_meant.split(' ').any(|url| pattern.matches(&target(url))),
                "{pattern} {not_meant}"
            );
        }
    }

    #[test]
    fn a_text_that_is_no_pattern_is_refused_for_what_is_wrong_with_it() {
        use PatternError::*;
        for (text, error) in [
            ("", NoScheme),
            ("cnx.org", NoScheme),
            ("*", NoScheme),
            ("http:cnx.org", NoScheme),
            ("ftp://cnx.org", UnknownScheme),
            ("*://cnx.org", UnknownScheme),
            ("https://joe:hunter2@cnx.org", Userinfo),
            ("https://cnx.org/content", Path),
            ("https://cnx.org//", Path),
            ("https://cnx.org?x", Path),
            ("https://cnx.org\\x", Path),
            ("https://cnx.org:", Port),
            ("https://cnx.org:0", Port),
            ("https://cnx.org:65536", Port),
            ("https://cnx.org:*", Port),
            ("https://cnx.org:+80", Port),
            ("https://a.*.org", Wildcard),
            ("https://*cnx.org", Wildcard),
            ("https://*.*.org", Wildcard),
            ("https://*.10.0.0.1", Wildcard),
            ("https://b\u{fc}cher.example", NotAscii),
            ("https://", Host),
            ("https://:443", Host),
            ("https://*.", Host),
            ("https://127.1", Host),
            ("https://::1", Host),
            ("https://a b", Host),
        ] {
            assert_eq!(text.parse::<HostPattern>(), Err(error), "{text}");
        }
    }
}
