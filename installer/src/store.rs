//! Unpacked packages under the digest of their tarball, shared by all projects.
//!
//! `<store>/v1/<digest>/` holds `index` and the package's files, each under its number in the index and none in a folder:
//! the way to each is short, for the kernel and for Landlock, which looks at every folder on it. An entry appears by one
//! rename and is never changed afterwards, so that a reader sees all of it or nothing; what is being made lies in
//! `<store>/v1/tmp/`.

mod index;
mod maintenance;
mod package_json;
mod unpack;

pub use index::{File, Index};
pub use maintenance::Status;
pub use package_json::{PackageJson, same_version};

use crate::error::{Result, cannot, denied, failed, quoted};
use crate::integrity::Integrity;
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::path::{Arg, DecInt};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub struct Store {
    root: PathBuf,
    /// Held for as long as this process makes entries: who finds the folder unlocked may clear it away.
    workshop: Workshop,
}

struct Workshop {
    folder: PathBuf,
    _lock: OwnedFd,
    counter: AtomicU64,
}

/// An entry whose files were looked at.
pub struct Stored {
    pub index: Index,
    /// The entry's folder.
    pub files: OwnedFd,
}

const VERSION: &str = "v1";
const WORKSHOP: &str = "tmp";
const INDEX: &str = "index";

impl Store {
    pub fn open(path: &Path) -> Result<Store> {
        let root = path.join(VERSION);
        let tmp = root.join(WORKSHOP);
        std::fs::create_dir_all(&tmp).map_err(cannot("make the store", &tmp))?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(&root, mode).map_err(cannot("close the store", &root))?;
        clear_abandoned(&tmp);
        let workshop = Workshop::new(&tmp)?;
        Ok(Store { root, workshop })
    }

    fn place(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// An entry that is whole. What was changed since it was made is looked at byte by byte, and thrown away if it differs.
    pub fn find(&self, integrity: &Integrity) -> Result<Option<Stored>> {
        let place = self.place(&integrity.key());
        let Some(stored) = Stored::open(&place)? else { return Ok(None) };
        if stored.looks_untouched(&|| false) || maintenance::renew(self, &stored, &place)? {
            return Ok(Some(stored));
        }
        self.discard(&place)?;
        Ok(None)
    }

    /// An entry that looks as it was made; of any other, nothing is changed, for somebody else may be making it anew.
    /// Nothing, too, as soon as `given_up` is.
    pub fn untouched(store: &Path, integrity: &Integrity, given_up: &dyn Fn() -> bool) -> Option<Stored> {
        match Found::at(&store.join(VERSION).join(integrity.key())) {
            Ok(Found::Entry(stored)) => Some(stored).filter(|stored| stored.looks_untouched(given_up)),
            _ => None,
        }
    }

    /// How much there is to do about a tarball: the length of its entry's index, 0 where there is none.
    pub fn extent(&self, integrity: &Integrity) -> u64 {
        std::fs::symlink_metadata(self.place(&integrity.key()).join(INDEX)).map_or(0, |found| found.len())
    }

    /// Unpacks the tarball, whose digest was checked.
    pub fn add(&self, integrity: &Integrity, tarball: &[u8]) -> Result<Stored> {
        let place = self.place(&integrity.key());
        let making = self.workshop.next();
        let settled = unpack::unpack(tarball, &making).and_then(|stored| Ok((stored, settle(&making, &place)?)));
        match settled {
            Ok((stored, Settled::Here)) => Ok(stored),
            Ok((stored, Settled::There)) => {
                remove(&making);
                Ok(Stored { files: open_folder(&place)?, ..stored })
            }
            Err(error) => {
                remove(&making);
                Err(error)
            }
        }
    }

    /// Clears away what is being made.
    pub fn leave(&self) {
        remove(&self.workshop.folder);
    }

    /// Moves an entry out of the way first: it is there as a whole or not at all.
    fn discard(&self, place: &Path) -> Result<()> {
        let away = self.workshop.next();
        std::fs::rename(place, &away).map_err(cannot("take away", place))?;
        remove(&away);
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.leave();
    }
}

#[must_use]
enum Settled {
    Here,
    /// Another process was faster; its entry is the same.
    There,
}

/// The finished entry takes its name.
fn settle(making: &Path, place: &Path) -> Result<Settled> {
    match std::fs::rename(making, place) {
        Ok(()) => Ok(Settled::Here),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::DirectoryNotEmpty | std::io::ErrorKind::AlreadyExists) =>
        {
            Ok(Settled::There)
        }
        Err(error) => Err(cannot("put into the store", place)(error)),
    }
}

