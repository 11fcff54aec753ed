//! What tarballs may take of memory until they are unpacked: small ones are free, large ones share a gibibyte.

use super::LARGEST_TARBALL;
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Of each connection.
pub const FREE: u64 = 8 << 20;
/// The largest one fits in, alone. It is also what a tarball takes that does not say how long it is.
pub const SHARED: u64 = LARGEST_TARBALL;

#[derive(Default)]
pub struct Budget {
    used: Mutex<u64>,
    given_back: Condvar,
}

/// A part of the budget, until it is dropped.
pub struct Lease {
    budget: Arc<Budget>,
    pub bytes: u64,
}

/// What was fetched, and its part of the budget.
pub struct Tarball {
    pub bytes: Vec<u8>,
    pub lease: Option<Lease>,
}

impl Deref for Tarball {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Budget {
    /// A part that is free now.
    pub fn take(self: &Arc<Budget>, bytes: u64) -> Option<Lease> {
        let mut used = self.used();
        (*used + bytes <= SHARED).then(|| self.lease(&mut used, bytes))
    }

    /// Waits. Who waits has no part yet, so that everybody who has one comes to an end.
    pub fn wait(self: &Arc<Budget>, bytes: u64) -> Lease {
        let full = |used: &mut u64| *used + bytes.min(SHARED) > SHARED;
        let mut used = self.given_back.wait_while(self.used(), full).unwrap_or_else(PoisonError::into_inner);
        self.lease(&mut used, bytes.min(SHARED))
    }

    fn lease(self: &Arc<Budget>, used: &mut u64, bytes: u64) -> Lease {
        *used += bytes;
        Lease { budget: Arc::clone(self), bytes }
    }

    fn used(&self) -> MutexGuard<'_, u64> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        *self.budget.used() -= self.bytes;
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_more_than_is_left_waits_for_who_has_it() {
        let budget = Arc::new(Budget::default());
        let large = budget.take(SHARED - FREE).expect("nobody has a part");
        let small = budget.take(FREE).expect("as much is left");
        assert!(budget.take(1).is_none());
        let waiting = std::thread::spawn({
            let budget = Arc::clone(&budget);
            move || budget.wait(SHARED).bytes
        });
        drop(small);
        assert!(!waiting.is_finished());
        drop(large);
        assert_eq!(waiting.join().expect("it ended"), SHARED);
        assert!(budget.take(SHARED).is_some());
    }
}
