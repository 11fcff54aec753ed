//! Which denials were told already, in bounded memory.

use crate::denial::{Denial, Source};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Different denials that are listed in one run. 16 bytes each.
const LISTED: usize = 10_000;
/// Of these, what the runtime may take: it can be made to say anything, and leaves room for the broker's.
const ADVISORY: usize = 5_000;

/// Digests of what was told: keyed, so that nobody can make two names that look like one.
#[derive(Debug, Default)]
pub struct Seen {
    keys: [RandomState; 2],
    digests: HashSet<[u64; 2]>,
    advisory: usize,
    full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    New,
    Known,
    /// There is no more room; said once.
    Full,
}

impl Seen {
    pub fn add(&mut self, denial: &Denial) -> News {
        let digest = self.digest(denial);
        if self.digests.contains(&digest) {
            return News::Known;
        }
        let advisory = denial.source == Source::Runtime;
        if self.digests.len() >= LISTED || (advisory && self.advisory >= ADVISORY) {
            return if std::mem::replace(&mut self.full, true) { News::Known } else { News::Full };
        }
        self.digests.insert(digest);
        self.advisory += usize::from(advisory);
        News::New
    }

    pub fn forget(&mut self, denial: &Denial) {
        if self.digests.remove(&self.digest(denial)) {
            self.advisory -= usize::from(denial.source == Source::Runtime);
        }
    }

    fn digest(&self, denial: &Denial) -> [u64; 2] {
        self.keys.each_ref().map(|key| key.hash_one((denial.permission, &denial.resource)))
    }
}
