//! Where a target may connect to, and where it may listen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// A network of addresses in CIDR notation (RFC 4632), `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    pub address: IpAddr,
    pub prefix: u8,
}

/// Ports that a grant covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortPattern {
    Any,
    One(u16),
    Range(u16, u16),
}

/// The host part of a `net` grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// `*`: the public internet, never a private address.
    Public,
    /// `api.example.org`, in lower case, without a trailing dot.
    Name(String),
    /// `*.example.org`: every name below it, not itself. Holds `example.org`.
    Suffix(String),
    Address(IpAddr),
    Network(Cidr),
}

/// What a `net` grant covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetPattern {
    Host {
        host: HostPattern,
        port: PortPattern,
        /// Written `private:name:port`: the name may resolve to addresses that are not public.
        private: bool,
    },
    /// `unix:/run/x.sock`: a pathname socket.
    Unix(PathBuf),
}

/// What a `listen` grant covers: port 0 is any port that the kernel chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenPattern {
    /// `None`: every address of this machine.
    pub address: Option<IpAddr>,
    pub port: PortPattern,
}

impl Cidr {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same_prefix(u128::from(own.to_bits()) << 96, u128::from(other.to_bits()) << 96, self.prefix)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => same_prefix(own.to_bits(), other.to_bits(), self.prefix),
            _ => false,
        }
    }
}

fn same_prefix(one: u128, other: u128, bits: u8) -> bool {
    bits == 0 || (one ^ other) >> (128 - u32::from(bits.min(128))) == 0
}

impl PortPattern {
    pub fn matches(self, port: u16) -> bool {
        match self {
            PortPattern::Any => true,
            PortPattern::One(own) => own == port,
            PortPattern::Range(first, last) => (first..=last).contains(&port),
        }
    }
}

impl ListenPattern {
    /// Whether binding to `wanted` is covered. An unspecified address (`0.0.0.0`, `::`) listens everywhere, so only a
    /// grant without an address, or with an unspecified one, covers it.
    pub fn matches(&self, wanted: SocketAddr) -> bool {
        let here = match self.address {
            None => true,
            Some(own) => own.is_unspecified() || own == wanted.ip().to_canonical(),
        };
        here && self.port.matches(wanted.port())
    }
    /// Whether a deny of this pattern covers binding to `wanted`: listening everywhere is listening there too.
    pub fn takes_away(&self, wanted: SocketAddr) -> bool {
        let wide = wanted.ip().to_canonical().is_unspecified();
        (self.matches(wanted) || wide) && self.port.matches(wanted.port())
    }
}

/// Where a connection to `address` ends: the unspecified address is this machine (Linux, ip(7)).
pub fn destination(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_ends_where_its_prefix_says() {
        let network = Cidr { address: ip("10.0.0.0"), prefix: 9 };
        assert!(network.contains(ip("10.127.255.255")));
        assert!(!network.contains(ip("10.128.0.0")));
        assert!(Cidr { address: ip("::"), prefix: 0 }.contains(ip("2001:db8::1")));
        assert!(!Cidr { address: ip("::"), prefix: 0 }.contains(ip("10.0.0.1")));
        assert!(Cidr { address: ip("10.0.0.1"), prefix: 32 }.contains(ip("10.0.0.1")));
        assert!(!Cidr { address: ip("10.0.0.1"), prefix: 32 }.contains(ip("10.0.0.2")));
    }

    #[test]
    fn a_port_next_to_the_granted_one_is_not_granted() {
        assert!(!PortPattern::One(80).matches(81));
        assert!(PortPattern::Range(80, 82).matches(82));
        assert!(!PortPattern::Range(80, 82).matches(83));
    }

    #[test]
    fn listening_at_one_address_does_not_cover_listening_everywhere() {
        let loopback = ListenPattern { address: Some(ip("127.0.0.1")), port: PortPattern::One(80) };
        assert!(loopback.matches(at("127.0.0.1:80")));
        assert!(loopback.matches(at("[::ffff:127.0.0.1]:80")));
        for other in ["0.0.0.0:80", "[::]:80", "[::1]:80", "127.0.0.2:80", "127.0.0.1:81", "[::ffff:0.0.0.0]:80"] {
            assert!(!loopback.matches(at(other)), "{other}");
        }
    }

    #[test]
    fn listening_everywhere_is_granted_and_denied_alike_for_both_families() {
        for address in [None, Some(ip("::")), Some(ip("0.0.0.0"))] {
            let pattern = ListenPattern { address, port: PortPattern::One(80) };
            assert!(
                pattern.matches(at("[::]:80")) && pattern.matches(at("0.0.0.0:80")) && pattern.matches(at("[::1]:80"))
            );
        }
    }

    #[test]
    fn a_denied_address_takes_away_listening_everywhere() {
        let loopback = ListenPattern { address: Some(ip("127.0.0.1")), port: PortPattern::One(80) };
        assert!(loopback.takes_away(at("0.0.0.0:80")) && loopback.takes_away(at("[::]:80")));
        assert!(!loopback.takes_away(at("10.0.0.1:80")) && !loopback.takes_away(at("0.0.0.0:81")));
    }

    #[test]
    fn the_unspecified_address_is_this_machine() {
        for text in ["0.0.0.0", "::ffff:0.0.0.0"] {
            assert_eq!(destination(ip(text)), ip("127.0.0.1"));
        }
        assert_eq!(destination(ip("::")), ip("::1"));
        assert_eq!(destination(ip("::ffff:10.0.0.1")), ip("10.0.0.1"));
    }
}
