//! Files found by path, and named by descriptors that open nothing (O_PATH).

use super::check;
use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

const ROOM: usize = 4096;

/// The file at `path`, without following `/proc`'s magic links: those mean other files to another process.
pub fn find(folder: Option<BorrowedFd<'_>>, path: &CStr, flags: i32) -> io::Result<OwnedFd> {
    // SAFETY: all zeroes is a valid `open_how`.
    let mut how: libc::open_how = unsafe { MaybeUninit::zeroed().assume_init() };
    how.flags = (flags | libc::O_PATH | libc::O_CLOEXEC).cast_unsigned().into();
    how.resolve = libc::RESOLVE_NO_MAGICLINKS;
    let folder = folder.map_or(libc::AT_FDCWD, |folder| folder.as_raw_fd());
    let size = size_of::<libc::open_how>();
    // SAFETY: the kernel reads a C string and one `open_how`.
    let number = check(unsafe { libc::syscall(libc::SYS_openat2, folder, path.as_ptr(), &raw const how, size) })?;
    // SAFETY: openat2 just gave us the number, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number as i32) })
}

/// What the magic link `name` below `proc` leads to.
pub fn follow_magic(proc: BorrowedFd<'_>, name: &CStr, flags: i32) -> io::Result<OwnedFd> {
    open(proc, name, flags | libc::O_PATH)
}

/// Opens what a descriptor names, by its magic link.
pub fn open(proc: BorrowedFd<'_>, name: &CStr, flags: i32) -> io::Result<OwnedFd> {
    // SAFETY: the kernel reads a C string; `proc` is open for the length of the call.
    let number = check(unsafe { libc::openat(proc.as_raw_fd(), name.as_ptr(), flags | libc::O_CLOEXEC) })?;
    // SAFETY: openat just gave us the number, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Where a link points to. `ENAMETOOLONG` where that does not fit into a path.
pub fn read_link(folder: BorrowedFd<'_>, name: &CStr) -> io::Result<Vec<u8>> {
    let mut text = vec![0u8; ROOM];
    // SAFETY: the kernel reads a C string and writes at most `ROOM` bytes into `text`.
    let length =
        check(unsafe { libc::readlinkat(folder.as_raw_fd(), name.as_ptr(), text.as_mut_ptr().cast(), text.len()) })?;
    text.truncate(length.cast_unsigned());
    if text.len() == ROOM { Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG)) } else { Ok(text) }
}

pub fn status(descriptor: BorrowedFd<'_>) -> io::Result<libc::stat> {
    let mut status = MaybeUninit::uninit();
    // SAFETY: the kernel writes one `stat`.
    check(unsafe { libc::fstat(descriptor.as_raw_fd(), status.as_mut_ptr()) })?;
    // SAFETY: fstat succeeded, so it is written.
    Ok(unsafe { status.assume_init() })
}

/// Whether an open folder holds nothing but itself and its parent.
pub fn is_empty(folder: BorrowedFd<'_>) -> io::Result<bool> {
    /// Where a name's record holds its own length, and where the name begins (getdents64(2)).
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    let mut records = [0u8; 1024];
    loop {
        // SAFETY: the kernel writes at most as many bytes as `records` has.
        let filled = check(unsafe {
            libc::syscall(libc::SYS_getdents64, folder.as_raw_fd(), records.as_mut_ptr(), records.len())
        })?;
        let mut rest = &records[..filled as usize];
        if rest.is_empty() {
            return Ok(true);
        }
        while rest.len() > NAME {
            let length = usize::from(u16::from_ne_bytes([rest[LENGTH], rest[LENGTH + 1]]));
            if !matches!(rest[NAME..], [b'.', 0, ..] | [b'.', b'.', 0, ..]) {
                return Ok(false);
            }
            rest = rest.get(length.max(1)..).unwrap_or_default();
        }
    }
}
