//! recvfrom(2) with room for an address: resolvers check that a reply comes from the nameserver that they asked, which
//! for the jail's own resolver is another address.

use super::super::{Answer, Call, Caller};
use super::connect::{encoded, waiting};
use super::name::Name;
use super::socket::{Socket, errno};
use super::waiter::{Errand, Step, When};
use super::{Network, lock};
use crate::sys::socket::{self, RawName};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Instant;

/// The largest datagram.
const LARGEST: usize = 65_536;

/// Where the caller wants what came.
#[derive(Clone, Copy)]
struct Room {
    data: u64,
    length: usize,
    flags: i32,
    name: u64,
    name_length: u64,
}

impl Network {
    /// Only for sockets that were pointed at the resolver; what others receive is no matter of the broker's.
    pub fn receive_from(&self, caller: &Caller, call: &Call) -> Answer {
        if lock(&self.redirected).is_empty() {
            return Answer::Continue;
        }
        let [number, data, length, flags, name, name_length] = call.arguments;
        let Ok(socket) = self.take(caller, number) else { return Answer::Continue };
        let asked = lock(&self.redirected).get(&socket.cookie).copied();
        let Some(asked) = asked else { return Answer::Continue };
        let length = usize::try_from(length).unwrap_or(LARGEST).min(LARGEST);
        let room = Room { data, length, flags: flags as i32, name, name_length };
        self.receive(caller, socket, room, asked).unwrap_or_else(Answer::Error)
    }

    fn receive(&self, caller: &Caller, socket: Socket, room: Room, asked: SocketAddr) -> Result<Answer, i32> {
        let resolver = self.resolver.addresses();
        let is_resolver = move |from: SocketAddr| {
            let from = SocketAddr::new(from.ip().to_canonical(), from.port());
            resolver.is_some_and(|resolver| from == resolver.v4 || Some(from) == resolver.v6)
        };
        match take(caller, &socket, room, asked, is_resolver) {
            Err(libc::EAGAIN) if room.flags & libc::MSG_DONTWAIT == 0 && socket.waits() => {
                let timeout = socket::receive_timeout(socket.as_fd()).map_err(|error| errno(&error))?;
                let deadline = timeout.map(|time| (Instant::now() + time, libc::EAGAIN));
                let asker = caller.clone();
                let attempt = Box::new(move |socket: &Socket| match take(&asker, socket, room, asked, is_resolver) {
                    Err(libc::EAGAIN) => Step::Again,
                    result => Step::Done(result),
                });
                self.waiter.add(Errand { caller: caller.clone(), socket, when: When::Readable, deadline, attempt });
                Ok(Answer::Later)
            }
            result => result.map(Answer::Value),
        }
    }
}

/// Receives a datagram and writes it where the caller wants it.
fn take(
    caller: &Caller,
    socket: &Socket,
    room: Room,
    asked: SocketAddr,
    is_resolver: impl Fn(SocketAddr) -> bool,
) -> Result<i64, i32> {
    const KEPT: i32 = libc::MSG_PEEK | libc::MSG_TRUNC;
    waiting(caller)?;
    let mut data = vec![0u8; room.length];
    let flags = room.flags & KEPT | libc::MSG_DONTWAIT;
    let (length, from) = socket::receive(socket.as_fd(), &mut data, flags).map_err(|error| errno(&error))?;
    let from = match Name::parse(from.bytes()) {
        Ok(Name::Internet(address)) if is_resolver(address) => encoded(&Name::Internet(asked))?,
        _ => from,
    };
    let fault = |error: std::io::Error| errno(&error);
    caller.write_memory(room.data, &data[..length.min(room.length)]).map_err(fault)?;
    write_name(caller, room, &from)?;
    Ok(length as i64)
}

/// As the kernel: as much of the name as there is room for, and its whole length.
fn write_name(caller: &Caller, room: Room, name: &RawName) -> Result<(), i32> {
    let fault = |error: std::io::Error| errno(&error);
    let mut space = [0u8; 4];
    caller.read_memory(room.name_length, &mut space).map_err(fault)?;
    let space = usize::try_from(i32::from_ne_bytes(space)).map_err(|_| libc::EINVAL)?;
    let bytes = name.bytes();
    caller.write_memory(room.name, &bytes[..bytes.len().min(space)]).map_err(fault)?;
    caller.write_memory(room.name_length, &(bytes.len() as u32).to_ne_bytes()).map_err(fault)
}
