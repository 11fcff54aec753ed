//! A program's TCP connection to the resolver: messages with their lengths before them (RFC 1035 4.2.2).

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a connection may be idle (RFC 7766 6.2.3).
const IDLE: Duration = Duration::from_secs(10);
/// Replies that a program does not fetch.
const UNREAD: usize = 1 << 20;
const CHUNK: usize = 4096;

#[derive(Debug)]
pub struct Connection {
    pub number: u64,
    pub peer: SocketAddr,
    pub stream: TcpStream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    pub deadline: Instant,
}

/// Whether a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    Over,
}

impl Connection {
    pub fn new(number: u64, stream: TcpStream, peer: SocketAddr, now: Instant) -> io::Result<Connection> {
        stream.set_nonblocking(true)?;
        // A reply goes out at once, whether it fits one packet or not.
        stream.set_nodelay(true)?;
        let (incoming, outgoing) = (Vec::new(), Vec::new());
        Ok(Connection { number, peer, stream, incoming, outgoing, deadline: now + IDLE })
    }

    pub fn has_unsent(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Reads what came, and returns the questions that are whole.
    pub fn read(&mut self, now: Instant) -> (Vec<Vec<u8>>, State) {
        let mut chunk = [0u8; CHUNK];
        let state = match self.stream.read(&mut chunk) {
            Ok(0) => State::Over,
            Ok(length) => {
                self.incoming.extend_from_slice(&chunk[..length]);
                self.deadline = now + IDLE;
                State::Open
            }
            Err(error) => if_waiting(&error),
        };
        (self.take_messages(), state)
    }

    fn take_messages(&mut self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        while let Some((length, rest)) = self.incoming.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let Some(message) = rest.get(..length) else { break };
            messages.push(message.to_vec());
            self.incoming.drain(..length + 2);
        }
        messages
    }

    /// Sends a reply, as far as the program takes it now.
    pub fn reply(&mut self, message: &[u8]) -> State {
        let Ok(length) = u16::try_from(message.len()) else { return State::Over };
        if self.outgoing.len() + message.len() > UNREAD {
            return State::Over;
        }
        self.outgoing.extend_from_slice(&length.to_be_bytes());
        self.outgoing.extend_from_slice(message);
        self.flush()
    }

    pub fn flush(&mut self) -> State {
        while !self.outgoing.is_empty() {
            match self.stream.write(&self.outgoing) {
                Ok(0) => return State::Over,
                Ok(length) => drop(self.outgoing.drain(..length)),
                Err(error) => return if_waiting(&error),
            }
        }
        State::Open
    }
}

fn if_waiting(error: &io::Error) -> State {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => State::Open,
        _ => State::Over,
    }
}
