//! A package's folder out of the store: hard links; where they can't be, reflinks or copies.

use crate::error::{Result, cannot, denied};
use crate::layout::way;
use crate::store::{File, Stored, open_folder};
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use rustix::path::DecInt;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How files get there, found out with the first one, and how many did.
#[derive(Default)]
pub struct Filling {
    copies: AtomicBool,
    pub linked: AtomicU64,
    pub copied: AtomicU64,
}

impl Filling {
    /// Makes `place` and everything in it, but for what lies below a path of `except` (places of packages of their own).
    pub fn fill(&self, stored: &Stored, place: &Path, except: &[String]) -> Result<()> {
        std::fs::create_dir_all(place).map_err(cannot("make", place))?;
        let target = open_folder(place)?;
        let left_out = |path: &str| {
            except.iter().any(|taken| {
                path.strip_prefix(taken.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        for folder in stored.index.folders.iter().filter(|folder| !left_out(folder)) {
            make_folder(&target, folder).map_err(denied("make a folder in", place))?;
        }
        for (name, file) in stored.files().filter(|(_, file)| !left_out(&file.path)) {
            self.file(&stored.files, &name, &target, file).map_err(|error| error.at(place.display()))?;
        }
        Ok(())
    }

    fn file(&self, source: &OwnedFd, name: &DecInt, target: &OwnedFd, file: &File) -> Result<()> {
        let path = file.path.as_str();
        if !self.copies.load(Ordering::Relaxed) {
            match rustix::fs::linkat(source, name.as_c_str(), target, path, AtFlags::empty()) {
                Ok(()) => {
                    self.linked.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                // Another file system, or one without hard links, or a jail that keeps them apart.
                Err(Errno::XDEV | Errno::PERM | Errno::NOTSUP) => self.copies.store(true, Ordering::Relaxed),
                // This one file has as many names as it can have.
                Err(Errno::MLINK) => {}
                Err(error) => return Err(denied("link", Path::new(path))(error)),
            }
        }
        self.copied.fetch_add(1, Ordering::Relaxed);
        copy(source, name, target, file).map_err(|error| cannot("copy", Path::new(path))(error))
    }
}

fn make_folder(target: &OwnedFd, folder: &str) -> rustix::io::Result<()> {
    match rustix::fs::mkdirat(target, folder, Mode::from_raw_mode(0o755)) {
        Err(Errno::EXIST) => Ok(()),
        result => result,
    }
}

fn copy(source: &OwnedFd, name: &DecInt, target: &OwnedFd, file: &File) -> std::io::Result<()> {
    let read = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let write = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut from = std::fs::File::from(rustix::fs::openat(source, name.as_c_str(), read, Mode::empty())?);
    let mode = Mode::from_raw_mode(file.mode & 0o777);
    let mut to = std::fs::File::from(rustix::fs::openat(target, &file.path, write, mode)?);
    if rustix::fs::ioctl_ficlone(&to, &from).is_err() {
        std::io::copy(&mut from, &mut to)?;
    }
    Ok(())
}

/// A relative symlink to a folder of the project, from the place that it will have.
pub fn link_folder(staged: &Path, location: &str, folder: &str) -> Result<()> {
    if let Some(parent) = staged.parent() {
        std::fs::create_dir_all(parent).map_err(cannot("make", parent))?;
    }
    std::os::unix::fs::symlink(way(location, folder), staged).map_err(cannot("link", staged))
}
