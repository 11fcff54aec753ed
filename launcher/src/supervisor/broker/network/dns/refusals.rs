//! Look-ups that were refused because of a search domain. The C library asks for `name.corp.example` before or after
//! `name`: only the second is what the program wants, so the first is told of only when the second does not come.

use std::time::{Duration, Instant};

/// How long the look-up of the name itself may take to come.
const PATIENCE: Duration = Duration::from_secs(1);
const LIMIT: usize = 256;

#[derive(Debug, Default)]
pub struct Refusals {
    waiting: Vec<Refusal>,
}

#[derive(Debug)]
struct Refusal {
    asked: String,
    meant: String,
    due: Instant,
}

impl Refusals {
    /// `asked` was refused; it may be `meant` with a search domain.
    pub fn add(&mut self, asked: &str, meant: &str, now: Instant) {
        if self.waiting.len() < LIMIT && !self.waiting.iter().any(|own| own.asked == asked) {
            self.waiting.push(Refusal { asked: asked.to_owned(), meant: meant.to_owned(), due: now + PATIENCE });
        }
    }

    /// `name` is looked up.
    pub fn came(&mut self, name: &str) {
        self.waiting.retain(|own| own.meant != name);
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Instant> {
        self.waiting.iter().map(|own| own.due).min()
    }

    /// Names to tell of: nothing else came for them.
    pub fn due(&mut self, now: Instant) -> Vec<String> {
        let due = self.waiting.iter().filter(|own| own.due <= now).map(|own| own.asked.clone()).collect();
        self.waiting.retain(|own| own.due > now);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_leads_to_the_name_is_not_told() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        refusals.add("db.corp.example", "db", now);
        refusals.came("db");
        assert!(refusals.due(now + PATIENCE).is_empty());
    }

    #[test]
    fn a_name_that_only_looks_like_a_search_is_told() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        refusals.add("db.corp.example", "db", now);
        assert!(refusals.due(now).is_empty());
        assert_eq!(refusals.due(now + PATIENCE), ["db.corp.example"]);
        assert!(refusals.next().is_none());
    }
}
