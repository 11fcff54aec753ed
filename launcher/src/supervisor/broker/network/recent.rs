//! A table that forgets its oldest entries when it is full: what a hostile target fills must not grow.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

#[derive(Debug)]
pub struct Recent<K, V> {
    entries: HashMap<K, (u64, V)>,
    order: VecDeque<(u64, K)>,
    limit: usize,
    next: u64,
}

impl<K: Hash + Eq + Clone, V> Recent<K, V> {
    pub fn new(limit: usize) -> Recent<K, V> {
        Recent { entries: HashMap::new(), order: VecDeque::new(), limit, next: 0 }
    }

    pub fn insert(&mut self, key: K, value: V) {
        self.next += 1;
        self.entries.insert(key.clone(), (self.next, value));
        self.order.push_back((self.next, key));
        while self.order.len() > self.limit {
            self.forget_oldest();
        }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    pub fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry that was inserted again since then is a younger one, and stays.
    fn forget_oldest(&mut self) {
        if let Some((age, key)) = self.order.pop_front()
            && self.entries.get(&key).is_some_and(|(own, _)| *own == age)
        {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_goes_first() {
        let mut table = Recent::new(2);
        for key in [1, 2, 3] {
            table.insert(key, key * 10);
        }
        assert_eq!((table.get(&1), table.get(&2), table.get(&3)), (None, Some(&20), Some(&30)));
    }

    #[test]
    fn an_entry_that_is_made_anew_is_young_again() {
        let mut table = Recent::new(3);
        for key in [1, 2, 1, 3] {
            table.insert(key, ());
        }
        assert!(table.contains(&1) && table.contains(&2) && table.contains(&3));
        table.insert(4, ());
        assert!(table.contains(&1) && !table.contains(&2));
    }

    #[test]
    fn a_million_entries_leave_no_more_than_the_limit() {
        let mut table = Recent::new(100);
        for key in 0..1_000_000u32 {
            table.insert(key % 150, ());
        }
        assert!(table.entries.len() <= 100 && table.order.len() <= 100);
    }
}
