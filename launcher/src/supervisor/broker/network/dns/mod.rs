//! The jail's resolver: on loopback, for the jail's sockets only. Names that are granted are forwarded to the machine's
//! nameservers, others are refused at once.

mod answer;
mod clients;
mod granted;
mod nameserver;
mod pins;
mod query;
mod refusals;
mod rehearsal;
mod server;
mod stream;
mod system;

pub use clients::Clients;
pub use pins::Pins;
pub use rehearsal::rehearse;
pub use system::{Nameservers, System};

use super::Tell;
use crate::policy::Policy;
use granted::Granted;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What the resolver works with.
#[derive(Debug)]
pub struct Setting {
    pub policy: Arc<Policy>,
    pub system: System,
    pub tell: Tell,
}

/// The resolver, as the rest of the broker sees it. Its thread runs as long as the process.
#[derive(Debug)]
pub struct Resolver {
    pub pins: Arc<Pins>,
    pub clients: Arc<Clients>,
    v4: SocketAddr,
    /// `None` where this machine has no IPv6.
    v6: Option<SocketAddr>,
}

impl Resolver {
    pub fn start(setting: Setting) -> io::Result<Resolver> {
        let (pins, clients) = (Arc::new(Pins::default()), Arc::new(Clients::default()));
        let granted = Granted::new(setting.policy.clone(), setting.system.nameservers.search.clone());
        pin_hosts(&setting, &granted, &pins);
        let v4 = listen(IpAddr::V4(Ipv4Addr::LOCALHOST))?;
        let v6 = listen(IpAddr::V6(Ipv6Addr::LOCALHOST)).ok();
        let resolver = Resolver {
            pins: pins.clone(),
            clients: clients.clone(),
            v4: v4.0.local_addr()?,
            v6: v6.as_ref().and_then(|(socket, _)| socket.local_addr().ok()),
        };
        let knowledge = server::Knowledge {
            policy: setting.policy,
            nameservers: setting.system.nameservers.addresses,
            granted,
            pins,
            clients,
            tell: setting.tell,
        };
        let (datagrams, streams) = [Some(v4), v6].into_iter().flatten().unzip();
        let server = server::Server::new(knowledge, datagrams, streams)?;
        thread::Builder::new().name("resolver".into()).spawn(move || server.run())?;
        Ok(resolver)
    }

    /// Where a socket goes that wants to reach a nameserver at `asked`.
    pub fn instead_of(&self, asked: SocketAddr) -> SocketAddr {
        let SocketAddr::V4(v4) = self.v4 else { return self.v4 };
        match (asked.ip(), self.v6) {
            (IpAddr::V4(_), _) => self.v4,
            (IpAddr::V6(ip), Some(v6)) if ip.to_ipv4_mapped().is_none() => v6,
            (IpAddr::V6(_), _) => SocketAddr::new(IpAddr::V6(v4.ip().to_ipv6_mapped()), v4.port()),
        }
    }

    /// Where it answers.
    pub fn addresses(&self) -> (SocketAddr, Option<SocketAddr>) {
        (self.v4, self.v6)
    }
}

/// A UDP and a TCP socket with the same free port.
fn listen(address: IpAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = 16;
    loop {
        let datagrams = UdpSocket::bind((address, 0))?;
        match TcpListener::bind(datagrams.local_addr()?) {
            Ok(streams) => return Ok((datagrams, streams)),
            Err(error) if tries == 0 => return Err(error),
            Err(_) => tries -= 1,
        }
    }
}

fn pin_hosts(setting: &Setting, granted: &Granted, pins: &Pins) {
    for (name, address) in &setting.system.hosts {
        let names = granted.counts_as(name);
        if setting.policy.hand_out(*address, &names).allowed() {
            for name in &names {
                pins.pin(name, *address, Duration::from_secs(u64::MAX), Instant::now());
            }
        }
    }
}
