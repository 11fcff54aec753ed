//! Which sockets the resolver answers: those that the broker pointed at it.

use super::super::recent::Recent;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

/// Look-ups that are under way at one time, and some that are over.
const REMEMBERED: usize = 8192;

/// Local addresses of the jail's sockets that speak with the resolver.
#[derive(Debug)]
pub struct Clients {
    addresses: Mutex<Recent<SocketAddr, ()>>,
}

impl Default for Clients {
    fn default() -> Clients {
        Clients { addresses: Mutex::new(Recent::new(REMEMBERED)) }
    }
}

impl Clients {
    /// A socket with this local name asks from now on. One that is bound to every address asks from loopback.
    pub fn admit(&self, local: SocketAddr) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.insert(super::super::name::canonical(local), ());
        if local.ip().is_unspecified() {
            // A socket of both families has one port.
            addresses.insert(SocketAddr::new(IpAddr::from([127, 0, 0, 1]), local.port()), ());
        }
    }

    pub fn knows(&self, peer: SocketAddr) -> bool {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.contains(&super::super::name::canonical(peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admitted_sockets_are_known() {
        let clients = Clients::default();
        clients.admit("127.0.0.1:4000".parse().unwrap());
        clients.admit("[::]:5000".parse().unwrap());
        for known in ["127.0.0.1:4000", "[::ffff:127.0.0.1]:4000", "[::1]:5000", "127.0.0.1:5000"] {
            assert!(clients.knows(known.parse().unwrap()), "{known}");
        }
        assert!(!clients.knows("127.0.0.1:4001".parse().unwrap()));
    }
}
