//! The resolver's one thread: takes questions, refuses or forwards them, and hands out what is granted of the replies.

use super::super::Tell;
use super::answer::Lookup;
use super::clients::Clients;
use super::granted::Granted;
use super::nameserver::{self, Errand, Progress};
use super::pins::Pins;
use super::query::{Query, Unusable, reverse_address};
use super::refusals::Refusals;
use super::stream::{Connection, State};
use crate::policy::{Permission, Policy};
use crate::sys::socket::{self, Interest};
use simple_dns::{Packet, RCODE};
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// Questions that wait for a nameserver at one time.
const WAITING: usize = 512;
/// Of those, over TCP: each takes a thread.
const OVER_STREAMS: usize = 32;
/// Programs' TCP connections at one time.
const CONNECTIONS: usize = 128;
/// Datagrams that are read before something else gets its turn.
const BURST: usize = 64;

/// What the server decides by.
#[derive(Debug)]
pub struct Knowledge {
    pub policy: Arc<Policy>,
    pub nameservers: Vec<SocketAddr>,
    pub granted: Granted,
    pub pins: Arc<Pins>,
    pub clients: Arc<Clients>,
    pub tell: Tell,
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    Datagram { socket: usize, peer: SocketAddr },
    Stream(u64),
}

/// A question that is with a nameserver.
#[derive(Debug)]
struct Waiting {
    number: u64,
    asker: Asker,
    query: Query,
    names: Vec<String>,
    errand: Errand,
    over_stream: bool,
}

/// What came over TCP for the question with this number; nothing where that failed.
type StreamReply = (u64, Option<Vec<u8>>);

pub struct Server {
    knowledge: Knowledge,
    datagrams: Vec<UdpSocket>,
    listeners: Vec<TcpListener>,
    connections: Vec<Connection>,
    waiting: Vec<Waiting>,
    refusals: Refusals,
    /// Replies that came over TCP, and what wakes the server for them.
    stream_replies: (Sender<StreamReply>, Receiver<StreamReply>),
    wake: (UnixStream, Arc<Mutex<UnixStream>>),
    next_number: u64,
}

/// What the server works with: made where a failure can be told.
pub struct Sockets {
    datagrams: Vec<UdpSocket>,
    listeners: Vec<TcpListener>,
    wake: (UnixStream, Arc<Mutex<UnixStream>>),
}

impl Sockets {
    pub fn new(datagrams: Vec<UdpSocket>, listeners: Vec<TcpListener>) -> io::Result<Sockets> {
        for socket in &datagrams {
            socket.set_nonblocking(true)?;
        }
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        Ok(Sockets { datagrams, listeners, wake: (ours, Arc::new(Mutex::new(theirs))) })
    }
}

impl Server {
    pub fn new(knowledge: Knowledge, sockets: Sockets) -> Server {
        Server {
            knowledge,
            datagrams: sockets.datagrams,
            listeners: sockets.listeners,
            connections: Vec::new(),
            waiting: Vec::new(),
            refusals: Refusals::default(),
            stream_replies: channel(),
            wake: sockets.wake,
            next_number: 0,
        }
    }

    pub fn run(mut self) {
        loop {
            let mut interests = self.interests();
            let timeout = self.next_deadline().map(|time| time.saturating_duration_since(Instant::now()));
            if socket::wait(&mut interests, timeout).is_err() {
                // Out of memory, for a moment.
                thread::yield_now();
            }
            self.take_questions();
            self.take_connections();
            self.serve_connections();
            self.take_stream_replies();
            self.advance_errands();
            for name in self.refusals.due(Instant::now()) {
                self.knowledge.tell.denied(Permission::Net, &name);
            }
        }
    }

    fn interests(&self) -> Vec<Interest> {
        let read = |descriptor: BorrowedFd<'_>| socket::interest(descriptor, libc::POLLIN);
        let mut interests: Vec<Interest> = self.datagrams.iter().map(|socket| read(socket.as_fd())).collect();
        interests.extend(self.listeners.iter().map(|listener| read(listener.as_fd())));
        interests.push(read(self.wake.0.as_fd()));
        interests.extend(self.connections.iter().map(|connection| {
            let events = if connection.has_unsent() { libc::POLLIN | libc::POLLOUT } else { libc::POLLIN };
            socket::interest(connection.stream.as_fd(), events)
        }));
        interests.extend(self.waiting.iter().filter_map(|waiting| waiting.errand.socket()).map(read));
        interests
    }

