//! Installing a filter (seccomp(2)).

use super::check;
use std::io;
use std::os::fd::{OwnedFd, RawFd};

/// Binds the calling thread to `program` too, for good: what it refuses is refused, whoever else would allow it.
/// Allocates nothing.
pub fn narrow(program: &[libc::sock_filter]) -> io::Result<()> {
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    let (mode, flags) = (libc::SECCOMP_SET_MODE_FILTER, 0);
    // SAFETY: the kernel reads one `sock_fprog` and the instructions that it points to.
    check(unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const filter) })?;
    Ok(())
}

/// Asks for a listener without saying for which filter. No kernel gives one (EFAULT), and no filter of the process's own
/// can answer with a number that is not 0 or an error: a descriptor comes from a supervisor around this process.
pub fn ask_around() -> Option<OwnedFd> {
    let (mode, flags) = (libc::SECCOMP_SET_MODE_FILTER, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER);
    let nothing = std::ptr::null::<libc::sock_fprog>();
    // SAFETY: the kernel finds no program at null, and reads none.
    let answer = check(unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, nothing) }).ok()?;
    let number = RawFd::try_from(answer).ok().filter(|number| *number > 2)?;
    super::descriptor::own(number).ok()
}

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
