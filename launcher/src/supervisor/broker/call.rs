//! One notification: a call that a thread of the target made, and waits in.

use std::io;
use std::os::fd::OwnedFd;

/// A notified call (`struct seccomp_notif`, seccomp_unotify(2)).
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub id: u64,
    /// The calling thread, as seen from the broker's PID namespace.
    pub thread: i32,
    /// The call's number on this architecture.
    pub number: i64,
    pub arguments: [u64; 6],
}

/// What the calling thread gets.
#[must_use]
#[derive(Debug)]
pub enum Answer {
    Value(i64),
    /// An errno, positive.
    Error(i32),
    /// The kernel goes on with the call: only where Landlock or the filter bounds it anyway.
    Continue,
    /// A new descriptor of the target, its number is the call's value.
    Descriptor {
        descriptor: OwnedFd,
        close_on_exec: bool,
    },
    /// Another thread answers; the call stays open.
    Later,
}

impl From<io::Error> for Answer {
    fn from(error: io::Error) -> Answer {
        Answer::Error(error.raw_os_error().unwrap_or(libc::EACCES))
    }
}

impl From<io::Result<i64>> for Answer {
    fn from(result: io::Result<i64>) -> Answer {
        result.map_or_else(Answer::from, Answer::Value)
    }
}
