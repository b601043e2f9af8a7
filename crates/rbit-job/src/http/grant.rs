//! What a runner's guests may reach.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{AddressClass, Host, HostPattern, Network, NoNetwork, PatternError, Target, pattern::Hosts};

/// What the guests of one runner may reach by HTTP: `allow-http`, `allow-internal`, `http-policy`. A runner without it reaches
/// nothing. Plain data, so that it can be handed to another process; the bounds of requests are among the limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpGrant {
    /// Where requests may go.
    pub allow: Vec<HostPattern>,
    /// Hosts that may have addresses which are not public.
    pub internal: Vec<InternalHost>,
    /// What becomes of a request that no pattern means.
    pub policy: HttpPolicy,
}

/// What becomes of a request that no pattern means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpPolicy {
    /// It is refused.
    #[default]
    Enforce,
    /// It is sent and counted, to find out which patterns are needed. Everything else is refused as always.
    Count,
}

/// `HOST=NETWORK`: a host that may have addresses in a network that is not public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InternalHost {
    hosts: Hosts,
    network: Network,
}

/// Why a text is no pair of host and network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InternalHostError {
    /// No `=`.
    #[error("it has no `=` between host and network")]
    NoNetwork,
    /// What stands before it.
    #[error(transparent)]
    Host(#[from] PatternError),
    /// What stands behind it.
    #[error(transparent)]
    Network(#[from] NoNetwork),
}

impl HttpGrant {
    /// Whether a pattern means this target.
    pub fn allows(&self, target: &Target) -> bool {
        self.allow.iter().any(|pattern| pattern.matches(target))
    }

    /// Whether a request to this target is sent: also where it is only counted that no pattern means it.
    pub fn lets_through(&self, target: &Target) -> bool {
        self.policy == HttpPolicy::Count || self.allows(target)
    }

    /// Whether this address of the host may be connected to; the class of one that may not. What nobody answers at is never allowed.
    pub fn admits(&self, host: &Host, address: IpAddr) -> Result<(), AddressClass> {
        let is_named = || {
            let mut named = self.internal.iter().filter(|internal| internal.hosts.have(host));
            named.any(|internal| internal.network.contains(address))
        };
        match AddressClass::of(address) {
            AddressClass::Public => Ok(()),
            class @ (AddressClass::Unspecified | AddressClass::Multicast) => Err(class),
            class => is_named().then_some(()).ok_or(class),
        }
    }
}

impl FromStr for InternalHost {
    type Err = InternalHostError;

    fn from_str(text: &str) -> Result<Self, InternalHostError> {
        let (hosts, network) = text.split_once('=').ok_or(InternalHostError::NoNetwork)?;
        Ok(Self {
            hosts: Hosts::parse(hosts)?,
            network: network.parse()?,
        })
    }
}

impl fmt::Display for InternalHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.hosts, self.network)
    }
}

impl TryFrom<String> for InternalHost {
    type Error = InternalHostError;

    fn try_from(text: String) -> Result<Self, InternalHostError> {
        text.parse()
    }
}

impl From<InternalHost> for String {
    fn from(internal: InternalHost) -> Self {
        internal.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(internal: &[&str]) -> HttpGrant {
        HttpGrant {
            allow: vec!["https://*.cnx.org".parse().unwrap()],
            internal: internal.iter().map(|text| text.parse().unwrap()).collect(),
            policy: HttpPolicy::Enforce,
        }
    }

    #[test]
    fn an_internal_address_needs_its_host_and_its_network_named() {
        let grant = grant(&[
            "repo.lan=10.1.0.0/16",
            "*.lan=fd00::/8",
            "127.0.0.1=127.0.0.1",
            "all=0.0.0.0/0",
        ]);
        for (host, address, verdict) in [
            ("repo.lan", "10.1.2.3", Ok(())),
            ("repo.lan", "::ffff:10.1.2.3", Ok(())),
            ("repo.lan", "fd00::1", Ok(())),
            ("repo.lan", "10.2.0.1", Err(AddressClass::Private)),
            ("repo.lan", "1.1.1.1", Ok(())),
            ("other.lan", "10.1.2.3", Err(AddressClass::Private)),
            ("cnx.org", "127.0.0.1", Err(AddressClass::Loopback)),
            ("127.0.0.1", "127.0.0.1", Ok(())),
            ("all", "169.254.169.254", Ok(())),
            ("all", "0.0.0.0", Err(AddressClass::Unspecified)),
            ("all", "224.0.0.1", Err(AddressClass::Multicast)),
            ("all", "64:ff9b::a00:1", Err(AddressClass::Tunnel)),
        ] {
            let host = Host::parse(host).unwrap();
            assert_eq!(
                grant.admits(&host, address.parse().unwrap()),
                verdict,
                "{host} {address}"
            );
        }
    }

    #[test]
    fn without_a_pattern_nothing_is_allowed() {
        let empty = HttpGrant {
            allow: vec![],
            ..grant(&[])
        };
        assert!(!empty.allows(&Target::parse("https", "a.cnx.org").unwrap()));
    }

    #[test]
    fn a_pair_of_host_and_network_is_refused_for_what_is_wrong_with_it() {
        for (text, error) in [
            ("repo.lan", InternalHostError::NoNetwork),
            ("http://repo.lan=10.0.0.0/8", PatternError::Host.into()),
            ("=10.0.0.0/8", PatternError::Host.into()),
            ("repo.lan=", NoNetwork::Address.into()),
            ("repo.lan=10.0.0.1/8", NoNetwork::HostBits.into()),
        ] {
            assert_eq!(text.parse::<InternalHost>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_grant_can_be_handed_on_as_text() {
        let grant = grant(&["*.lan=10.0.0.0/8"]);
        let text = serde_json::to_string(&grant).unwrap();
        assert_eq!(
            text,
            r#"{"allow":["https://*.cnx.org"],"internal":["*.lan=10.0.0.0/8"],"policy":"enforce"}"#
        );
        assert_eq!(serde_json::from_str::<HttpGrant>(&text).unwrap(), grant);
    }
}
