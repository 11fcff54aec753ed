//! The thread that made a notified call: its memory, its descriptors, and whether it still waits.

use super::Call;
use crate::sys::memory::{self, Piece};
use crate::sys::{notification, process};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// One waiting thread. A copy may go to another thread of the broker, which then answers.
#[derive(Clone, Debug)]
pub struct Caller {
    listener: Arc<OwnedFd>,
    id: u64,
    thread: i32,
}

impl Caller {
    pub fn new(listener: Arc<OwnedFd>, call: &Call) -> Caller {
        Caller { listener, id: call.id, thread: call.thread }
    }

    /// Its thread id, as seen from the broker.
    pub fn thread(&self) -> i32 {
        self.thread
    }

    /// Whether the call still waits. After reading and before acting this must be asked: the thread may have died, and
    /// its number may be another one's by now.
    pub fn still_waits(&self) -> bool {
        notification::still_waits(self.listener.as_fd(), self.id)
    }

    /// Fills `into` from `address`, whole or with an error.
    pub fn read_memory(&self, address: u64, into: &mut [u8]) -> io::Result<()> {
        self.read_pieces(&mut [Piece { address, into }])
    }

    /// Fills up to 16 pieces in one call, whole or with an error.
    pub fn read_pieces(&self, pieces: &mut [Piece<'_>]) -> io::Result<()> {
        let wanted: usize = pieces.iter().map(|piece| piece.into.len()).sum();
        let copied = memory::read(self.thread, pieces)?;
        if copied == wanted { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EFAULT)) }
    }

    pub fn write_memory(&self, address: u64, bytes: &[u8]) -> io::Result<()> {
        memory::write(self.thread, address, bytes)
    }

    /// A duplicate of the thread's descriptor `number`.
    pub fn descriptor(&self, number: i32) -> io::Result<OwnedFd> {
        let handle = process::handle(self.thread)?;
        process::take_descriptor(handle.as_fd(), number)
    }

    /// Answers the call from another thread than the broker's loop, after `Answer::Later`.
    pub fn answer(&self, result: Result<i64, i32>) {
        let (value, errno) = match result {
            Ok(value) => (value, 0),
            Err(errno) => (0, errno),
        };
        // A call that no longer waits needs no answer.
        let _ = notification::answer(self.listener.as_fd(), self.id, value, errno, 0);
    }
}
