//! One question to the machine's nameservers: one after the other, each with its own port and id, over TCP when the
//! reply did not fit.

use super::query::{Extension, Query};
use crate::sys::random;
use simple_dns::{Packet, PacketFlag, RCODE};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How long one nameserver has.
const PATIENCE: Duration = Duration::from_millis(2500);
/// How often each nameserver is asked.
const ROUNDS: usize = 2;

/// A question that is under way.
#[derive(Debug)]
pub struct Errand {
    servers: Vec<SocketAddr>,
    attempt: usize,
    extension: Extension,
    id: u16,
    socket: Option<UdpSocket>,
    pub deadline: Instant,
    /// A reply that says that the server could not help: what is passed on when no other can.
    last: Option<Vec<u8>>,
}

/// How far it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    Waiting,
    /// A nameserver's reply, whole and to this question.
    Reply(Vec<u8>),
    /// The reply did not fit: this question, with its length before it, goes to this server over TCP.
    TooLarge {
        server: SocketAddr,
        id: u16,
    },
    /// No nameserver answered.
    Failed,
}

impl Errand {
    pub fn start(query: &Query, servers: &[SocketAddr], now: Instant) -> Errand {
        let mut errand = Errand {
            servers: servers.to_vec(),
            attempt: 0,
            extension: Extension::Named,
            id: 0,
            socket: None,
            deadline: now,
            last: None,
        };
        errand.ask(query, now);
        errand
    }

    /// The socket that the reply comes in by.
    pub fn socket(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(AsFd::as_fd)
    }

    /// Something came, or the time is over.
    pub fn advance(&mut self, query: &Query, now: Instant) -> Progress {
        let mut bytes = [0u8; 4096];
        while let Some(socket) = &self.socket {
            match socket.recv(&mut bytes) {
                Ok(length) => {
                    if let Some(progress) = self.read(query, &bytes[..length], now) {
                        return progress;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // No server there.
                Err(_) => self.next(query, now),
            }
        }
        if self.socket.is_some() && now < self.deadline {
            return Progress::Waiting;
        }
        if self.socket.is_some() {
            self.next(query, now);
        }
        match (&self.socket, self.last.take()) {
            (Some(_), last) => {
                self.last = last;
                Progress::Waiting
            }
            (None, Some(reply)) => Progress::Reply(reply),
            (None, None) => Progress::Failed,
        }
    }

    /// `None` for what is no reply to the question: somebody may be guessing.
    fn read(&mut self, query: &Query, bytes: &[u8], now: Instant) -> Option<Progress> {
        let packet = Packet::parse(bytes).ok()?;
        if !query.is_answered_by(&packet, self.id) {
            return None;
        }
        if packet.has_flags(PacketFlag::TRUNCATION) {
            return Some(Progress::TooLarge { server: self.server()?, id: self.id });
        }
        match packet.rcode() {
            RCODE::FormatError if self.extension == Extension::Named => {
                self.extension = Extension::Absent;
                self.ask(query, now);
                None
            }
            RCODE::ServerFailure | RCODE::Refused | RCODE::NotImplemented | RCODE::FormatError => {
                self.last = Some(bytes.to_vec());
                self.next(query, now);
                None
            }
            _ => Some(Progress::Reply(bytes.to_vec())),
        }
    }

    fn server(&self) -> Option<SocketAddr> {
        self.servers.get(self.attempt % self.servers.len().max(1)).copied()
    }

    fn next(&mut self, query: &Query, now: Instant) {
        self.attempt += 1;
        self.ask(query, now);
    }

    /// Asks the server whose turn it is; those that can't even be asked are passed over.
    fn ask(&mut self, query: &Query, now: Instant) {
        self.socket = None;
        while self.attempt < self.servers.len() * ROUNDS {
            if let Some(socket) = self.server().and_then(|server| self.send(query, server).ok()) {
                self.socket = Some(socket);
                self.deadline = now + PATIENCE;
                return;
            }
            self.attempt += 1;
        }
    }

    fn send(&mut self, query: &Query, server: SocketAddr) -> io::Result<UdpSocket> {
        let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0))?;
        socket.set_nonblocking(true)?;
        socket.connect(server)?;
        self.id = random::number()?;
        let bytes = query.forwarded(self.id, self.extension).ok_or(io::ErrorKind::InvalidData)?;
        socket.send(&bytes)?;
        Ok(socket)
    }
}

/// Asks one server over TCP (RFC 7766), and waits for the reply.
pub fn ask_over_stream(query: &Query, server: SocketAddr, id: u16) -> io::Result<Vec<u8>> {
    let question = query.forwarded(id, Extension::Named).ok_or(io::ErrorKind::InvalidData)?;
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let length = u16::try_from(question.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat())?;
    let mut length = [0u8; 2];
    stream.read_exact(&mut length)?;
    let mut reply = vec![0u8; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut reply)?;
    let packet = Packet::parse(&reply).map_err(|_| io::ErrorKind::InvalidData)?;
    if query.is_answered_by(&packet, id) { Ok(reply) } else { Err(io::ErrorKind::InvalidData.into()) }
}
