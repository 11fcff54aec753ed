//! What belongs to one thread of this process only.

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Gives the calling thread a current folder and a umask of its own (CLONE_FS of unshare(2)).
pub fn leave_shared_folder() -> io::Result<()> {
    // SAFETY: unshare with CLONE_FS only copies the thread's current folder, root and umask.
    check(unsafe { libc::unshare(libc::CLONE_FS) })?;
    Ok(())
}

/// Makes a folder the current one.
pub fn enter(folder: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fchdir touches no memory.
    check(unsafe { libc::fchdir(folder.as_raw_fd()) })?;
    Ok(())
}

pub fn set_umask(mask: u32) {
    // SAFETY: umask touches no memory, and cannot fail.
    unsafe { libc::umask(mask) };
}
