//! Where a thread of the broker stands: paths in socket names are relative to a thread's own folder, and the broker
//! names a unix socket by its descriptor, `self/fd/7`, which no rename changes.

use super::socket::errno;
use crate::sys::thread;
use std::cell::Cell;
use std::io;
use std::os::fd::BorrowedFd;

thread_local! {
    static THERE: Cell<bool> = const { Cell::new(false) };
}

/// Does `act` standing in the broker's own `/proc`. The thread stays there: its other paths are absolute.
pub fn at_proc<T>(proc: BorrowedFd<'_>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    if !THERE.get() {
        thread::leave_shared_folder()?;
        thread::enter(proc)?;
        THERE.set(true);
    }
    act()
}

/// As errno.
pub fn at_proc_errno<T>(proc: BorrowedFd<'_>, act: impl FnOnce() -> io::Result<T>) -> Result<T, i32> {
    at_proc(proc, act).map_err(|error| errno(&error))
}
