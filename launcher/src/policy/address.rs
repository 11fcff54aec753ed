//! What kind of address an address is.

use std::net::IpAddr;

/// Who answers at an address (IANA's special-purpose registries, RFC 6890).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    Public,
    /// Everything that a grant has to name: loopback, private, shared, link-local, unique-local, NAT64, 6to4,
    /// metadata, multicast, reserved.
    Special,
}

/// Which class `address` is in. An IPv4-mapped IPv6 address is what it maps to.
pub fn classify(address: IpAddr) -> AddressClass {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let special = matches!(a, 0 | 10 | 127 | 224..=255)
                || (a == 100 && (64..128).contains(&b))
                || (a == 169 && b == 254)
                || (a == 172 && (16..32).contains(&b))
                || (a == 192 && b == 168)
                || (a == 192 && b == 0 && (c == 0 || c == 2))
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19))
                || (a == 198 && b == 51 && c == 100)
                || (a == 203 && b == 0 && c == 113);
            if special { AddressClass::Special } else { AddressClass::Public }
        }
        IpAddr::V6(v6) => {
            let head = v6.segments();
            // Only 2000::/3 is global unicast; in it: documentation, Teredo and ORCHID (2001::/23), 6to4 (2002::/16).
            let global = head[0] & 0xe000 == 0x2000;
            let carved = (head[0] == 0x2001 && (head[1] < 0x0200 || head[1] == 0x0db8))
                || head[0] == 0x2002
                || (head[0] == 0x3fff && head[1] < 0x1000);
            if global && !carved { AddressClass::Public } else { AddressClass::Special }
        }
    }
}
