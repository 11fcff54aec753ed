//! The project's node_modules: what is new is made aside, in `node_modules/.cordon/staging`, and then takes its place by
//! renames that a journal lists. Who is killed before the journal is there leaves the old tree; afterwards, the next
//! command finishes the renames before it does anything else.

mod fill;
mod journal;

pub use fill::{Filling, link_folder};
pub use journal::{Journal, Step};

use crate::error::{Error, Result, cannot, denied, quoted, refused};
use rustix::fs::{FlockOperation, Mode, OFlags};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

pub struct Tree {
    pub project: PathBuf,
    /// `node_modules/.cordon`
    pub own: PathBuf,
    _lock: OwnedFd,
}

pub const STAGING: &str = "staging";
pub const TRASH: &str = "trash";

impl Tree {
    /// Waits for another installation in the same project, then finishes or clears away what a killed one left.
    pub fn open(project: &Path, waiting: &dyn Fn()) -> Result<Tree> {
        let modules = project.join("node_modules");
        make_real_folder(&modules)?;
        let own = modules.join(".cordon");
        make_real_folder(&own)?;
        let path = own.join("lock");
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = rustix::fs::open(&path, flags, Mode::from_raw_mode(0o644)).map_err(denied("open", &path))?;
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            waiting();
            rustix::fs::flock(&lock, FlockOperation::LockExclusive).map_err(denied("lock", &path))?;
        }
        let tree = Tree { project: project.to_owned(), own, _lock: lock };
        if let Some(journal) = Journal::read(&tree.own)? {
            journal.perform(&tree)?;
        }
        tree.clear()?;
        Ok(tree)
    }

    pub fn modules(&self) -> PathBuf {
        self.project.join("node_modules")
    }

    pub fn staging(&self) -> PathBuf {
        self.own.join(STAGING)
    }

    /// A fresh folder to make new things in.
    pub fn stage(&self) -> Result<PathBuf> {
        let staging = self.staging();
        std::fs::create_dir(&staging).map_err(cannot("make", &staging))?;
        Ok(staging)
    }

    pub fn clear(&self) -> Result<()> {
        for name in [STAGING, TRASH] {
            let path = self.own.join(name);
            match std::fs::remove_dir_all(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(cannot("clear", &path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes a file that is new: what lies there may be a symlink that came with the project.
pub fn write_new(path: &Path, text: &str) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot("remove", path)(error)),
        _ => {}
    }
    let mut file = std::fs::File::create_new(path).map_err(cannot("write", path))?;
    file.write_all(text.as_bytes()).map_err(cannot("write", path))
}

/// A symlink here would lead the installation elsewhere.
fn make_real_folder(path: &Path) -> Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => refused(format!("{} is not a folder; move it away", quoted(&path.to_string_lossy()))),
        Err(_) => match std::fs::create_dir(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(Error::Failed(format!("Cannot make {}: {error}", quoted(&path.to_string_lossy()))))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests;
