//! Where a request goes.

use std::fmt;

use super::{
    Host,
    pattern::{Scheme, with_port},
};

/// Scheme, host and port of a request, each read in one way only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// How it travels.
    pub scheme: Scheme,
    /// To whom.
    pub host: Host,
    /// To which port.
    pub port: u16,
}

/// Why a request has no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Another scheme.
    #[error("its scheme is neither `http` nor `https`")]
    Scheme,
    /// An `@`: what stands before it may look like the host.
    #[error("it has a user before its host")]
    Userinfo,
    /// A port that is none.
    #[error("its port is none")]
    Port,
    /// No host, or one that others might read in their own way.
    #[error("its host is neither a name nor an IP address")]
    Host,
}

impl Target {
    /// Reads scheme and authority of a request.
    pub fn parse(scheme: &str, authority: &str) -> Result<Self, BadTarget> {
        let scheme = Scheme::parse(scheme).ok_or(BadTarget::Scheme)?;
        if authority.contains('@') {
            return Err(BadTarget::Userinfo);
        }
        let (host, port) = with_port(authority).ok_or(BadTarget::Port)?;
        Ok(Self {
            scheme,
            host: Host::parse(host).map_err(|_| BadTarget::Host)?,
            port: port.unwrap_or(scheme.default_port()),
        })
    }

    /// Host and port as they stand in a request: the port only where it is not that of the scheme.
    pub fn authority(&self) -> String {
        match self.port == self.scheme.default_port() {
            true => self.host.to_string(),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_in_one_way() {
        for (scheme, authority, target) in [
            ("https", "cnx.org", "https://cnx.org"),
            ("HTTPS", "CNX.org.:443", "https://cnx.org"),
            ("http", "cnx.org:0443", "http://cnx.org:443"),
            ("http", "[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(
                Target::parse(scheme, authority)
                    .map(|target| target.to_string())
                    .as_deref(),
                Ok(target)
            );
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_target() {
        for (scheme, authority, error) in [
            ("ftp", "cnx.org", BadTarget::Scheme),
            ("http", "cnx.org@evil.org", BadTarget::Userinfo),
            ("http", "a:b@cnx.org", BadTarget::Userinfo),
            ("http", "cnx.org:", BadTarget::Port),
            ("http", "cnx.org:80:80", BadTarget::Host),
            ("http", "cnx.org:1e3", BadTarget::Port),
            ("http", "", BadTarget::Host),
            ("http", ":80", BadTarget::Host),
            ("http", "cnx.org#.evil.org", BadTarget::Host),
            ("http", "cnx.org\\.evil.org", BadTarget::Host),
            ("http", "2130706433", BadTarget::Host),
            ("http", "::1", BadTarget::Host),
        ] {
            assert_eq!(Target::parse(scheme, authority), Err(error), "{authority}");
        }
    }
}
