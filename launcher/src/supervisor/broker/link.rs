//! The broker's end of the jail: where calls come from, and where answers go.

use super::handles::Handles;
use super::made::Made;
use super::pool::Pool;
use super::{Answer, Call};
use crate::sys::notification;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// Shared by all threads of the broker.
#[derive(Debug)]
pub struct Link {
    listener: OwnedFd,
    /// A `/proc` that shows the broker's own PID namespace: the threads of notifications are numbered as there.
    proc: OwnedFd,
    pub pool: Pool,
    /// Where the target's descriptors can't be fetched.
    pub made: Option<Arc<Made>>,
    pub handles: Handles,
}

/// What came of waiting for a call.
pub enum Received {
    Call(Call),
    /// The thread died before it could be asked for.
    Nothing,
    /// No process of the jail is left.
    Over,
}

impl Link {
    pub fn new(listener: OwnedFd, proc: OwnedFd, made: Option<Arc<Made>>) -> Link {
        // An older kernel answers the same, only slower.
        let _ = notification::take_turns(listener.as_fd());
        Link { listener, proc, pool: Pool::new(), made, handles: Handles::default() }
    }

    pub fn proc(&self) -> BorrowedFd<'_> {
        self.proc.as_fd()
    }

    pub fn receive(&self) -> io::Result<Received> {
        match notification::receive(self.listener.as_fd()) {
            Ok(one) => Ok(Received::Call(Call {
                id: one.id,
                thread: one.pid.cast_signed(),
                number: one.data.nr.into(),
                arguments: one.data.args,
            })),
            Err(error) => match error.raw_os_error() {
                Some(libc::EINTR) => Ok(Received::Nothing),
                Some(libc::ENOENT) if notification::is_over(self.listener.as_fd()) => Ok(Received::Over),
                Some(libc::ENOENT) => Ok(Received::Nothing),
                _ => Err(error),
            },
        }
    }

    pub fn still_waits(&self, id: u64) -> bool {
        notification::still_waits(self.listener.as_fd(), id)
    }

    /// Answers with a new descriptor, and tells its number in the target.
    pub fn give(&self, id: u64, descriptor: BorrowedFd<'_>, close_on_exec: bool) -> io::Result<i32> {
        notification::give(self.listener.as_fd(), id, descriptor, close_on_exec)
    }

    pub fn answer(&self, id: u64, answer: Answer) {
        let listener = self.listener.as_fd();
        let sent = match answer {
            Answer::Value(value) => notification::answer(listener, id, value, 0, 0),
            Answer::Error(errno) => notification::answer(listener, id, 0, errno, 0),
            Answer::Continue => notification::proceed(listener, id),
            Answer::Descriptor { descriptor, close_on_exec } => {
                notification::give(listener, id, descriptor.as_fd(), close_on_exec)
                    .map(drop)
                    .or_else(|error| refuse_descriptor(listener, id, &error))
            }
            Answer::Later => Ok(()),
        };
        // The thread may have died while it waited: then nobody needs the answer.
        let _ = sent;
    }
}

/// The target has no room for another descriptor.
fn refuse_descriptor(listener: BorrowedFd<'_>, id: u64, error: &io::Error) -> io::Result<()> {
    notification::answer(listener, id, 0, error.raw_os_error().unwrap_or(libc::EMFILE), 0)
}
