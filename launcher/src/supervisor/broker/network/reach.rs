//! Where an Internet address leads: where it says, to the jail's own sockets, to the jail's resolver, or nowhere.

use super::socket::{Socket, Style, errno};
use super::{Network, name};
use crate::policy::{AddressClass, HostPattern, NetPattern, Permission, Policy, Request, classify};
use crate::sys::socket;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

const NAMES_PORT: u16 = 53;
/// How long it is believed that an address is, or is not, this machine's.
const BELIEVED: Duration = Duration::from_secs(1);

#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Direct(SocketAddr),
    /// To a socket of this jail: to be looked at again once it is connected.
    Own(SocketAddr),
    /// To the resolver, whatever nameserver was asked for.
    Resolver(SocketAddr),
}

impl Network {
    /// Where `socket` may go that wants to reach `address`. A refusal is told.
    pub fn route(&self, socket: &Socket, address: SocketAddr) -> Result<Route, i32> {
        let asked = name::canonical(address);
        if asked.port() == NAMES_PORT && !self.policy.names_endpoint(asked) {
            let resolver = self.resolver.instead_of(address).map_err(|error| errno(&error))?;
            return Ok(Route::Resolver(resolver));
        }
        let names = if self.has_names { self.resolver.pins.names(asked.ip(), Instant::now()) } else { Vec::new() };
        if self.may_connect(asked, &names) {
            self.tell.used(|record| {
                // What the jail tells itself needs no grant. Not asked otherwise: the kernel's list is long.
                if !(asked.ip().is_loopback() && self.own.has_port(socket, asked.port())) {
                    record.contact(asked, &names);
                }
            });
            return Ok(Route::Direct(name::reached(address)));
        }
        if asked.ip().is_loopback()
            && !self.policy.denies_connect(asked, &names)
            && self.own.has_port(socket, asked.port())
        {
            return Ok(Route::Own(name::reached(address)));
        }
        self.refuse_connect(asked, &names);
        Err(libc::EACCES)
    }

    /// Tells that an address is not reached; by its name, where it was handed out for one.
    pub fn refuse_connect(&self, address: SocketAddr, names: &[String]) {
        let asked = name::canonical(address);
        let resource = names.first().map_or_else(|| asked.to_string(), |name| format!("{name}:{}", asked.port()));
        self.tell.denied(Permission::Net, &resource);
    }

    fn may_connect(&self, address: SocketAddr, names: &[String]) -> bool {
        self.policy.decide(&Request::Connect { address, names }).allowed()
            && (classify(address.ip()) == AddressClass::Special
                || self.policy.connect_here(address, names).allowed()
                || !self.is_here(address.ip()))
    }

    /// Whether a public address is this machine's own.
    fn is_here(&self, address: IpAddr) -> bool {
        let now = Instant::now();
        let known = super::lock(&self.here).get(&address).copied();
        if let Some((here, asked)) = known
            && now.duration_since(asked) < BELIEVED
        {
            return here;
        }
        let here = routes_to_itself(address);
        super::lock(&self.here).insert(address, (here, now));
        here
    }

    /// `socket` was pointed at the resolver in place of `asked`: it is answered, and told that the nameserver answers.
    pub fn note_redirected(&self, socket: &Socket, asked: SocketAddr) -> Result<(), i32> {
        let local = local_address(socket)?;
        self.resolver.clients.admit(local);
        if socket.style == Style::Datagram {
            super::lock(&self.redirected).insert(socket.cookie, asked);
        }
        Ok(())
    }
}

/// The kernel's source address for a way to one of this machine's own addresses is that address. Without a route there
/// is no way at all.
fn routes_to_itself(address: IpAddr) -> bool {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let source = UdpSocket::bind((any, 0)).and_then(|probe| {
        // Of a UDP socket this only looks up the way.
        probe.connect((address, NAMES_PORT))?;
        probe.local_addr()
    });
    source.is_ok_and(|source| source.ip() == address)
}

/// The Internet name that a socket is bound to.
pub fn local_address(socket: &Socket) -> Result<SocketAddr, i32> {
    let raw = socket::local_name(socket.as_fd()).map_err(|error| errno(&error))?;
    match name::Name::parse(raw.bytes())? {
        name::Name::Internet(address) => Ok(address),
        _ => Err(libc::EINVAL),
    }
}

/// Whether any pattern is about a name: if none is, names need not be looked for.
pub fn has_names(policy: &Policy) -> bool {
    policy.allow.net.iter().chain(&policy.deny.net).any(|grant| {
        matches!(&grant.pattern, NetPattern::Host { host: HostPattern::Name(_) | HostPattern::Suffix(_), .. })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_routes_to_itself() {
        assert!(routes_to_itself("127.0.0.1".parse().unwrap()));
        assert!(!routes_to_itself("198.51.100.7".parse().unwrap()));
    }
}
