//! The listener's requests (seccomp_unotify(2)).

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `SECCOMP_IOCTL_NOTIF_ID_VALID`, `_IOW('!', 2, __u64)`.
const ID_VALID: libc::c_ulong = 0x4008_2102;

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

/// `SECCOMP_IOCTL_NOTIF_SEND`, `_IOWR('!', 1, struct seccomp_notif_resp)`.
const SEND: libc::c_ulong = 0xc018_2101;
