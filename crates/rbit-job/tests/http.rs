//! Patterns and targets of requests, whatever is written.

use proptest::prelude::*;
use rbit_job::http::{AddressClass, Host, HostPattern, HttpGrant, HttpPolicy, Target};

/// Texts made of the pieces that matter.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("http://".to_owned()),
        Just("https://".to_owned()),
        Just("*".to_owned()),
        Just("*.".to_owned()),
        Just("cnx.org".to_owned()),
        Just("127.0.0.1".to_owned()),
        Just("0x7f".to_owned()),
        Just("[::1]".to_owned()),
        "[@:./\\\\#?%]",
        "[0-9]{1,6}",
        ".{1,3}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_pattern_that_is_read_is_written_the_same(text in texts()) {
        if let Ok(pattern) = text.parse::<HostPattern>() {
            prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
        }
    }

    #[test]
    fn a_target_that_is_read_means_itself(text in texts()) {
        let Some((scheme, authority)) = text.split_once("://") else { return Ok(()) };
        if let Ok(target) = Target::parse(scheme, authority) {
            let written = target.to_string();
            prop_assert!(!written.contains(['@', '\\', '#', '?', '*', ' ', '%']));
            prop_assert_eq!(Target::parse(target.scheme.as_str(), &target.authority()), Ok(target.clone()));
            prop_assert!(written.parse::<HostPattern>().unwrap().matches(&target));
        }
    }

    #[test]
    fn names_below_a_name_and_no_others_are_meant(before in "[a-z.-]{0,12}", name in "[a-z]{1,5}[.][a-z]{1,5}") {
        let pattern: HostPattern = format!("https://*.{name}").parse().unwrap();
        if let Ok(target) = Target::parse("https", &format!("{before}{name}")) {
            let is_below = before.ends_with('.');
            prop_assert_eq!(pattern.matches(&target), is_below);
        }
    }

    #[test]
    fn an_address_in_the_clothes_of_another_is_never_more_public(v4: [u8; 4], port in 1u16..) {
        let [a, b, c, d] = v4;
        let plain = AddressClass::of(v4.into());
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let mapped = AddressClass::of(format!("::ffff:{high:x}:{low:x}").parse().unwrap());
        prop_assert_eq!(mapped, plain);
        for text in [
            format!("64:ff9b::{high:x}:{low:x}"),
            format!("2002:{high:x}:{low:x}::{port:x}"),
            format!("2001:0:1:2:3:4:{high:x}:{low:x}"),
            format!("2600::5efe:{high:x}:{low:x}"),
        ] {
            prop_assert_eq!(AddressClass::of(text.parse().unwrap()), AddressClass::Tunnel);
        }
    }

    #[test]
    fn without_a_network_only_public_addresses_are_admitted(address: u128, is_v4: bool) {
        let address: std::net::IpAddr = match is_v4 {
            true => std::net::Ipv4Addr::from_bits(address as u32).into(),
            false => std::net::Ipv6Addr::from_bits(address).into(),
        };
        let grant = HttpGrant { allow: vec![], internal: vec![], policy: HttpPolicy::Count };
        let is_admitted = grant.admits(&Host::Address(address), address).is_ok();
        prop_assert_eq!(is_admitted, AddressClass::of(address) == AddressClass::Public);
    }
}
