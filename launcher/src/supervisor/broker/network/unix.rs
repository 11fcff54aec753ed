//! Unix sockets by name: a path is resolved as the caller sees it, once, and reached by that descriptor; what is
//! decided about is where the file really is.

use super::super::Caller;
use super::super::found::{Found, Last};
use super::name::Name;
use super::own::File;
use super::socket::{Socket, errno};
use super::{Network, connect};
use crate::policy::{Permission, Request};
use crate::sys::path;
use crate::sys::socket::RawName;
use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd};

/// A unix socket that may be reached.
#[derive(Debug)]
pub enum Goal {
    File { found: Found, owner: Owner },
    Abstract(Vec<u8>),
}

/// Why a file's socket may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Granted,
    /// This jail bound it.
    Own(File),
}

impl Goal {
    /// The name to reach it by, for a thread that works in the broker's `/proc`.
    pub fn raw(&self) -> Result<RawName, i32> {
        let name = match self {
            Goal::File { found, .. } => Name::Path(found.magic().into_bytes()),
            Goal::Abstract(name) => Name::Abstract(name.clone()),
        };
        connect::encoded(&name)
    }
}

impl Network {
    /// What `name` leads to, if it may be reached. A refusal is told.
    pub fn unix_goal(&self, caller: &Caller, name: &Name) -> Result<Goal, i32> {
        match name {
            Name::Abstract(name) if self.own.has_abstract(name) => Ok(Goal::Abstract(name.clone())),
            Name::Abstract(name) => {
                self.tell.denied(Permission::Net, &format!("unix:@{}", String::from_utf8_lossy(name)));
                // What the kernel says of a name that nobody has: others' names are no business of the jail's.
                Err(libc::ECONNREFUSED)
            }
            Name::Path(path) => self.goal_at(caller, path),
            Name::Unspecified | Name::Internet(_) | Name::Unnamed => Err(libc::EINVAL),
        }
    }

    fn goal_at(&self, caller: &Caller, path: &[u8]) -> Result<Goal, i32> {
        let text = CString::new(path).map_err(|_| libc::EINVAL)?;
        let found = caller.find(libc::AT_FDCWD, &text, Last::Follow).map_err(|error| errno(&error))?;
        if self.policy.decide(&Request::ConnectUnix(&found.path)).allowed() {
            self.tell.used(|record| record.socket(found.path.clone()));
            return Ok(Goal::File { found, owner: Owner::Granted });
        }
        let file = file(found.descriptor.as_fd())?;
        if self.own.has_file(file) {
            return Ok(Goal::File { found, owner: Owner::Own(file) });
        }
        self.tell.denied(Permission::Net, &format!("unix:{}", found.path.display()));
        Err(libc::EACCES)
    }

    /// The socket is connected: what was the jail's own still has to be.
    pub fn reached_unix(&self, socket: &Socket, goal: &Goal) -> Result<(), i32> {
        let still = match goal {
            Goal::File { owner: Owner::Granted, .. } => true,
            Goal::File { owner: Owner::Own(file), .. } => self.own.has_file(*file),
            Goal::Abstract(name) => self.own.has_abstract(name),
        };
        if still {
            return Ok(());
        }
        // A stream can't be disconnected; neither can it carry anything from now on.
        let _ = crate::sys::socket::shut_down(socket.as_fd());
        Err(libc::ECONNREFUSED)
    }
}

/// Which file it is.
pub fn file(descriptor: BorrowedFd<'_>) -> Result<File, i32> {
    let status = path::status(descriptor).map_err(|error| errno(&error))?;
    Ok(File { device: status.st_dev, inode: status.st_ino })
}
