//! sendto(2) with an address, sendmsg(2) and sendmmsg(2): done by the broker with what it copied.

use super::super::{Answer, Call, Caller};
use super::Network;
use super::connect::{deadline, encoded, read_name, waiting};
use super::control::Control;
use super::message::{self, AT_ONCE, DATA_LIMIT, HEADER, Message, NUMBERED_HEADER};
use super::name::Name;
use super::reach::{Route, local_address};
use super::socket::{Family, Socket, Style, errno};
use super::unix::Goal;
use super::waiter::{Errand, Step, When};
use crate::sys::process;
use crate::sys::socket::{self, RawName};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Flags that change how something is sent, but not where to.
const FLAGS: i32 = libc::MSG_DONTWAIT
    | libc::MSG_NOSIGNAL
    | libc::MSG_MORE
    | libc::MSG_EOR
    | libc::MSG_OOB
    | libc::MSG_CONFIRM
    | libc::MSG_DONTROUTE;

/// The broker waits for nobody, and has no use for SIGPIPE.
const NEVER_WAITING: i32 = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

/// Messages of one sendmmsg: UIO_MAXIOV.
const MESSAGES: u64 = 1024;

/// A message that may be sent.
struct Parcel {
    name: Option<RawName>,
    /// Keeps the descriptor that the name is made of.
    _goal: Option<Goal>,
    data: Vec<u8>,
    control: Control,
    flags: i32,
}

impl Parcel {
    /// What is left after `sent` bytes. Control data goes with the first byte.
    fn message(&self, sent: usize) -> socket::Message<'_> {
        socket::Message {
            name: self.name.as_ref().map(RawName::bytes).unwrap_or_default(),
            data: &self.data[sent..],
            control: if sent == 0 { &self.control.bytes } else { &[] },
            flags: self.flags | NEVER_WAITING,
        }
    }
}

/// What came of some messages of a sendmmsg.
enum Sent {
    All(u64),
    /// The next one was refused or has no room.
    Only(u64),
    Later,
}

/// Bytes of messages that wait at one time: they are the launcher's memory, which no limit of the target's counts.
const WAITING_BYTES: usize = 64 << 20;

/// How much of that is taken.
#[derive(Debug, Default)]
pub struct Held(Arc<AtomicUsize>);

impl Held {
    /// Takes room for `parcel`, until what is returned is dropped.
    fn take(&self, parcel: &Parcel) -> Result<Room, i32> {
        let length = parcel.data.len() + parcel.control.bytes.len();
        let room = Room { held: Arc::clone(&self.0), length };
        let before = self.0.fetch_add(length, Ordering::Relaxed);
        if before + length > WAITING_BYTES { Err(libc::ENOBUFS) } else { Ok(room) }
    }
}

struct Room {
    held: Arc<AtomicUsize>,
    length: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.held.fetch_sub(self.length, Ordering::Relaxed);
    }
}

impl Network {
    pub fn send_to(&self, caller: &Caller, call: &Call) -> Answer {
        let [number, data, length, flags, address, address_length] = call.arguments;
        let read = || {
            let name = if address == 0 { None } else { Some(read_name(caller, address, address_length)?) };
            let socket = self.take(caller, number)?;
            let length = usize::try_from(length).map_err(|_| libc::EMSGSIZE)?;
            let mut bytes = vec![0u8; length.min(DATA_LIMIT)];
            caller.read_memory(data, &mut bytes).map_err(|error| errno(&error))?;
            let message = Message { name, data: bytes, control: Vec::new(), cut: length > DATA_LIMIT };
            self.post(caller, socket, message, flags as i32)
        };
        read().unwrap_or_else(Answer::Error)
    }

    pub fn send_message(&self, caller: &Caller, call: &Call) -> Answer {
        let [number, header, flags, ..] = call.arguments;
        let sent = self
            .take(caller, number)
            .and_then(|socket| Ok((socket, message::read(caller, header)?)))
            .and_then(|(socket, message)| self.post(caller, socket, message, flags as i32));
        sent.unwrap_or_else(Answer::Error)
    }

    /// Says how many were sent; an error only of the first.
    pub fn send_messages(&self, caller: &Caller, call: &Call) -> Answer {
        let [number, headers, count, flags, ..] = call.arguments;
        let count = u64::from(count as u32).min(MESSAGES);
        let mut sent = 0;
        while sent < count {
            let headers = headers.wrapping_add(sent * NUMBERED_HEADER as u64);
            // Only the first message is waited for: the others are the caller's to send again.
            let flags = if sent == 0 { flags as i32 } else { flags as i32 | libc::MSG_DONTWAIT };
            match self.send_some(caller, number, headers, count - sent, flags) {
                Ok(Sent::All(some)) => sent += some,
                Ok(Sent::Only(some)) => return Answer::Value((sent + some) as i64),
                Ok(Sent::Later) => return Answer::Later,
                Err(error) if sent == 0 => return Answer::Error(error),
                Err(_) => break,
            }
        }
        Answer::Value(sent as i64)
    }

