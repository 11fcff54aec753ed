//! The file system in memory that a jail's root is built on, with the session's folder in it: nothing of a run is left
//! on a disk, and nothing has to be removed from one, however the run ends.

use super::{c_string, inside};
use crate::sys::memory::PAGE;
use crate::sys::{file, mount};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where it lies until it is the root: empty folders of the kernel's, of which no jail is shown anything.
const MEANWHILE: [&CStr; 2] = [c"/proc/driver", c"/sys/fs/cgroup"];

/// The jail's root, with all that it is laid out of, fits into this many bytes and into a file for each page of them.
const LEAST_ROOM: u64 = 16 << 20;

#[derive(Debug)]
pub struct Ground {
    top: OwnedFd,
    /// The session's folder.
    session: OwnedFd,
    /// The same as a mount that belongs nowhere yet: it stays writable when the root is read-only.
    detached: OwnedFd,
}

impl Ground {
    /// For a process in a mount namespace of its own. `session` is the folder's path in the jail; `room` is how much it
    /// takes, in bytes.
    pub fn lay(session: &Path, room: u64) -> io::Result<Ground> {
        mount::make_private()?;
        let room = room.max(LEAST_ROOM);
        // Empty files take memory too, of which the kernel counts nothing.
        let top = mount::in_memory(room, room / PAGE)?;
        let attached = MEANWHILE.iter().any(|place| mount::attach(top.as_fd(), place).is_ok());
        if !attached {
            return Err(io::Error::from_raw_os_error(libc::ENOENT));
        }
        let session = make_folders(top.as_fd(), session)?;
        let detached = mount::detached_copy(session.as_fd())?;
        Ok(Ground { top, session, detached })
    }

    /// The session's folder, to be filled before it is in sight.
    pub fn session(&self) -> BorrowedFd<'_> {
        self.session.as_fd()
    }

    /// Goes there: the root is built in the current folder.
    pub(super) fn enter(&self) -> io::Result<()> {
        mount::enter(self.top.as_fd())?;
        mount::make_unbindable(c".")
    }

    /// Shows the session's folder, writable.
    pub(super) fn show_session(&self, session: &Path) -> io::Result<()> {
        mount::attach(self.detached.as_fd(), &c_string(inside(session))?)
    }

    /// Whether it takes no more.
    pub fn is_full(&self) -> bool {
        file::is_full(self.top.as_fd()).unwrap_or_default()
    }

    /// What the jail keeps in it, in bytes.
    pub fn used(&self) -> u64 {
        file::bytes_used(self.top.as_fd()).unwrap_or_default()
    }
}

/// The folder, for this user only, and those around it.
fn make_folders(top: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    let mut folder = top.try_clone_to_owned()?;
    let mut names = inside(path).components().peekable();
    while let Some(name) = names.next() {
        let name = CString::new(name.as_os_str().as_bytes())?;
        let mode = if names.peek().is_none() { 0o700 } else { 0o755 };
        file::make_folder(folder.as_fd(), &name, mode)?;
        folder = file::open_at(Some(folder.as_fd()), &name, libc::O_DIRECTORY | libc::O_NOFOLLOW)?;
    }
    Ok(folder)
}
