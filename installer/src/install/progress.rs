//! One line on a terminal while packages come: drawn when it takes long, and gone when it is over.

use std::io::Write as _;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What is over sooner is not worth a line.
const FIRST: Duration = Duration::from_millis(200);
const NEXT: Duration = Duration::from_millis(100);
const WIDTH: usize = 24;

/// Works, and shows beside it what `line` says. Nothing of what packages are called is shown: nothing to be escaped.
pub fn beside<T>(shown: bool, line: &(dyn Fn() -> String + Sync), work: impl FnOnce() -> T) -> T {
    if !shown {
        return work();
    }
    let (over, changed) = (Mutex::new(false), Condvar::new());
    std::thread::scope(|scope| {
        scope.spawn(|| draw(&over, &changed, line));
        let result = work();
        *over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
        result
    })
}

fn draw(over: &Mutex<bool>, changed: &Condvar, line: &dyn Fn() -> String) {
    let mut drawn = String::new();
    loop {
        let wait = if drawn.is_empty() { FIRST } else { NEXT };
        let over = over.lock().unwrap_or_else(PoisonError::into_inner);
        let (over, _) = changed.wait_timeout_while(over, wait, |over| !*over).unwrap_or_else(PoisonError::into_inner);
        if *over {
            break;
        }
        let text = line();
        // The same line again would only flicker.
        if text != drawn {
            say(&format!("\r{text}\x1b[K"));
            drawn = text;
        }
    }
    if !drawn.is_empty() {
        say("\r\x1b[K");
    }
}

/// In one call; a terminal that is gone is no reason to stop.
fn say(text: &str) {
    let mut err = std::io::stderr().lock();
    drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
}

pub fn bar(done: usize, all: usize, bytes: u64) -> String {
    let full = (done * WIDTH).checked_div(all).unwrap_or(WIDTH).min(WIDTH);
    let megabytes = bytes / 100_000;
    format!(
        "[{}{}] {done} of {all} packages, {}.{} MB",
        "#".repeat(full),
        ".".repeat(WIDTH - full),
        megabytes / 10,
        megabytes % 10
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_at_its_beginning_as_at_its_end() {
        assert_eq!(bar(0, 3, 0), "[........................] 0 of 3 packages, 0.0 MB");
        assert_eq!(bar(1, 3, 1_260_000), "[########................] 1 of 3 packages, 1.2 MB");
        assert_eq!(bar(3, 3, 12_000_000), "[########################] 3 of 3 packages, 12.0 MB");
    }
}
