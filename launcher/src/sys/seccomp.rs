//! Installing a filter (seccomp(2)).

use super::check;
use std::io;
use std::os::fd::RawFd;

/// Only a fatal signal interrupts a call that waits for its answer (Linux 5.19).
pub const WAIT_KILLABLE_RECEIVE: u64 = 1 << 5;

/// Binds the calling thread to `program`, for good. Returns the listener's number: close-on-exec, and owned by whoever
/// the caller tells. Allocates nothing.
pub fn install(program: &[libc::sock_filter]) -> io::Result<RawFd> {
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE_RECEIVE;
    let mode = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: the kernel reads one `sock_fprog` and the instructions that it points to.
    let listener = check(unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const filter) })?;
    Ok(listener as RawFd)
}
