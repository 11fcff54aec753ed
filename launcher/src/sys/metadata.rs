//! Changing what is written about a file. Files are named by magic links (`self/fd/3`) below a `/proc`: unlike most
//! calls that take a descriptor, these work on descriptors that open nothing (O_PATH).

use super::check;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Access and modification time (utimensat(2)); `None`: now.
pub type Times = Option<[libc::timespec; 2]>;

pub fn set_mode(proc: BorrowedFd<'_>, file: &CStr, mode: u32) -> io::Result<()> {
    // SAFETY: the kernel reads a C string.
    check(unsafe { libc::fchmodat(proc.as_raw_fd(), file.as_ptr(), mode, 0) })?;
    Ok(())
}

pub fn set_owner(descriptor: BorrowedFd<'_>, user: u32, group: u32) -> io::Result<()> {
    // SAFETY: the kernel reads an empty C string.
    check(unsafe { libc::fchownat(descriptor.as_raw_fd(), c"".as_ptr(), user, group, libc::AT_EMPTY_PATH) })?;
    Ok(())
}

pub fn set_times(proc: BorrowedFd<'_>, file: &CStr, times: Times) -> io::Result<()> {
    let times = times.as_ref().map_or(std::ptr::null(), |times| times.as_ptr());
    // SAFETY: the kernel reads a C string, and two times or none.
    check(unsafe { libc::utimensat(proc.as_raw_fd(), file.as_ptr(), times, 0) })?;
    Ok(())
}

/// `file` is relative to the calling thread's working folder, which `process::work_in` made a `/proc`.
pub fn set_attribute(file: &CStr, name: &CStr, value: &[u8], flags: i32) -> io::Result<()> {
    // SAFETY: the kernel reads two C strings and `value`.
    check(unsafe { libc::setxattr(file.as_ptr(), name.as_ptr(), value.as_ptr().cast(), value.len(), flags) })?;
    Ok(())
}

/// As `set_attribute`.
pub fn remove_attribute(file: &CStr, name: &CStr) -> io::Result<()> {
    // SAFETY: the kernel reads two C strings.
    check(unsafe { libc::removexattr(file.as_ptr(), name.as_ptr()) })?;
    Ok(())
}

/// Adds `file`, as for `set_attribute`, to an inotify descriptor. The value is the watch's number.
pub fn watch(inotify: BorrowedFd<'_>, file: &CStr, mask: u32) -> io::Result<i32> {
    // SAFETY: the kernel reads a C string.
    check(unsafe { libc::inotify_add_watch(inotify.as_raw_fd(), file.as_ptr(), mask) })
}

/// A new inotify descriptor; `flags` as in inotify_init1(2).
pub fn watcher(flags: i32) -> io::Result<std::os::fd::OwnedFd> {
    use std::os::fd::FromRawFd;
    // SAFETY: inotify_init1 touches no memory.
    let number = check(unsafe { libc::inotify_init1(flags) })?;
    // SAFETY: inotify_init1 just gave us the number, so nothing else owns it.
    Ok(unsafe { std::os::fd::OwnedFd::from_raw_fd(number) })
}