    /// Sends the first of `count` messages: several where they may go together, else one.
    fn send_some(&self, caller: &Caller, number: u64, headers: u64, count: u64, flags: i32) -> Result<Sent, i32> {
        let socket = self.take(caller, number)?;
        if count > 1 && !socket.is_unix() && socket.style == Style::Datagram {
            let count = count.min(AT_ONCE as u64) as usize;
            if let Some(messages) = message::read_together(caller, headers, count) {
                return self.send_together(caller, socket, headers, messages, flags);
            }
        }
        let parcel = self.pack(caller, &socket, message::read(caller, headers)?, flags)?;
        self.send_first(caller, socket, headers, parcel)
    }

    /// Sends datagrams up to the first that is refused.
    fn send_together(
        &self,
        caller: &Caller,
        socket: Socket,
        headers: u64,
        messages: Vec<Message>,
        flags: i32,
    ) -> Result<Sent, i32> {
        let wanted = messages.len();
        let mut parcels = Vec::with_capacity(wanted);
        for message in messages {
            match self.pack(caller, &socket, message, flags) {
                Ok(parcel) => parcels.push(parcel),
                Err(error) if parcels.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        waiting(caller)?;
        let messages: Vec<_> = parcels.iter().map(|parcel| parcel.message(0)).collect();
        let flags = parcels.first().map_or(0, |parcel| parcel.flags) | NEVER_WAITING;
        match socket::send_together(socket.as_fd(), &messages, flags) {
            Ok(lengths) => {
                let sent = lengths.len() as u64;
                let words: Vec<_> =
                    lengths.into_iter().enumerate().map(|(n, length)| (length_at(headers, n), length)).collect();
                caller.write_words(&words).map_err(|error| errno(&error))?;
                Ok(if words.len() == wanted { Sent::All(sent) } else { Sent::Only(sent) })
            }
            // The first may have to wait.
            Err(error) if errno(&error) == libc::EAGAIN => {
                self.send_first(caller, socket, headers, parcels.swap_remove(0))
            }
            Err(error) => Err(failed(caller, &socket, flags, errno(&error))),
        }
    }

    fn send_first(&self, caller: &Caller, socket: Socket, headers: u64, parcel: Parcel) -> Result<Sent, i32> {
        waiting(caller)?;
        let (length_at, flags) = (length_at(headers, 0), parcel.flags);
        match dispatch(&socket, &parcel, 0) {
            Err(libc::EAGAIN) if may_wait(&socket, flags) => {
                let asker = caller.clone();
                let then = move |length| {
                    asker.write_words(&[(length_at, length as u32)]).map_or(Err(libc::EFAULT), |()| Ok(1))
                };
                self.await_room(caller, socket, parcel, then).map(|_| Sent::Later)
            }
            Ok(length) => {
                caller.write_words(&[(length_at, length as u32)]).map_err(|error| errno(&error))?;
                Ok(Sent::All(1))
            }
            Err(error) => Err(failed(caller, &socket, flags, error)),
        }
    }

    /// Decides about a message, and sends it.
    fn post(&self, caller: &Caller, socket: Socket, message: Message, flags: i32) -> Result<Answer, i32> {
        let parcel = self.pack(caller, &socket, message, flags)?;
        waiting(caller)?;
        match dispatch(&socket, &parcel, 0) {
            Err(libc::EAGAIN) if may_wait(&socket, flags) => {
                self.await_room(caller, socket, parcel, |length| Ok(length as i64))
            }
            Ok(length) if length < parcel.data.len() && may_wait(&socket, flags) => {
                self.send_rest(caller, socket, parcel, length)
            }
            Ok(length) => Ok(Answer::Value(length as i64)),
            Err(error) => Err(failed(caller, &socket, flags, error)),
        }
    }

    fn pack(&self, caller: &Caller, socket: &Socket, message: Message, flags: i32) -> Result<Parcel, i32> {
        if message.cut && socket.style != Style::Stream {
            return Err(libc::EMSGSIZE);
        }
        let (name, goal) = match &message.name {
            None => (None, None),
            Some(name) if socket.is_unix() => self.unix_destination(caller, socket, name)?,
            Some(name) => (self.internet_destination(socket, name)?, None),
        };
        let control = Control::read(caller, socket, &message.control)?;
        Ok(Parcel { name, _goal: goal, data: message.data, control, flags: flags & FLAGS })
    }

    fn unix_destination(
        &self,
        caller: &Caller,
        socket: &Socket,
        name: &Name,
    ) -> Result<(Option<RawName>, Option<Goal>), i32> {
        match (socket.style, name) {
            (Style::Stream, _) => Err(libc::EISCONN),
            // The kernel ignores it.
            (Style::Sequence, _) => Ok((None, None)),
            (Style::Datagram, Name::Path(_) | Name::Abstract(_)) => {
                let goal = self.unix_goal(caller, name)?;
                Ok((Some(goal.raw()?), Some(goal)))
            }
            (Style::Datagram, _) => Err(libc::EINVAL),
        }
    }

    fn internet_destination(&self, socket: &Socket, name: &Name) -> Result<Option<RawName>, i32> {
        // Without MSG_FASTOPEN, which the filter refuses, TCP does not look at a name.
        if socket.style == Style::Stream {
            return Ok(None);
        }
        let Name::Internet(address) = name else { return Err(libc::EAFNOSUPPORT) };
        let route = self.route(socket, *address)?;
        let (Route::Direct(goal) | Route::Own(goal) | Route::Resolver(goal)) = route;
        if matches!(route, Route::Resolver(_)) {
            with_port(socket)?;
            self.note_redirected(socket, *address)?;
        }
        self.own.note_port(socket)?;
        encoded(&Name::Internet(goal)).map(Some)
    }

    /// Sends when the socket has room again; `then` turns the length into the call's value.
    fn await_room(
        &self,
        caller: &Caller,
        socket: Socket,
        parcel: Parcel,
        then: impl Fn(usize) -> Result<i64, i32> + Send + 'static,
    ) -> Result<Answer, i32> {
        let deadline = deadline(&socket, libc::EAGAIN)?;
        // A unix socket has room while the one that it sends to has none.
        let when = if socket.is_unix() && parcel.name.is_some() { When::SoonAgain } else { When::Writable };
        let (asker, flags, room) = (caller.clone(), parcel.flags, self.held.take(&parcel)?);
        let attempt = Box::new(move |socket: &Socket| {
            let _held = &room;
            match dispatch(socket, &parcel, 0) {
                Err(libc::EAGAIN) => Step::Again,
                Ok(length) => Step::Done(then(length)),
                Err(error) => Step::Done(Err(failed(&asker, socket, flags, error))),
            }
        });
        self.waiter.add(Errand { caller: caller.clone(), socket, when, deadline, attempt });
        Ok(Answer::Later)
    }

    /// A stream that may wait takes all of it.
    fn send_rest(&self, caller: &Caller, socket: Socket, parcel: Parcel, sent: usize) -> Result<Answer, i32> {
        let deadline = deadline(&socket, libc::EAGAIN)?.map(|(time, _)| (time, libc::EAGAIN));
        // A part was sent, and counts: the caller sends the rest again.
        let Ok(room) = self.held.take(&parcel) else { return Ok(Answer::Value(sent as i64)) };
        let mut sent = sent;
        let attempt = Box::new(move |socket: &Socket| {
            let _held = &room;
            match dispatch(socket, &parcel, sent) {
                Err(libc::EAGAIN) => Step::Again,
                // What was sent counts, as in the kernel.
                Err(_) => Step::Done(Ok(sent as i64)),
                Ok(length) => {
                    sent += length;
                    if sent == parcel.data.len() { Step::Done(Ok(sent as i64)) } else { Step::Again }
                }
            }
        });
        self.waiter.add(Errand { caller: caller.clone(), socket, when: When::Writable, deadline, attempt });
        Ok(Answer::Later)
    }
}

fn dispatch(socket: &Socket, parcel: &Parcel, sent: usize) -> Result<usize, i32> {
    socket::send(socket.as_fd(), &parcel.message(sent)).map_err(|error| errno(&error))
}

/// Where the length of the message `index` behind `headers` goes (`msg_len`).
fn length_at(headers: u64, index: usize) -> u64 {
    headers.wrapping_add((index * NUMBERED_HEADER + HEADER) as u64)
}

fn may_wait(socket: &Socket, flags: i32) -> bool {
    flags & libc::MSG_DONTWAIT == 0 && socket.waits()
}

/// A stream whose other end is gone raises SIGPIPE in whoever writes.
fn failed(caller: &Caller, socket: &Socket, flags: i32, error: i32) -> i32 {
    if error == libc::EPIPE && flags & libc::MSG_NOSIGNAL == 0 && socket.style == Style::Stream {
        // It may have died of something else in the meantime.
        let _ = process::handle(caller.thread()).and_then(|thread| process::signal(thread.as_fd(), libc::SIGPIPE));
    }
    error
}

/// A socket that has no port yet gets one, so that the resolver knows who asks.
fn with_port(socket: &Socket) -> Result<(), i32> {
    if local_address(socket)?.port() != 0 {
        return Ok(());
    }
    let any: SocketAddr = match socket.family {
        Family::V6 => (Ipv6Addr::UNSPECIFIED, 0).into(),
        Family::V4 | Family::Unix => (Ipv4Addr::UNSPECIFIED, 0).into(),
    };
    let raw = encoded(&Name::Internet(any))?;
    socket::bind(socket.as_fd(), raw.bytes()).map_err(|error| errno(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_wait_have_an_end() {
        let parcel =
            Parcel { name: None, _goal: None, data: vec![0; DATA_LIMIT], control: Control::default(), flags: 0 };
        let held = Held::default();
        let mut rooms: Vec<Room> = (0..WAITING_BYTES / DATA_LIMIT).map(|_| held.take(&parcel).ok().unwrap()).collect();
        assert_eq!(held.take(&parcel).err(), Some(libc::ENOBUFS));
        rooms.pop();
        assert!(held.take(&parcel).is_ok());
    }
}