    fn next_deadline(&self) -> Option<Instant> {
        let errands = self.waiting.iter().filter(|waiting| !waiting.over_stream).map(|waiting| waiting.errand.deadline);
        let connections = self.connections.iter().map(|connection| connection.deadline);
        errands.chain(connections).chain(self.refusals.next()).min()
    }

    fn take_questions(&mut self) {
        let mut bytes = [0u8; 4096];
        for socket in 0..self.datagrams.len() {
            for _ in 0..BURST {
                let Ok((length, peer)) = self.datagrams[socket].recv_from(&mut bytes) else { break };
                if self.knowledge.clients.knows(peer) {
                    self.asked(&bytes[..length], Asker::Datagram { socket, peer });
                }
            }
        }
    }

    fn take_connections(&mut self) {
        for listener in &self.listeners {
            while let Ok((stream, peer)) = listener.accept() {
                self.next_number += 1;
                if self.connections.len() < CONNECTIONS
                    && let Ok(connection) = Connection::new(self.next_number, stream, peer, Instant::now())
                {
                    self.connections.push(connection);
                }
            }
        }
    }

    fn serve_connections(&mut self) {
        let now = Instant::now();
        let mut connections = std::mem::take(&mut self.connections);
        let mut questions = Vec::new();
        connections.retain_mut(|connection| {
            let (messages, state) = connection.read(now);
            // Whether it is one of the jail's is known by now: they ask only after their connect has returned.
            if !messages.is_empty() && !self.knowledge.clients.knows(connection.peer) {
                return false;
            }
            questions.extend(messages.into_iter().map(|message| (connection.number, message)));
            state == State::Open && connection.flush() == State::Open && connection.deadline > now
        });
        self.connections = connections;
        for (number, message) in questions {
            self.asked(&message, Asker::Stream(number));
        }
    }

    fn asked(&mut self, bytes: &[u8], asker: Asker) {
        let query = match Query::parse(bytes) {
            Ok(query) => query,
            Err(Unusable::Ignored) => return,
            Err(Unusable::Reply(reply)) => return self.send(asker, &reply),
        };
        // A program that did not wait for the reply asks the same again.
        let is_same = |own: &Waiting| own.asker == asker && own.query.id == query.id && own.query.name == query.name;
        if self.waiting.iter().any(|own| is_same(own) && own.query.kind == query.kind) {
            return;
        }
        self.refusals.came(&query.name);
        if query.name == "localhost" || query.name.ends_with(".localhost") {
            return self.send(asker, &query.loopback(limit(&query, asker)));
        }
        let names = self.knowledge.granted.counts_as(&query.name);
        let pins = &self.knowledge.pins;
        let is_pinned = |address: IpAddr| pins.holds(address, Instant::now());
        if names.is_empty() && !self.knowledge.granted.allows_reverse(&query.name, is_pinned) {
            return self.refuse(asker, &query);
        }
        self.knowledge.tell.used(|record| {
            // As the program wrote it, most often: not with the search domain that the C library adds.
            let meant = self.knowledge.granted.without_search_domain(&query.name).next();
            record.name(meant.unwrap_or(&query.name));
        });
        self.forward(asker, query, names);
    }

    /// The C library takes "refused" for a nameserver that can't help: it gives up at once, with EAI_AGAIN.
    fn refuse(&mut self, asker: Asker, query: &Query) {
        let meant = self.knowledge.granted.without_search_domain(&query.name).next().map(str::to_owned);
        if let Some(meant) = meant {
            self.refusals.add(&query.name, &meant, Instant::now());
            return self.send(asker, &query.refuse(RCODE::NameError));
        }
        let address = reverse_address(&query.name).map(|address| address.to_string());
        self.knowledge.tell.denied(Permission::Net, address.as_ref().unwrap_or(&query.name));
        self.send(asker, &query.refuse(RCODE::Refused));
    }

