//! Sockets that the broker makes for the target, where it can't fetch the target's own (some containers refuse
//! pidfd_getfd).
//!
//! A duplicate of each is kept until the target needs the broker no more for it, found again by the socket's inode. A
//! duplicate keeps a socket open, so it goes as soon as a stream is connected, and the others when no process of the
//! jail has them any more.
//!
//! Sockets that come in pairs or by accept(2) are the target's alone from the start, and sendmsg(2) on them, by which
//! `node:cluster` passes descriptors, is the kernel's to go on with. That is bounded as long as no socket of the jail
//! sends datagrams: a stream goes to its other end, whatever name a message carries. So a jail has either datagrams or
//! this, and what it needs first decides, for good: a call that goes on may take its descriptor much later.

use super::jail;
use super::setting::Jail;
use super::{Answer, Broker, Call, Caller};
use crate::policy::{NetPattern, Policy};
use crate::sys::socket;
use libc::{EAFNOSUPPORT, EPERM, SOCK_CLOEXEC, c_int};
use std::collections::{HashMap, HashSet};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How often is looked for sockets that the target has closed.
const SWEEP: Duration = Duration::from_millis(500);
/// A new socket, or one that is on its way between two processes, belongs to nobody for a moment.
const GRACE: Duration = Duration::from_secs(2);
/// As many as a process may have by default.
const KEPT: usize = 1024;

/// The kept duplicates.
#[derive(Debug)]
pub struct Made {
    jail: Jail,
    kept: Mutex<Sockets>,
}

#[derive(Debug)]
struct Sockets {
    /// By their inodes.
    all: HashMap<u64, Kept>,
    passing: Passing,
}

/// Whether the kernel goes on with messages on the target's own sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passing {
    /// Not yet: a datagram socket may be made.
    Open,
    /// Yes, and no datagram socket is made any more.
    Begun,
    /// Never: the jail may have a datagram socket that is not kept.
    Never,
}

#[derive(Debug)]
struct Kept {
    socket: OwnedFd,
    /// Whether the target has got it.
    given: bool,
    seen: Instant,
}

impl Drop for Kept {
    /// A datagram socket that is not kept any more may still be on its way between two processes: it sends nothing when
    /// it arrives (shutdown(2); what it is not connected to does not matter).
    fn drop(&mut self) {
        if !is_stream(&self.socket) {
            let _ = socket::shut_down(self.socket.as_fd());
        }
    }
}

impl Made {
    /// Starts with none, and a thread that drops those that the target has closed.
    pub fn start(jail: Jail, policy: &Policy) -> io::Result<Arc<Made>> {
        let passing = if may_get_datagrams(policy) { Passing::Never } else { Passing::Open };
        let made = Arc::new(Made { jail, kept: Mutex::new(Sockets { all: HashMap::new(), passing }) });
        let swept = Arc::downgrade(&made);
        thread::Builder::new().name("sockets".into()).stack_size(128 * 1024).spawn(move || sweep(&swept))?;
        Ok(made)
    }

    /// A duplicate of the kept socket with this inode.
    pub fn get(&self, inode: u64) -> io::Result<OwnedFd> {
        match self.kept().all.get(&inode) {
            Some(kept) => kept.socket.try_clone(),
            None => Err(io::Error::from_raw_os_error(EPERM)),
        }
    }

    pub fn forget(&self, inode: u64) {
        self.kept().all.remove(&inode);
    }

    /// Its inode.
    fn keep(&self, socket: OwnedFd) -> io::Result<u64> {
        let inode = socket::inode(socket.as_fd())?;
        if self.kept().all.len() >= KEPT {
            self.drop_closed(Duration::ZERO);
        }
        let mut kept = self.kept();
        if kept.all.len() >= KEPT {
            return Err(io::Error::from_raw_os_error(libc::ENFILE));
        }
        if kept.passing == Passing::Begun && !is_stream(&socket) {
            return Err(io::Error::from_raw_os_error(EAFNOSUPPORT));
        }
        kept.all.insert(inode, Kept { socket, given: false, seen: Instant::now() });
        Ok(inode)
    }

    fn given(&self, inode: u64) {
        if let Some(kept) = self.kept().all.get_mut(&inode) {
            (kept.given, kept.seen) = (true, Instant::now());
        }
    }

    /// Whether the kernel goes on with messages from now on: not while there is a datagram socket.
    fn pass(&self) -> bool {
        if self.kept().passing == Passing::Open {
            self.drop_closed(Duration::ZERO);
        }
        let mut kept = self.kept();
        if kept.passing == Passing::Open && kept.all.values().all(|kept| is_stream(&kept.socket)) {
            kept.passing = Passing::Begun;
        }
        kept.passing == Passing::Begun
    }

    /// The target makes datagram sockets that are not kept, unless it must have none any more.
    fn never_pass(&self) -> bool {
        let mut kept = self.kept();
        if kept.passing == Passing::Open {
            kept.passing = Passing::Never;
        }
        kept.passing == Passing::Never
    }

