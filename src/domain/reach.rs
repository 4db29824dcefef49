//! Which addresses Mailgate may connect to. The mail server and the OpenSPP of an office can be anywhere, also at private
//! addresses and on this machine. But no mail server is at a link-local address, or at those where clouds give a machine its
//! credentials; so a person who may edit a form must not be able to reach these through Mailgate.
//!
//! Each address is checked right before Mailgate connects to it, after the name was looked up. So neither another notation
//! of an address nor a name whose address changes from one moment to the next gets around the check.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::words::Complaint;
use crate::{complain, say};

/// Why Mailgate does not connect to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// 0.0.0.0/8 (RFC 1122) or ::, which stand for no machine.
    Unspecified,
    /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291).
    LinkLocal,
    /// Where a cloud gives a machine its credentials.
    Metadata,
    /// 224.0.0.0/4, ff00::/8, 240.0.0.0/4 with the broadcast address.
    Many,
}

/// The metadata services of Alibaba, Oracle and Azure whose addresses are not link-local.
const METADATA: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];
/// The metadata services of Amazon and Google by IPv6.
const METADATA_6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// Whether Mailgate may connect to this address.
pub fn open(address: IpAddr) -> Result<(), Closed> {
    match address {
        IpAddr::V4(address) => open_v4(address),
        IpAddr::V6(address) => {
            let parts = address.segments();
            if address.is_unspecified() {
                return Err(Closed::Unspecified);
            }
            if parts[0] & 0xffc0 == 0xfe80 {
                return Err(Closed::LinkLocal);
            }
            if METADATA_6.contains(&address) {
                return Err(Closed::Metadata);
            }
            if address.is_multicast() {
                return Err(Closed::Many);
            }
            within(address).map_or(Ok(()), open_v4)
        }
    }
}

fn open_v4(address: Ipv4Addr) -> Result<(), Closed> {
    match address.octets() {
        [0, ..] => Err(Closed::Unspecified),
        [169, 254, ..] => Err(Closed::LinkLocal),
        [224..=255, ..] => Err(Closed::Many),
        _ if METADATA.contains(&address) => Err(Closed::Metadata),
        _ => Ok(()),
    }
}

/// The IPv4 address that packets to this IPv6 address are passed on to.
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        // ::1 is loopback, and no IPv4 address.
        [0, 0, 0, 0, 0, 0, 0, 1] => None,
        // IPv4-compatible, -mapped and -translated (RFC 4291, 2765); NAT64 (RFC 6052, 8215).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, _, _, _, high, low] => Some(v4(high, low)),
        // 6to4 (RFC 3056), and Teredo (RFC 4380), which writes it with each bit turned.
        [0x2002, high, low, ..] => Some(v4(high, low)),
        [0x2001, 0, _, _, _, _, high, low] => Some(v4(!high, !low)),
        _ => None,
    }
}

/// The complaint for the person who entered the host: it may not be connected to, and names one of its addresses.
pub fn refused(host: &str, address: IpAddr, why: Closed) -> Complaint {
    let why = match why {
        Closed::Unspecified => say!("reach-unspecified"),
        Closed::LinkLocal => say!("reach-link-local"),
        Closed::Metadata => say!("reach-metadata"),
        Closed::Many => say!("reach-many"),
    };
    match host.parse::<IpAddr>() == Ok(address) {
        true => complain!("reach-refused", address, why),
        false => complain!("reach-refused-name", host, address, why),
    }
}

/// Whether a name or address always means this machine, whatever a name service says (RFC 6761, 1122, 4291).
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_no_server_of_anybody_is_closed() {
        for closed in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "::",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::ffff:0:169.254.169.254",
            "::169.254.169.254",
            "::ffff:0.0.0.0",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::169.254.169.254",
            "64:ff9b::100.100.100.200",
            "2002:a9fe:a9fe::1",
            "2001:0:4136:e378:8000:63bf:5601:5601",
        ] {
            assert!(open(closed.parse().unwrap()).is_err(), "{closed}");
        }
        for fine in [
            "127.0.0.1",
            "127.255.0.1",
            "10.0.0.1",
            "172.16.5.4",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.2.1",
            "8.8.8.8",
            "169.253.0.1",
            "169.255.0.1",
            "::1",
            "fc00::1",
            "fd00:ec2::253",
            "fec0::1",
            "2001:db8::1",
            "2001:4860:4860::8888",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::8.8.8.8",
        ] {
            assert_eq!(open(fine.parse().unwrap()), Ok(()), "{fine}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for here in ["localhost", "LOCALHOST.", "mail.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::ffff:127.0.0.1"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in ["localhost.example.org", "10.0.0.1", "example.org", "::2", ""] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