/// Best effort: what stays behind lies in the workshop, which the next run clears.
fn remove(path: &Path) {
    drop(std::fs::remove_dir_all(path));
}

impl Workshop {
    fn new(tmp: &Path) -> Result<Workshop> {
        for attempt in 0..1000u32 {
            let folder = tmp.join(format!("{}-{attempt}", std::process::id()));
            match std::fs::create_dir(&folder) {
                Ok(()) => {
                    // Until it is locked, another run may take the folder for an abandoned one and clear it away.
                    let Ok(lock) = open(&folder, OFlags::RDONLY) else { continue };
                    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                        Ok(()) if folder.exists() => {
                            return Ok(Workshop { folder, _lock: lock, counter: AtomicU64::new(0) });
                        }
                        Ok(()) | Err(rustix::io::Errno::WOULDBLOCK) => {}
                        Err(error) => return Err(denied("lock", &folder)(error)),
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot("make", &folder)(error)),
            }
        }
        failed(format!("Cannot make a folder in {}", quoted(&tmp.to_string_lossy())))
    }

    fn next(&self) -> PathBuf {
        self.folder.join(self.counter.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

/// What runs that were killed left behind: their locks went with them.
fn clear_abandoned(tmp: &Path) {
    let Ok(listing) = std::fs::read_dir(tmp) else { return };
    for entry in listing.flatten() {
        let Ok(folder) = open(&entry.path(), OFlags::RDONLY) else { continue };
        if rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok() {
            remove(&entry.path());
        }
    }
}

/// A place to go on from, which the jail need not let us list.
pub fn open_folder(path: &Path) -> Result<OwnedFd> {
    open(path, OFlags::PATH).map_err(denied("open", path))
}

fn open(path: &Path, way: OFlags) -> rustix::io::Result<OwnedFd> {
    let flags = way | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, path, flags, Mode::empty())
}

/// What lies at an entry's place.
enum Found {
    Nothing,
    /// Not of this version, or damaged.
    Unreadable,
    Entry(Stored),
}

impl Found {
    fn at(place: &Path) -> Result<Found> {
        let files = match open(place, OFlags::PATH) {
            Ok(files) => files,
            Err(Errno::NOENT) => return Ok(Found::Nothing),
            Err(error) => return Err(denied("open", place)(error)),
        };
        Ok(match read(&files, INDEX) {
            Ok(text) => Index::parse(&text).map_or(Found::Unreadable, |index| Found::Entry(Stored { index, files })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Found::Unreadable,
            Err(error) => return Err(cannot("read", place)(error)),
        })
    }
}

/// A file of an entry.
fn read(folder: &OwnedFd, name: impl Arg) -> std::io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = std::fs::File::from(rustix::fs::openat(folder, name, flags, Mode::empty())?);
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

impl Stored {
    fn open(place: &Path) -> Result<Option<Stored>> {
        match Found::at(place)? {
            Found::Nothing => Ok(None),
            Found::Entry(stored) => Ok(Some(stored)),
            // As if it were not there; making it anew replaces it.
            Found::Unreadable => {
                drop(std::fs::remove_dir_all(place));
                Ok(None)
            }
        }
    }

    /// Each file, and the name that it has in the entry's folder.
    pub fn files(&self) -> impl Iterator<Item = (DecInt, &File)> {
        self.index.files.iter().enumerate().map(|(number, file)| (DecInt::new(number), file))
    }

    /// Size, mode and time of each file are as they were written; `false`, too, as soon as `given_up` is.
    fn looks_untouched(&self, given_up: &dyn Fn() -> bool) -> bool {
        self.files().all(|(name, file)| {
            let found = rustix::fs::statat(&self.files, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW);
            let untouched =
                found.is_ok_and(|found| index::times_and_size(&found) == (file.modified, file.size, file.mode));
            untouched && !given_up()
        })
    }
}

#[cfg(test)]
mod tests;
