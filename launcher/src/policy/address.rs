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
                || (a == 203 && b == 0 && c == 113)
                // The platform of Azure's machines: its metadata and agents' services.
                || v4.octets() == [168, 63, 129, 16];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_public_internet_has_to_be_named() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert_eq!(classify(text.parse().expect("an address")), AddressClass::Special, "{text}");
        }
    }

    #[test]
    fn the_rest_is_public() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:1.1.1.1",
        ] {
            assert_eq!(classify(text.parse().expect("an address")), AddressClass::Public, "{text}");
        }
    }
}
