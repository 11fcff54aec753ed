//! What the runtime says inside the target. Everything in it may be made up: it is bounded, parsed strictly, marked, and
//! never decided by.

use super::Reports;
use crate::denial::{Denial, Origin, STRICT_JSON};
use crate::policy::Permission;
use jsonc_parser::{JsonValue, parse_to_value};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

/// Longer lines are skipped.
const LONGEST_LINE: usize = 16 * 1024;
/// Lines in one second; then the pipe fills and the target waits or drops its own.
const LINES_PER_SECOND: u32 = 2_000;
const SECOND: Duration = Duration::from_secs(1);

/// Reads to the end of the pipe.
#[derive(Debug)]
pub struct Reading(Receiver<()>);

impl Reading {
    /// Waits until everything that was said is read, or for `patience`: a process that outlives the target holds the pipe.
    pub fn finish(&self, patience: Duration) {
        // Nothing is ever sent: the thread's end closes the channel.
        let _ = self.0.recv_timeout(patience);
    }
}

pub fn start(reports: Reports, pipe: OwnedFd) -> io::Result<Reading> {
    let (reading, finished) = std::sync::mpsc::channel();
    thread::Builder::new()
        .name("runtime".into())
        // The parser goes 512 levels deep at most.
        .stack_size(1024 * 1024)
        .spawn(move || {
            follow(&reports, BufReader::with_capacity(LONGEST_LINE, File::from(pipe)));
            drop(reading);
        })?;
    Ok(Reading(finished))
}

fn follow(reports: &Reports, mut lines: impl BufRead) {
    let mut pace = Pace::new();
    let mut line = Vec::new();
    while let Ok(more) = next_line(&mut lines, &mut line) {
        if !more {
            return;
        }
        match parse(&line) {
            Some(Said::Denied(denial)) => reports.tell(denial),
            Some(Said::Used(permission, resource, origin)) => reports.used(permission, &resource, origin),
            None => {}
        }
        pace.keep();
    }
}

/// Reads one line into `line`, which is left empty when it is too long. `false` at the end.
fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let length = lines.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', line)?;
    if length == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        return Ok(true);
    }
    line.clear();
    lines.skip_until(b'\n')?;
    Ok(true)
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Denied(Denial),
    /// Something that was let through, and who asked for it, while something is learned.
    Used(Permission, String, Origin),
}

/// `{"permission":"read","resource":"/etc/passwd","package":"left-pad","file":"/srv/app/a.js","line":3}`; what is no denial
/// is skipped, and keys that mean nothing are.
fn parse(line: &[u8]) -> Option<Said> {
    let text = std::str::from_utf8(line).ok()?;
    let value = parse_to_value(text, &STRICT_JSON).ok()??;
    let JsonValue::Object(object) = value else { return None };
    let permission = Permission::by_name(object.get_string("permission")?)?;
    let resource = object.get_string("resource")?;
    if resource.is_empty() {
        return None;
    }
    let text = |name| object.get_string(name).map(|text| text.clone().into_owned()).filter(|text| !text.is_empty());
    let line = object.get_number("line").and_then(|line| line.parse().ok());
    let origin = Origin { package: text("package"), file: text("file"), call: text("call"), line };
    if object.get_boolean("used") == Some(true) {
        return Some(Said::Used(permission, resource.clone().into_owned(), origin.shortened()));
    }
    Some(Said::Denied(Denial::by_runtime(permission, resource.as_ref()).explained(origin, text("grant"))))
}

struct Pace {
    since: Instant,
    lines: u32,
}

impl Pace {
    fn new() -> Pace {
        Pace { since: Instant::now(), lines: 0 }
    }

    fn keep(&mut self) {
        self.lines += 1;
        if self.lines < LINES_PER_SECOND {
            return;
        }
        thread::sleep(SECOND.saturating_sub(self.since.elapsed()));
        *self = Pace::new();
    }
}

#[cfg(test)]
#[path = "advisory_tests.rs"]
mod tests;
