//! Questions about the network that only the broker has: what its resolver may hand out, which addresses are this
//! machine's own, and how far grants reach.

use super::decide::host_reaches;
use super::{Decision, Grant, HostPattern, NetPattern, Policy, PortPattern};
use std::net::{IpAddr, SocketAddr};

/// Ports below want CAP_NET_BIND_SERVICE, unless the machine is set otherwise (ip(7), ip_unprivileged_port_start).
pub const FIRST_FREE_PORT: u16 = 1024;

impl Policy {
    /// Whether the resolver may hand out `address` for a name that counts as `names`: some port of it must be granted,
    /// and an address that is not public wants a grant that says so.
    pub fn hand_out(&self, address: IpAddr, names: &[String]) -> Decision {
        let ip = address.to_canonical();
        let reaches = |grant: &Grant<NetPattern>| match &grant.pattern {
            NetPattern::Host { host, private, .. } => host_reaches(host, *private, ip, names),
            NetPattern::Unix(_) => false,
        };
        let denied = |grant: &Grant<NetPattern>| match &grant.pattern {
            NetPattern::Host { host, port: PortPattern::Any, .. } => host_reaches(host, true, ip, names),
            NetPattern::Host { .. } | NetPattern::Unix(_) => false,
        };
        decision(self.allow.net.iter().any(reaches) && !self.deny.net.iter().any(denied))
    }

    /// Whether a connection to a public address that this machine itself has is granted: `*` and names that are not
    /// `private:` do not cover it.
    pub fn connect_here(&self, address: SocketAddr, names: &[String]) -> Decision {
        let ip = address.ip().to_canonical();
        let reaches = |grant: &Grant<NetPattern>| match &grant.pattern {
            NetPattern::Host { host, port, private } => {
                let named = match host {
                    HostPattern::Public => false,
                    HostPattern::Address(_) | HostPattern::Network(_) => true,
                    HostPattern::Name(_) | HostPattern::Suffix(_) => *private,
                };
                named && port.matches(address.port()) && host_reaches(host, *private, ip, names)
            }
            NetPattern::Unix(_) => false,
        };
        decision(self.allow.net.iter().any(reaches) && !self.denies_connect(address, names))
    }

    /// Whether a connection is taken away by name, whatever is granted.
    pub fn denies_connect(&self, address: SocketAddr, names: &[String]) -> bool {
        let ip = address.ip().to_canonical();
        self.deny.net.iter().any(|grant| match &grant.pattern {
            NetPattern::Host { host, port, .. } => port.matches(address.port()) && host_reaches(host, true, ip, names),
            NetPattern::Unix(_) => false,
        })
    }

    /// Whether a grant names this address, or a network that holds it, with exactly this port: the program is meant
    /// to talk to the server there itself.
    pub fn names_endpoint(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        self.allow.net.iter().any(|grant| match &grant.pattern {
            NetPattern::Host { host: host @ (HostPattern::Address(_) | HostPattern::Network(_)), port, .. } => {
                *port == PortPattern::One(address.port()) && host_reaches(host, false, ip, &[])
            }
            NetPattern::Host { .. } | NetPattern::Unix(_) => false,
        })
    }

    /// Whether some host beyond this machine's loopback is granted.
    pub fn reaches_beyond_loopback(&self) -> bool {
        self.allow.net.iter().any(|grant| match &grant.pattern {
            NetPattern::Host { host: HostPattern::Address(address), .. } => !address.to_canonical().is_loopback(),
            NetPattern::Host { host: HostPattern::Network(network), .. } => !network.address.is_loopback(),
            NetPattern::Host { host: HostPattern::Name(name), .. } => name != "localhost",
            NetPattern::Host { host: HostPattern::Public | HostPattern::Suffix(_), .. } => true,
            NetPattern::Unix(_) => false,
        })
    }

    /// Whether some address beyond this machine's loopback may be listened at.
    pub fn listens_beyond_loopback(&self) -> bool {
        let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
        self.allow.listen.iter().any(|grant| !grant.pattern.address.is_some_and(is_loopback))
    }

    /// Whether some port below `limit` may be listened at, other than one that the kernel chooses.
    pub fn listens_below(&self, limit: u16) -> bool {
        self.allow.listen.iter().any(|grant| match grant.pattern.port {
            PortPattern::Any => true,
            PortPattern::One(port) => (1..limit).contains(&port),
            PortPattern::Range(first, last) => last > 0 && first < limit,
        })
    }
}

fn decision(allowed: bool) -> Decision {
    if allowed { Decision::Allow } else { Decision::Deny }
}