    /// Drops sockets that no process of the jail had for as long as `grace`.
    pub fn drop_closed(&self, grace: Duration) {
        if self.kept().all.is_empty() {
            return;
        }
        let open: HashSet<u64> = jail::all(self.jail).iter().flat_map(|(_, member)| member.sockets()).collect();
        let now = Instant::now();
        self.kept().all.retain(|inode, kept| {
            if open.contains(inode) {
                kept.seen = now;
            }
            now.duration_since(kept.seen) <= if kept.given { grace } else { GRACE }
        });
    }

    fn kept(&self) -> MutexGuard<'_, Sockets> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sweep(made: &Weak<Made>) {
    loop {
        thread::sleep(SWEEP);
        match made.upgrade() {
            Some(made) => made.drop_closed(GRACE),
            None => return,
        }
    }
}

/// `socket(family, kind, protocol)`, within what the filter lets through.
pub fn socket(_: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [family, kind, protocol, ..] = call.arguments.map(|argument| argument as c_int);
    let made = socket::socket(family, kind, protocol).and_then(|socket| {
        let made = caller.made()?;
        let inode = made.keep(socket.try_clone()?)?;
        let number = caller.give(socket.as_fd(), kind & SOCK_CLOEXEC != 0)?;
        made.given(inode);
        Ok(number)
    });
    made.map_or_else(Answer::from, |_| Answer::Later)
}

/// connect(2), after which a stream is the target's alone.
pub fn connect(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let answer = broker.network.connect(caller, call);
    let begun = matches!(answer, Answer::Value(_) | Answer::Later | Answer::Error(libc::EINPROGRESS));
    if begun && let Ok(made) = caller.made() {
        let number = call.arguments[0] as c_int;
        if let Ok(inode) = caller.inode(number)
            && made.get(inode).is_ok_and(|socket| is_stream(&socket))
        {
            made.forget(inode);
        }
    }
    answer
}

/// bind(2), after which a port that an earlier socket had is free as soon as that is closed.
pub fn bind(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    match broker.network.bind(caller, call) {
        Answer::Error(libc::EADDRINUSE) if let Ok(made) = caller.made() => {
            made.drop_closed(Duration::ZERO);
            broker.network.bind(caller, call)
        }
        answer => answer,
    }
}

/// sendmsg(2), with which the kernel goes on where the socket is the target's own.
pub fn send_message(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    match (broker.network.send_message(caller, call), caller.made()) {
        (Answer::Error(EPERM), Ok(made)) if made.pass() => Answer::Continue,
        (answer, _) => answer,
    }
}

/// socketpair(2) of datagrams: one of a pair sends to other names too.
pub fn pair(_: &Broker, caller: &Caller, _: &Call) -> Answer {
    match caller.made() {
        Ok(made) if made.never_pass() => Answer::Continue,
        _ => Answer::Error(EAFNOSUPPORT),
    }
}

/// Whether a datagram socket may come from outside: as standard input or output, or from a service over its unix socket.
fn may_get_datagrams(policy: &Policy) -> bool {
    let (input, output, error) = (io::stdin(), io::stdout(), io::stderr());
    let given = [input.as_fd(), output.as_fd(), error.as_fd()];
    let is_datagram = |one: &BorrowedFd<'_>| socket::kind(*one).is_ok_and(|kind| !is_stream_kind(kind));
    given.iter().any(is_datagram) || policy.allow.net.iter().any(|grant| matches!(grant.pattern, NetPattern::Unix(_)))
}

fn is_stream_kind(kind: socket::Kind) -> bool {
    matches!(kind.variety, libc::SOCK_STREAM | libc::SOCK_SEQPACKET)
}

fn is_stream(socket: &OwnedFd) -> bool {
    socket::kind(socket.as_fd()).is_ok_and(is_stream_kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_datagram_socket_that_is_not_kept_any_more_sends_nothing() {
        let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let send = || socket.send_to(b"x", ("127.0.0.1", port)).map_err(|error| error.raw_os_error());
        assert_eq!(send(), Ok(1));
        let own = OwnedFd::from(socket.try_clone().unwrap());
        drop(Kept { socket: own, given: true, seen: Instant::now() });
        assert_eq!(send(), Err(Some(libc::EPIPE)));
        // Nor when it is connected anew.
        socket.connect(("127.0.0.1", port)).unwrap();
        assert_eq!(socket.send(b"x").map_err(|error| error.raw_os_error()), Err(Some(libc::EPIPE)));
    }

    #[test]
    fn a_stream_that_is_not_kept_any_more_goes_on() {
        use std::io::{Read, Write};
        let (mut one, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(Kept { socket: OwnedFd::from(one.try_clone().unwrap()), given: true, seen: Instant::now() });
        one.write_all(b"x").unwrap();
        assert_eq!(other.read(&mut [0]).unwrap(), 1);
    }
}
