//! The thread that made a notified call: its memory, its descriptors, and whether it still waits.

use super::link::Link;
use super::made::Made;
use super::{Answer, Call};
use crate::sys::memory::{self, Piece};
use crate::sys::{path, process};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// One waiting thread. A copy may go to another thread of the broker, which then answers.
#[derive(Clone, Debug)]
pub struct Caller {
    link: Arc<Link>,
    id: u64,
    thread: i32,
}

impl Caller {
    pub fn new(link: Arc<Link>, call: &Call) -> Caller {
        Caller { link, id: call.id, thread: call.thread }
    }

    /// Its thread id, as seen from the broker.
    pub fn thread(&self) -> i32 {
        self.thread
    }

    /// A `/proc` in which threads are numbered as the broker sees them, and `self` is the broker.
    pub fn proc(&self) -> BorrowedFd<'_> {
        self.link.proc()
    }

    /// Whether the call still waits. After reading and before acting this must be asked: the thread may have died, and
    /// its number may be another one's by now.
    pub fn still_waits(&self) -> bool {
        self.link.still_waits(self.id)
    }

    /// Fills `into` from `address`, whole or with an error.
    pub fn read_memory(&self, address: u64, into: &mut [u8]) -> io::Result<()> {
        self.read_pieces(&mut [Piece { address, into }])
    }

    /// Fills the start of `into`, as far as there is memory from `address` on. Returns how much that is.
    pub fn read_some(&self, address: u64, into: &mut [u8]) -> io::Result<usize> {
        memory::read(self.thread, &mut [Piece { address, into }])
    }

    /// Fills up to 16 pieces in one call, whole or with an error.
    pub fn read_pieces(&self, pieces: &mut [Piece<'_>]) -> io::Result<()> {
        let wanted: usize = pieces.iter().map(|piece| piece.into.len()).sum();
        let copied = memory::read(self.thread, pieces)?;
        if copied == wanted { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EFAULT)) }
    }

    /// Writes four bytes to each of up to 16 addresses, all or with an error.
    pub fn write_words(&self, words: &[(u64, u32)]) -> io::Result<()> {
        memory::write_words(self.thread, words)
    }

    pub fn write_memory(&self, address: u64, bytes: &[u8]) -> io::Result<()> {
        memory::write(self.thread, address, bytes)
    }

    /// A duplicate of the thread's descriptor `number`.
    pub fn descriptor(&self, number: i32) -> io::Result<OwnedFd> {
        if let Some(made) = &self.link.made {
            return made.get(self.inode(number)?);
        }
        self.link.handles.with(self.thread, |handle| process::take_descriptor(handle, number))
    }

    /// The sockets that the broker made for the jail. EPERM where it makes none.
    pub fn made(&self) -> io::Result<&Made> {
        self.link.made.as_deref().ok_or_else(|| io::Error::from_raw_os_error(libc::EPERM))
    }

    /// The inode behind the thread's descriptor `number`.
    pub fn inode(&self, number: i32) -> io::Result<u64> {
        let descriptor = self.reopen(&format!("{}/fd/{number}", self.thread), 0)?;
        Ok(path::status(descriptor.as_fd())?.st_ino)
    }

    /// Answers the call with a new descriptor of the thread's, a duplicate of `descriptor`, and tells its number there.
    pub fn give(&self, descriptor: BorrowedFd<'_>, close_on_exec: bool) -> io::Result<i32> {
        self.link.give(self.id, descriptor, close_on_exec)
    }

    /// The process that the thread belongs to, as seen from the broker.
    pub fn process(&self) -> io::Result<i32> {
        let name = CString::new(format!("{}/status", self.thread))?;
        let status = path::open(self.proc(), &name, libc::O_RDONLY)?;
        super::jail::number(&super::jail::read_status(status)?, "Tgid:")
    }

    /// Has one of the pool's threads run `work` and send its answer: for calls that may wait.
    pub fn later(&self, work: impl FnOnce(&Caller) -> Answer + Send + 'static) -> Answer {
        let caller = self.clone();
        let job = move || {
            if caller.still_waits() {
                let answer = work(&caller);
                caller.link.answer(caller.id, answer);
            }
        };
        match self.link.pool.run(job) {
            Ok(()) => Answer::Later,
            Err(_) => Answer::Error(libc::EAGAIN),
        }
    }

    /// Answers the call from another thread than the broker's loop, after `Answer::Later`.
    pub fn answer(&self, result: Result<i64, i32>) {
        let answer = match result {
            Ok(value) => Answer::Value(value),
            Err(errno) => Answer::Error(errno),
        };
        self.link.answer(self.id, answer);
    }
}
