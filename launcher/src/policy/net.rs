//! Where a target may connect to, and where it may listen.

use std::net::{IpAddr, SocketAddr};
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
}
