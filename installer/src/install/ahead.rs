//! The store's entries are looked at while the lockfile is being read: that takes one thread, and another has nothing to
//! do. Which ones, its text tells well enough; what it names by mistake is looked at in vain.

use crate::integrity::Integrity;
use crate::store::{Store, Stored};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Each holds a descriptor, of which a process usually has a thousand.
const MOST_HELD: usize = 256;

/// The store's folder, and entries of it that were found untouched a moment ago.
pub struct Shelf {
    pub folder: PathBuf,
    found: Mutex<HashMap<Integrity, Stored>>,
    closed: AtomicBool,
}

/// Does `work` while what `text`, a lockfile, names is looked at, from its end on: the work comes from the start.
pub fn beside<T>(store: &Path, text: &[u8], work: impl FnOnce(&Shelf) -> T) -> T {
    let shelf = Shelf { folder: store.to_owned(), found: Mutex::default(), closed: AtomicBool::new(false) };
    std::thread::scope(|scope| {
        if named(text).next().is_some() {
            scope.spawn(|| shelf.look(text));
        }
        let result = work(&shelf);
        shelf.close();
        result
    })
}

impl Shelf {
    /// Who fills the tree from here on looks at the rest itself: together they would look at much of it twice.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub fn take(&self, integrity: &Integrity) -> Option<Stored> {
        self.found().remove(integrity)
    }

    fn look(&self, text: &[u8]) {
        for integrity in named(text).filter_map(Integrity::parse) {
            let closed = || self.closed.load(Ordering::Relaxed);
            if closed() || self.found().len() >= MOST_HELD {
                break;
            }
            if let Some(stored) = Store::untouched(&self.folder, &integrity, &closed) {
                self.found().insert(integrity, stored);
            }
        }
    }

    fn found(&self) -> MutexGuard<'_, HashMap<Integrity, Stored>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn named(text: &[u8]) -> impl Iterator<Item = &str> {
    let values = std::str::from_utf8(text).unwrap_or_default().rsplit("\"integrity\":");
    values.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}
