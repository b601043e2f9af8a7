//! Ranges of addresses.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

/// All addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNetwork {
    /// What stands before the `/` is no address.
    #[error("it begins with no IP address")]
    Address,
    /// What stands behind it is no number, or too large a one.
    #[error("the number of its fixed bits is none")]
    Prefix,
    /// The address has ones where the network has none.
    #[error("the address goes on behind its fixed bits")]
    HostBits,
    /// An IPv4 address in the clothes of an IPv6 one.
    #[error("an IPv4 network is written as such")]
    Mapped,
}

impl Network {
    /// Whether the address belongs to it. An IPv4-mapped address is what it maps to.
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let shift = u32::from(width(self.address) - self.prefix);
        let fixed = |address: IpAddr| number(address).checked_shr(shift).unwrap_or_default();
        address.is_ipv4() == self.address.is_ipv4() && fixed(address) == fixed(self.address)
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    /// Reads `ADDRESS/BITS`, or one address.
    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NoNetwork::Address)?;
        if address.to_canonical() != address {
            return Err(NoNetwork::Mapped);
        }
        let is_number = |bits: &&str| bits.len() <= 3 && bits.bytes().all(|c| c.is_ascii_digit());
        let prefix = match bits {
            None => width(address),
            Some(bits) => Some(bits)
                .filter(is_number)
                .and_then(|bits| bits.parse().ok())
                .filter(|prefix| *prefix <= width(address))
                .ok_or(NoNetwork::Prefix)?,
        };
        let shift = u32::from(width(address) - prefix);
        let kept = number(address).checked_shr(shift).unwrap_or_default();
        if kept.checked_shl(shift).unwrap_or_default() != number(address) {
            return Err(NoNetwork::HostBits);
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl TryFrom<String> for Network {
    type Error = NoNetwork;

    fn try_from(text: String) -> Result<Self, NoNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// Bits of such an address.
fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_that_begin_alike() {
        for (network, inside, outside) in [
            (
                "10.0.0.0/8",
                "10.0.0.0 10.255.255.255 ::ffff:10.1.2.3",
                "11.0.0.0 9.255.255.255 ::10.1.2.3 a00::",
            ),
            ("10.1.0.0/16", "10.1.2.3", "10.2.0.0"),
            ("192.168.1.7", "192.168.1.7", "192.168.1.6"),
            ("0.0.0.0/0", "0.0.0.0 255.255.255.255", "::"),
            ("fd00::/8", "fd00::1 fdff::1", "fc00::1 10.0.0.1"),
            ("::/0", ":: ffff::", "1.2.3.4"),
            ("::1", "::1", "::2"),
        ] {
            let network: Network = network.parse().unwrap();
            for address in inside.split(' ') {
                assert!(network.contains(address.parse().unwrap()), "{network} {address}");
            }
            for address in outside.split(' ') {
                assert!(!network.contains(address.parse().unwrap()), "{network} {address}");
            }
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for (text, error) in [
            ("", NoNetwork::Address),
            ("ten/8", NoNetwork::Address),
            ("10.0.0.0/", NoNetwork::Prefix),
            ("10.0.0.0/33", NoNetwork::Prefix),
            ("10.0.0.0/+8", NoNetwork::Prefix),
            ("10.0.0.0/255.0.0.0", NoNetwork::Prefix),
            ("::/129", NoNetwork::Prefix),
            ("10.0.0.1/8", NoNetwork::HostBits),
            ("fd00::1/8", NoNetwork::HostBits),
            ("::ffff:10.0.0.0/104", NoNetwork::Mapped),
        ] {
            assert_eq!(text.parse::<Network>(), Err(error), "{text}");
        }
    }
}
