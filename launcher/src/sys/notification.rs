//! The listener's requests (seccomp_unotify(2)).

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `SECCOMP_IOCTL_NOTIF_RECV`, `_IOWR('!', 0, struct seccomp_notif)`.
const RECV: libc::Ioctl = 0xc050_2100_u32 as libc::Ioctl;
/// `SECCOMP_IOCTL_NOTIF_SEND`, `_IOWR('!', 1, struct seccomp_notif_resp)`.
const SEND: libc::Ioctl = 0xc018_2101_u32 as libc::Ioctl;
/// `SECCOMP_IOCTL_NOTIF_ID_VALID`, `_IOW('!', 2, __u64)`.
const ID_VALID: libc::Ioctl = 0x4008_2102_u32 as libc::Ioctl;
/// `SECCOMP_IOCTL_NOTIF_ADDFD`, `_IOW('!', 3, struct seccomp_notif_addfd)`.
const ADDFD: libc::Ioctl = 0x4018_2103_u32 as libc::Ioctl;
/// `SECCOMP_IOCTL_NOTIF_SET_FLAGS`, `_IOW('!', 4, __u64)`, Linux 6.6.
const SET_FLAGS: libc::Ioctl = 0x4008_2104_u32 as libc::Ioctl;
const SYNC_WAKE_UP: u64 = 1;

/// A later kernel may write more than it says in the request's number (SECCOMP_GET_NOTIF_SIZES), never as much as this.
#[repr(C)]
union Received {
    notification: libc::seccomp_notif,
    space: [u64; 128],
}

/// `struct seccomp_notif_addfd`.
#[repr(C)]
struct AddDescriptor {
    id: u64,
    flags: u32,
    source: u32,
    number: u32,
    number_flags: u32,
}

/// Waits for the next notified call. `ENOENT`: its thread died meanwhile, or nobody is left to notify.
pub fn receive(listener: BorrowedFd<'_>) -> io::Result<libc::seccomp_notif> {
    let mut received = Received { space: [0; 128] };
    // SAFETY: the kernel writes one notification, for which `received` has ample room; it wants it zeroed, as it is.
    check(unsafe { libc::ioctl(listener.as_raw_fd(), RECV, &raw mut received) })?;
    // SAFETY: every bit pattern is a notification, and the kernel has written one.
    Ok(unsafe { received.notification })
}

/// Has the kernel wake both sides on one processor, as they take turns. `EINVAL` or `ENOTTY`: an older kernel.
pub fn take_turns(listener: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the flags go by value.
    check(unsafe { libc::ioctl(listener.as_raw_fd(), SET_FLAGS, SYNC_WAKE_UP) })?;
    Ok(())
}

/// Whether nobody is left to notify.
pub fn is_over(listener: BorrowedFd<'_>) -> bool {
    let mut wanted = libc::pollfd { fd: listener.as_raw_fd(), events: 0, revents: 0 };
    // SAFETY: the kernel reads and writes one pollfd, which `wanted` is.
    let ready = check(unsafe { libc::poll(&raw mut wanted, 1, 0) });
    ready.is_err() || wanted.revents & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0
}

/// Whether the call with this id still waits for its answer.
pub fn still_waits(listener: BorrowedFd<'_>, id: u64) -> bool {
    // SAFETY: the kernel reads the eight bytes of `id`.
    check(unsafe { libc::ioctl(listener.as_raw_fd(), ID_VALID, &raw const id) }).is_ok()
}

/// Answers with a value or with an errno.
pub fn answer(listener: BorrowedFd<'_>, id: u64, value: i64, errno: i32, flags: u32) -> io::Result<()> {
    let response = libc::seccomp_notif_resp { id, val: value, error: -errno, flags };
    // SAFETY: the kernel reads one `seccomp_notif_resp`, which `response` is.
    check(unsafe { libc::ioctl(listener.as_raw_fd(), SEND, &raw const response) })?;
    Ok(())
}

/// Lets the kernel go on with the call.
pub fn proceed(listener: BorrowedFd<'_>, id: u64) -> io::Result<()> {
    const CONTINUE: u32 = 1;
    answer(listener, id, 0, 0, CONTINUE)
}

/// Answers with a new descriptor of the calling thread, a duplicate of `source`. Returns its number there.
pub fn give(listener: BorrowedFd<'_>, id: u64, source: BorrowedFd<'_>, close_on_exec: bool) -> io::Result<i32> {
    const AND_SEND: u32 = 2;
    let request = AddDescriptor {
        id,
        flags: AND_SEND,
        source: source.as_raw_fd().cast_unsigned(),
        number: 0,
        number_flags: if close_on_exec { libc::O_CLOEXEC.cast_unsigned() } else { 0 },
    };
    // SAFETY: the kernel reads one `seccomp_notif_addfd`, which `request` is; `source` is open for the call's length.
    check(unsafe { libc::ioctl(listener.as_raw_fd(), ADDFD, &raw const request) })
}
