//! Sockets that the broker makes for the target, where it can't fetch the target's own (some containers refuse
//! pidfd_getfd).
//!
//! A duplicate of each is kept until the target needs the broker no more for it, found again by the socket's inode. A
//! duplicate keeps a socket open, so it goes as soon as a stream is connected, and the others when no process of the
//! jail has them any more. Sockets that come in pairs or by accept(2) are the target's alone from the start, so here it
//! can't pass descriptors on over them: that wants sendmsg(2), which the broker performs.

use super::jail;
use super::setting::Jail;
use super::{Answer, Broker, Call, Caller};
use crate::sys::socket;
use libc::{EPERM, SOCK_CLOEXEC, SOCK_DGRAM, c_int};
use std::collections::{HashMap, HashSet};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
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
    kept: Mutex<HashMap<u64, Kept>>,
}

#[derive(Debug)]
struct Kept {
    socket: OwnedFd,
    seen: Instant,
}

impl Made {
    /// Starts with none, and a thread that drops those that the target has closed.
    pub fn start(jail: Jail) -> io::Result<Arc<Made>> {
        let made = Arc::new(Made { jail, kept: Mutex::default() });
        let swept = Arc::downgrade(&made);
        thread::Builder::new().name("sockets".into()).stack_size(128 * 1024).spawn(move || sweep(&swept))?;
        Ok(made)
    }

    /// A duplicate of the kept socket with this inode.
    pub fn get(&self, inode: u64) -> io::Result<OwnedFd> {
        match self.kept().get(&inode) {
            Some(kept) => kept.socket.try_clone(),
            None => Err(io::Error::from_raw_os_error(EPERM)),
        }
    }

    pub fn forget(&self, inode: u64) {
        self.kept().remove(&inode);
    }

    fn keep(&self, socket: OwnedFd) -> io::Result<()> {
        let inode = socket::inode(socket.as_fd())?;
        if self.kept().len() >= KEPT {
            self.drop_closed(Duration::ZERO);
        }
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            return Err(io::Error::from_raw_os_error(libc::ENFILE));
        }
        kept.insert(inode, Kept { socket, seen: Instant::now() });
        Ok(())
    }

    /// Drops sockets that no process of the jail had for as long as `grace`.
    pub fn drop_closed(&self, grace: Duration) {
        if self.kept().is_empty() {
            return;
        }
        let open: HashSet<u64> = jail::all(self.jail).iter().flat_map(|(_, member)| member.sockets()).collect();
        let now = Instant::now();
        self.kept().retain(|inode, kept| {
            if open.contains(inode) {
                kept.seen = now;
            }
            now.duration_since(kept.seen) <= grace
        });
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<u64, Kept>> {
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
        caller.made()?.keep(socket.try_clone()?)?;
        caller.give(socket.as_fd(), kind & SOCK_CLOEXEC != 0)
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

fn is_stream(socket: &OwnedFd) -> bool {
    socket::kind(socket.as_fd()).is_ok_and(|kind| kind.variety != SOCK_DGRAM)
}
