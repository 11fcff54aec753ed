//! What keeps the store honest and small: looking again at what was touched, counting, verifying, pruning.

use super::index::{Index, times_and_size};
use super::{Store, Stored, WORKSHOP};
use crate::error::{Result, cannot};
use crate::integrity::sha256;
use rustix::fs::AtFlags;
use std::path::{Path, PathBuf};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub packages: u64,
    pub files: u64,
    pub bytes: u64,
    /// Entries that were taken away: damaged ones of `verify`, unused ones of `prune`.
    pub taken: Vec<String>,
}

/// A touched entry whose contents are what they were gets its new times noted; `false`: it is damaged.
pub fn renew(store: &Store, stored: &Stored, place: &Path) -> Result<bool> {
    let mut files = stored.index.files.clone();
    for (file, (name, noted)) in files.iter_mut().zip(stored.files()) {
        let Ok(stat) = rustix::fs::statat(&stored.files, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW) else {
            return Ok(false);
        };
        let (modified, size, mode) = times_and_size(&stat);
        let has_content =
            || super::read(&stored.files, name.as_c_str()).is_ok_and(|content| sha256(&content) == noted.sha256);
        if mode != noted.mode || size != noted.size || !has_content() {
            return Ok(false);
        }
        file.modified = modified;
    }
    let index = Index { files, ..stored.index.clone() };
    let next = store.workshop.next();
    std::fs::write(&next, index.write()).map_err(cannot("write", &next))?;
    std::fs::rename(&next, place.join(super::INDEX)).map_err(cannot("write", place))?;
    Ok(true)
}

impl Store {
    pub fn status(&self) -> Result<Status> {
        let mut status = Status::default();
        self.each(&mut |_, stored| {
            status.count(&stored);
            Ok(())
        })?;
        Ok(status)
    }

    /// Reads every file. What is damaged goes; the next installation fetches it again.
    pub fn verify(&self) -> Result<Status> {
        self.sift(|place, stored| renew(self, stored, place))
    }

    /// Takes away what no node_modules shares a file with (copies can't be told from disuse: they are fetched again).
    pub fn prune(&self) -> Result<Status> {
        self.sift(|_, stored| {
            Ok(stored.files().any(|(name, _)| {
                rustix::fs::statat(&stored.files, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|stat| stat.st_nlink > 1)
            }))
        })
    }

    /// Counts the entries that `keeps` is true of, and takes the others away.
    fn sift(&self, keeps: impl Fn(&Path, &Stored) -> Result<bool>) -> Result<Status> {
        let mut status = Status::default();
        self.each(&mut |place, stored| {
            if keeps(place, &stored)? {
                status.count(&stored);
            } else {
                self.discard(place)?;
                status.taken.push(stored.named());
            }
            Ok(())
        })?;
        Ok(status)
    }

    fn each(&self, visit: &mut dyn FnMut(&Path, Stored) -> Result<()>) -> Result<()> {
        let listing = std::fs::read_dir(&self.root).map_err(cannot("list", &self.root))?;
        let entries = listing.flatten().filter(|entry| entry.file_name() != WORKSHOP);
        let mut places: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        places.sort();
        for place in places {
            if let Some(stored) = Stored::open(&place)? {
                visit(&place, stored)?;
            }
        }
        Ok(())
    }
}

impl Status {
    fn count(&mut self, stored: &Stored) {
        self.packages += 1;
        self.files += stored.index.files.len() as u64;
        self.bytes += stored.index.files.iter().map(|file| u64::try_from(file.size).unwrap_or(0)).sum::<u64>();
    }
}

impl Stored {
    fn named(&self) -> String {
        format!("{}@{}", self.index.name, self.index.version)
    }
}
