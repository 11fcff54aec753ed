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

use super::{Tell, lock};
use crate::policy::Policy;
use granted::Granted;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// What the resolver works with.
#[derive(Debug)]
pub struct Setting {
    pub policy: Arc<Policy>,
    pub system: System,
    pub tell: Tell,
}

/// The resolver, as the rest of the broker sees it. Most programs ask for no name: its thread starts for the first one
/// that does, and runs as long as the process.
#[derive(Debug)]
pub struct Resolver {
    pub pins: Arc<Pins>,
    pub clients: Arc<Clients>,
    unneeded: Mutex<Option<server::Knowledge>>,
    answers_at: OnceLock<Addresses>,
}

/// Where it answers.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    pub v4: SocketAddr,
    /// `None` where this machine has no IPv6.
    pub v6: Option<SocketAddr>,
}

impl Resolver {
    pub fn new(setting: Setting) -> Resolver {
        let (pins, clients) = (Arc::new(Pins::default()), Arc::new(Clients::default()));
        let granted = Granted::new(setting.policy.clone(), setting.system.nameservers.search.clone());
        pin_hosts(&setting, &granted, &pins);
        let knowledge = server::Knowledge {
            policy: setting.policy,
            nameservers: setting.system.nameservers.addresses,
            granted,
            pins: pins.clone(),
            clients: clients.clone(),
            tell: setting.tell,
        };
        Resolver { pins, clients, unneeded: Mutex::new(Some(knowledge)), answers_at: OnceLock::new() }
    }

    /// Where a socket goes that wants to reach a nameserver at `asked`. Starts the resolver when it is first needed.
    pub fn instead_of(&self, asked: SocketAddr) -> io::Result<SocketAddr> {
        let Addresses { v4, v6 } = self.start()?;
        let SocketAddr::V4(plain) = v4 else { return Ok(v4) };
        Ok(match (asked.ip(), v6) {
            (IpAddr::V4(_), _) => v4,
            (IpAddr::V6(ip), Some(v6)) if ip.to_ipv4_mapped().is_none() => v6,
            (IpAddr::V6(_), _) => SocketAddr::new(IpAddr::V6(plain.ip().to_ipv6_mapped()), plain.port()),
        })
    }

    /// `None` while nobody has asked for it.
    pub fn addresses(&self) -> Option<Addresses> {
        self.answers_at.get().copied()
    }

    fn start(&self) -> io::Result<Addresses> {
        let mut unneeded = lock(&self.unneeded);
        if let Some(addresses) = self.answers_at.get() {
            return Ok(*addresses);
        }
        let v4 = listen(IpAddr::V4(Ipv4Addr::LOCALHOST))?;
        let v6 = listen(IpAddr::V6(Ipv6Addr::LOCALHOST)).ok();
        let addresses =
            Addresses { v4: v4.0.local_addr()?, v6: v6.as_ref().and_then(|(socket, _)| socket.local_addr().ok()) };
        let (datagrams, streams) = [Some(v4), v6].into_iter().flatten().unzip();
        let sockets = server::Sockets::new(datagrams, streams)?;
        let (hand, taken) = sync_channel(1);
        thread::Builder::new().name("resolver".into()).spawn(move || {
            if let Ok(knowledge) = taken.recv() {
                server::Server::new(knowledge, sockets).run();
            }
        })?;
        if let Some(knowledge) = unneeded.take() {
            // The thread waits for just this.
            let _ = hand.send(knowledge);
        }
        Ok(*self.answers_at.get_or_init(|| addresses))
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
