//! Handles on other threads and processes (pidfd_open(2), pidfd_getfd(2)).

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// `PIDFD_THREAD` (Linux 6.9): the handle is for one thread.
const PIDFD_THREAD: u32 = libc::O_EXCL as u32;

/// A handle on a thread, or on its process where the kernel has no handles on threads and `thread` leads one.
pub fn handle(thread: i32) -> io::Result<OwnedFd> {
    open(thread, PIDFD_THREAD).or_else(|_| open(thread, 0))
}

fn open(thread: i32, flags: u32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open touches no memory.
    let number = check(unsafe { libc::syscall(libc::SYS_pidfd_open, thread, flags) })?;
    // SAFETY: pidfd_open just gave us the number, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number as i32) })
}

/// A duplicate of descriptor `number` of the thread behind `handle`; close-on-exec.
pub fn take_descriptor(handle: BorrowedFd<'_>, number: i32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_getfd touches no memory, and `handle` is open for the length of the call.
    let copy = check(unsafe { libc::syscall(libc::SYS_pidfd_getfd, handle.as_raw_fd(), number, 0) })?;
    // SAFETY: pidfd_getfd just gave us `copy`, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy as i32) })
}

/// How many processors this process may run on (sched_getaffinity(2)).
pub fn processors() -> io::Result<usize> {
    // SAFETY: all-zero is a valid, empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one set at most; fewer bytes where it knows fewer processors.
    check(unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) })?;
    // SAFETY: CPU_COUNT reads the set.
    let count = unsafe { libc::CPU_COUNT(&set) };
    Ok(usize::try_from(count).unwrap_or(1))
}

/// Makes `folder` the calling thread's own working folder; the whole process's where threads can't have one of their own.
pub fn work_in(folder: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: unshare of CLONE_FS touches no memory. Where it is refused (containers), all threads move.
    let _ = check(unsafe { libc::unshare(libc::CLONE_FS) });
    // SAFETY: fchdir touches no memory.
    check(unsafe { libc::fchdir(folder.as_raw_fd()) })?;
    Ok(())
}

/// Sends `signal` to the process behind a pidfd, or behind its folder in `/proc` (pidfd_send_signal(2)).
pub fn signal(process: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let information = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: the kernel reads no information when there is none.
    check(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), signal, information, 0) })?;
    Ok(())
}