    fn forward(&mut self, asker: Asker, query: Query, names: Vec<String>) {
        if self.waiting.len() >= WAITING {
            return self.send(asker, &query.refuse(RCODE::ServerFailure));
        }
        self.next_number += 1;
        let errand = Errand::start(&query, &self.knowledge.nameservers, Instant::now());
        self.waiting.push(Waiting { number: self.next_number, asker, query, names, errand, over_stream: false });
    }

    fn advance_errands(&mut self) {
        let now = Instant::now();
        let mut index = 0;
        while index < self.waiting.len() {
            let over_streams = self.waiting.iter().filter(|waiting| waiting.over_stream).count();
            let waiting = &mut self.waiting[index];
            if waiting.over_stream {
                index += 1;
                continue;
            }
            match waiting.errand.advance(&waiting.query, now) {
                Progress::Waiting => index += 1,
                Progress::TooLarge { server, id } if over_streams < OVER_STREAMS => {
                    self.ask_over_stream(index, server, id);
                    index += 1;
                }
                Progress::Reply(reply) => self.finish(index, Some(&reply)),
                Progress::TooLarge { .. } | Progress::Failed => self.finish(index, None),
            }
        }
    }

    fn ask_over_stream(&mut self, index: usize, server: SocketAddr, id: u16) {
        let waiting = &mut self.waiting[index];
        waiting.over_stream = true;
        let (number, query) = (waiting.number, waiting.query.clone());
        let (replies, wake) = (self.stream_replies.0.clone(), self.wake.1.clone());
        let ask = move || {
            // The server's thread runs as long as the process; should it be gone, nobody waits.
            let _ = replies.send((number, nameserver::ask_over_stream(&query, server, id).ok()));
            if let Ok(mut wake) = wake.lock() {
                let _ = wake.write(&[0]);
            }
        };
        if thread::Builder::new().name("resolver-tcp".into()).spawn(ask).is_err() {
            self.finish(index, None);
        }
    }

    fn take_stream_replies(&mut self) {
        let mut bytes = [0u8; 64];
        while self.wake.0.read(&mut bytes).is_ok_and(|length| length > 0) {}
        while let Ok((number, reply)) = self.stream_replies.1.try_recv() {
            if let Some(index) = self.waiting.iter().position(|waiting| waiting.number == number) {
                self.finish(index, reply.as_deref());
            }
        }
    }

    /// The look-up is over; `None`: without a reply.
    fn finish(&mut self, index: usize, reply: Option<&[u8]>) {
        let waiting = self.waiting.swap_remove(index);
        let packet = reply.and_then(|bytes| Packet::parse(bytes).ok());
        let Some(packet) = packet else {
            return self.send(waiting.asker, &waiting.query.refuse(RCODE::ServerFailure));
        };
        let lookup = Lookup {
            name: &waiting.query.name,
            names: &waiting.names,
            policy: &self.knowledge.policy,
            pins: &self.knowledge.pins,
            granted: &self.knowledge.granted,
            now: Instant::now(),
        };
        let code = packet.rcode();
        let kept = lookup.filter(packet);
        if kept.answers.is_empty() && !kept.refused.is_empty() {
            self.knowledge.tell.denied(Permission::Net, &format!("private:{}", waiting.query.name));
        }
        let limit = limit(&waiting.query, waiting.asker);
        let reply = waiting.query.reply(code, kept.answers, kept.authority, limit);
        self.send(waiting.asker, &reply);
    }

    fn send(&mut self, asker: Asker, reply: &[u8]) {
        match asker {
            // A datagram that can't be sent is one that got lost.
            Asker::Datagram { socket, peer } => drop(self.datagrams[socket].send_to(reply, peer)),
            Asker::Stream(number) => {
                let Some(index) = self.connections.iter().position(|connection| connection.number == number) else {
                    return;
                };
                if self.connections[index].reply(reply) == State::Over {
                    self.connections.swap_remove(index);
                }
            }
        }
    }
}

fn limit(query: &Query, asker: Asker) -> usize {
    match asker {
        Asker::Datagram { .. } => query.udp_limit(),
        Asker::Stream(_) => usize::from(u16::MAX),
    }
}
