//! Kinds of addresses. Only what is certainly a public one is public.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use serde::{Deserialize, Serialize};

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressClass {
    /// The internet.
    Public,
    /// This machine.
    Loopback,
    /// No host: `0.0.0.0/8` and `::`, which many systems take for this machine.
    Unspecified,
    /// A private network: RFC 1918, unique local.
    Private,
    /// A provider's network behind its translation of addresses: `100.64.0.0/10`.
    Shared,
    /// The link that the machine is on.
    LinkLocal,
    /// Where clouds tell a machine its credentials.
    Metadata,
    /// Many hosts at once, broadcast included.
    Multicast,
    /// An IPv4 address in the clothes of an IPv6 one: 6to4, Teredo, NAT64, ISATAP, IPv4-compatible.
    Tunnel,
    /// For documentation, measurements, protocols, or nothing yet.
    Reserved,
}

impl AddressClass {
    /// The class of an address. An IPv4-mapped one is what it maps to.
    ///
    /// ```
    /// # use rbit_job::http::AddressClass;
    /// assert_eq!(AddressClass::of("::ffff:127.0.0.1".parse().unwrap()), AddressClass::Loopback);
    /// ```
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Unspecified => "unspecified",
            Self::Private => "private",
            Self::Shared => "shared",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata",
            Self::Multicast => "multicast",
            Self::Tunnel => "tunnel",
            Self::Reserved => "reserved",
        }
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn of_v4(address: Ipv4Addr) -> AddressClass {
    match address.octets() {
        // Of all clouds that know it, of Azure, and of Oracle.
        [169, 254, 169, 254] | [168, 63, 129, 16] | [192, 0, 0, 192] => AddressClass::Metadata,
        [0, ..] => AddressClass::Unspecified,
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private,
        [100, 64..=127, ..] => AddressClass::Shared,
        [169, 254, ..] => AddressClass::LinkLocal,
        [192, 88, 99, _] => AddressClass::Tunnel,
        [224..=239, ..] | [255, 255, 255, 255] => AddressClass::Multicast,
        [192, 0, 0, _] | [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => AddressClass::Reserved,
        [198, 18..=19, ..] | [240..=255, ..] => AddressClass::Reserved,
        _ => AddressClass::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> AddressClass {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        // IPv4-compatible, IPv4-translated, NAT64 with its local prefix, Teredo, 6to4, ISATAP.
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => AddressClass::Tunnel,
        [0x64, 0xff9b, ..] | [0x2001, 0, ..] | [0x2002, ..] => AddressClass::Tunnel,
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => AddressClass::Tunnel,
        // Of Amazon's machines.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => AddressClass::Metadata,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0xfc00..=0xfdff, ..] => AddressClass::Private,
        // Site-local once, and still routed by some.
        [0xfec0..=0xfeff, ..] => AddressClass::Private,
        [0xfe80..=0xfebf, ..] => AddressClass::LinkLocal,
        // Protocols, documentation.
        [0x2001, 0x1..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => AddressClass::Reserved,
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_has_its_class_from_its_first_to_its_last_address() {
        use AddressClass::*;
        for (class, addresses) in [
            (Unspecified, "0.0.0.0 0.255.255.255 :: ::ffff:0.0.0.0"),
            (
                Loopback,
                "127.0.0.0 127.0.0.1 127.255.255.255 ::1 ::ffff:127.0.0.1 ::ffff:7f00:1",
            ),
            (
                Private,
                "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255",
            ),
            (Private, "fc00:: fdff:ffff::1 fec0:: feff:ffff::1 ::ffff:10.0.0.1"),
            (Shared, "100.64.0.0 100.127.255.255 100.100.100.200"),
            (LinkLocal, "169.254.0.0 169.254.255.255 fe80:: febf:ffff::1"),
            (
                Metadata,
                "169.254.169.254 168.63.129.16 192.0.0.192 fd00:ec2::254 ::ffff:169.254.169.254",
            ),
            (
                Multicast,
                "224.0.0.0 239.255.255.255 255.255.255.255 ff00:: ff02::1 ffff::",
            ),
            (
                Tunnel,
                "192.88.99.1 ::127.0.0.1 ::2 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::7f00:1",
            ),
            (
                Tunnel,
                "2001::1 2001:0:53aa::1 2002:7f00:1:: 2002:808:808::1 fe80::5efe:7f00:1 2a00::200:5efe:7f00:1",
            ),
            (
                Reserved,
                "192.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.0 198.19.255.255 240.0.0.0",
            ),
            (
                Reserved,
                "255.255.255.254 100::1 2001:1::1 2001:2::1 2001:20::1 2001:1ff::1 2001:db8::1 3fff:fff::1",
            ),
            (Reserved, "1::1 4000::1 5f00::1 fe00::1 8000::1"),
            (
                Public,
                "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0",
            ),
            (
                Public,
                "169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0",
            ),
            (
                Public,
                "198.17.255.255 198.20.0.0 223.255.255.255 2000::1 2001:200::1 2606:4700::1111 3fff:1000::1",
            ),
            (Public, "::ffff:1.1.1.1"),
        ] {
            for address in addresses.split(' ') {
                assert_eq!(AddressClass::of(address.parse().unwrap()), class, "{address}");
            }
        }
    }
}
