//! Paths that a call names, found as the calling thread sees them.
//!
//! The result is a descriptor that only names the file (O_PATH) and the file's real path; what is decided about that path
//! is done to that descriptor, so it does not matter what happens to the name in between.

use super::Caller;
use crate::sys::memory::PAGE;
use crate::sys::path;
use std::ffi::{CStr, CString, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// PATH_MAX with its NUL (linux/limits.h).
const LONGEST: usize = 4096;

/// Whether a symlink in the last place is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    Follow,
    Keep,
}

/// A file, and where it is.
#[derive(Debug)]
pub struct Found {
    pub descriptor: OwnedFd,
    /// Absolute and without symlinks.
    pub path: PathBuf,
}

impl Caller {
    /// Copies a path that ends in NUL.
    pub fn text(&self, address: u64) -> io::Result<CString> {
        let mut bytes = Vec::new();
        while bytes.len() < LONGEST {
            let at = address.wrapping_add(bytes.len() as u64);
            let old = bytes.len();
            // Up to the page's end, as the next page may be missing.
            let more = usize::try_from(PAGE - at % PAGE).unwrap_or(LONGEST).min(LONGEST - old);
            bytes.resize(old + more, 0);
            self.read_memory(at, &mut bytes[old..])?;
            if let Some(end) = bytes[old..].iter().position(|byte| *byte == 0) {
                bytes.truncate(old + end);
                return CString::new(bytes).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL));
            }
        }
        Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG))
    }

    /// The file at `path`, relative to the folder behind `folder` (AT_FDCWD: the thread's own).
    pub fn find(&self, folder: i32, path: &CStr, last: Last) -> io::Result<Found> {
        let flags = if last == Last::Keep { libc::O_NOFOLLOW } else { 0 };
        self.find_with(folder, path, flags)
    }

    /// As `find`, with flags of open(2).
    pub fn find_with(&self, folder: i32, path: &CStr, flags: i32) -> io::Result<Found> {
        if path.is_empty() {
            return Err(io::Error::from_raw_os_error(libc::ENOENT));
        }
        if let Some(number) = own_descriptor(path) {
            return self.find_descriptor(number);
        }
        let base = if path.to_bytes()[0] == b'/' { None } else { Some(self.folder(folder)?) };
        let descriptor = path::find(base.as_ref().map(AsFd::as_fd), path, flags)?;
        self.locate(descriptor)
    }

    /// The file behind the thread's descriptor `number`.
    pub fn find_descriptor(&self, number: i32) -> io::Result<Found> {
        let descriptor = self.reopen(&format!("{}/fd/{number}", self.thread()), 0)?;
        self.locate(descriptor)
    }

    /// The socket behind the thread's descriptor `number`: not the file of one, which has a path.
    pub fn find_socket(&self, number: i32) -> io::Result<Option<OwnedFd>> {
        let descriptor = self.reopen(&format!("{}/fd/{number}", self.thread()), 0)?;
        let text = path::read_link(self.proc(), &magic(descriptor.as_fd()))?;
        Ok(text.starts_with(b"socket:[").then_some(descriptor))
    }

    /// The program that the thread runs.
    pub fn program(&self) -> io::Result<OwnedFd> {
        self.reopen(&format!("{}/exe", self.thread()), 0)
    }

    /// The folder that relative paths start at.
    fn folder(&self, number: i32) -> io::Result<OwnedFd> {
        let name = match number {
            libc::AT_FDCWD => format!("{}/cwd", self.thread()),
            _ => format!("{}/fd/{number}", self.thread()),
        };
        self.reopen(&name, libc::O_DIRECTORY)
    }

    /// Follows one of the magic links in `/proc`. A link that is not there is a descriptor that is not open.
    pub fn reopen(&self, name: &str, flags: i32) -> io::Result<OwnedFd> {
        let name = CString::new(name)?;
        path::follow_magic(self.proc(), &name, flags).map_err(|error| match error.raw_os_error() {
            Some(libc::ENOENT) => io::Error::from_raw_os_error(libc::EBADF),
            _ => error,
        })
    }

    fn locate(&self, descriptor: OwnedFd) -> io::Result<Found> {
        let path = real_path(self.proc(), descriptor.as_fd())?;
        Ok(Found { descriptor, path })
    }
}

impl Found {
    /// A name for the file that no rename changes, seen from `Caller::proc`.
    pub fn magic(&self) -> CString {
        magic(self.descriptor.as_fd())
    }
}

/// `self/fd/3`, seen from a `/proc` of the broker's own PID namespace.
pub fn magic(descriptor: BorrowedFd<'_>) -> CString {
    CString::new(format!("self/fd/{}", descriptor.as_raw_fd())).expect("a number holds no NUL")
}

/// Where the file behind `descriptor` is, or was before it was removed. Pipes, sockets and files outside the root have
/// no path: EACCES.
fn real_path(proc: BorrowedFd<'_>, descriptor: BorrowedFd<'_>) -> io::Result<PathBuf> {
    const REMOVED: &[u8] = b" (deleted)";
    let mut text = path::read_link(proc, &magic(descriptor))?;
    if text.first() != Some(&b'/') {
        return Err(io::Error::from_raw_os_error(libc::EACCES));
    }
    if text.ends_with(REMOVED) && path::status(descriptor)?.st_nlink == 0 {
        text.truncate(text.len() - REMOVED.len());
    }
    Ok(PathBuf::from(OsString::from_vec(text)))
}

/// The number in `/proc/self/fd/3` and its like: names of the caller's descriptors, which mean the broker's own to the
/// broker.
fn own_descriptor(path: &CStr) -> Option<i32> {
    const FOLDERS: [&[u8]; 3] = [b"/proc/self/fd/", b"/proc/thread-self/fd/", b"/dev/fd/"];
    let number = FOLDERS.iter().find_map(|folder| path.to_bytes().strip_prefix(*folder))?;
    let all_digits = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    if all_digits { std::str::from_utf8(number).ok()?.parse().ok() } else { None }
}

/// For reports: a path that could not be found, as it was written.
pub fn as_written(text: &CStr) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(text.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_numbers_name_descriptors() {
        assert_eq!(own_descriptor(c"/proc/self/fd/12"), Some(12));
        assert_eq!(own_descriptor(c"/dev/fd/0"), Some(0));
        for other in [c"/proc/self/fd/", c"/proc/self/fd/1/..", c"/proc/1/fd/3", c"/dev/fd/-1", c"/dev/fd/99999999999"]
        {
            assert_eq!(own_descriptor(other), None);
        }
    }
}
