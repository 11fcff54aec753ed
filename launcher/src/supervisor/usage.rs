//! How much a tree of processes uses, read from /proc by its guardian.

use crate::sys::{signal, spawn};
use std::collections::HashMap;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident bytes of all processes; what they share with files counts once, for the process with the most.
    pub memory: u64,
    pub processes: u64,
}

/// Children of this process that are there now.
pub fn children() -> Vec<i32> {
    if reap() == Children::None {
        return Vec::new();
    }
    let own = own_number();
    all_processes().into_iter().filter(|process| parent(*process) == Some(own)).collect()
}

/// The processes below this one, at some moment during the call; `strangers` and what is below them are left out.
fn descendants(strangers: &[i32]) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for process in all_processes() {
        if let Some(parent) = parent(process) {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![own_number()];
    while let Some(process) = waiting.pop() {
        let below = children.remove(&process).unwrap_or_default();
        for child in below.into_iter().filter(|child| !strangers.contains(child)) {
            found.push(child);
            waiting.push(child);
        }
    }
    found
}

/// What the processes below this one use.
pub fn of_descendants() -> Usage {
    let mut usage = Usage::default();
    let mut most_shared = 0;
    for process in descendants(&[]) {
        usage.processes += 1;
        if let Some(memory) = memory(process) {
            usage.memory += memory.own;
            most_shared = memory.files.max(most_shared);
        }
    }
    usage.memory += most_shared;
    usage
}

/// Looks that find nobody but strangers before that is believed: a process that changes its parent may hide from one.
const LOOKS: u32 = 3;

/// Ends every process below this one but `strangers`. Those that lose their parent meanwhile become children of this
/// one, which adopts orphans.
pub fn end_descendants(strangers: &[i32]) {
    let mut empty = 0;
    while reap() == Children::Left && empty < LOOKS {
        let below = descendants(strangers);
        empty = if below.is_empty() && !strangers.is_empty() { empty + 1 } else { 0 };
        for process in below {
            // One that has just ended needs no signal.
            let _ = signal::send(process, libc::SIGKILL);
        }
        sleep(Duration::from_millis(1));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Children {
    Left,
    None,
}

/// Takes note of the children that have ended.
fn reap() -> Children {
    loop {
        match spawn::next_change() {
            Ok(Some(_)) => {}
            Ok(None) => return Children::Left,
            Err(_) => return Children::None,
        }
    }
}

fn all_processes() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// This process's number in /proc, which may be mounted for another PID namespace.
fn own_number() -> i32 {
    let link = fs::read_link("/proc/self").ok();
    link.and_then(|name| name.to_str()?.parse().ok()).unwrap_or(std::process::id() as i32)
}

fn parent(process: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{process}/stat")).ok()?;
    parent_in(&stat)
}

/// The fourth field of proc_pid_stat(5); the second, in parentheses, may hold anything.
fn parent_in(stat: &[u8]) -> Option<i32> {
    let end_of_name = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&stat[end_of_name + 1..]).ok()?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

struct Memory {
    own: u64,
    files: u64,
}

fn memory(process: i32) -> Option<Memory> {
    let status = fs::read(format!("/proc/{process}/status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    let bytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        Some(line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
    };
    Some(Memory { own: bytes("RssAnon:")? + bytes("RssShmem:")?, files: bytes("RssFile:")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_move_the_parent() {
        assert_eq!(parent_in(b"12 (a) b 7 (c) S 34 5 6"), Some(34));
    }

    #[test]
    fn a_child_is_counted_with_its_memory() {
        let mut child = std::process::Command::new("sleep").arg("5").spawn().expect("sleep starts");
        let (found, used) = (descendants(&[]), of_descendants());
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        assert!(found.contains(&(child.id() as i32)));
        assert!(used.processes >= 1 && used.memory > 0);
    }
}
