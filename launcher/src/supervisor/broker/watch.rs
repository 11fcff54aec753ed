//! fs.watch: what is told about a file or the names in a folder, which Landlock does not cover.

use super::found::Found;
use super::{Answer, Broker, Call, Caller};
use crate::policy::{Permission, Request};
use crate::sys::metadata;
use libc::{AT_FDCWD, c_int};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

/// As many as the kernel lets one user have by default (fs.inotify.max_user_instances).
const KEPT: usize = 128;

/// inotify descriptors that the broker made because it can't fetch the target's, each under its process and number there.
/// All of them are the jail's: a number that means another one by now misleads nobody but the target.
#[derive(Debug, Default)]
pub struct Watchers(Mutex<VecDeque<Watcher>>);

#[derive(Debug)]
struct Watcher {
    process: i32,
    number: c_int,
    inotify: Arc<OwnedFd>,
}

impl Watchers {
    fn keep(&self, new: Watcher) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|old| (old.process, old.number) != (new.process, new.number));
        kept.truncate(KEPT - 1);
        kept.push_front(new);
    }

    fn get(&self, process: i32, number: c_int) -> Option<Arc<OwnedFd>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|one| (one.process, one.number) == (process, number)).map(|one| Arc::clone(&one.inotify))
    }
}

/// `inotify_add_watch(descriptor, path, mask)`
pub fn add(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [inotify, path, mask, ..] = call.arguments;
    let mask = mask as u32;
    let found = match find(caller, path, mask) {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    if !broker.policy.decide(&Request::Read(&found.path)).allowed() {
        // `node --watch` in a child watches all that was loaded, the runtime too. That would tell of other jails' starts.
        if broker.addons.is_installed(&found.path) {
            return Answer::Error(libc::EACCES);
        }
        return broker.refuse(Permission::Read, &found.path);
    }
    let inotify = match fetch(broker, caller, inotify as c_int) {
        Ok(inotify) => inotify,
        Err(error) => return error.into(),
    };
    if !caller.still_waits() {
        return Answer::Error(libc::ESRCH);
    }
    // Both flags are about the way to the file, which is behind us: a magic link itself is none.
    let mask = mask & !(libc::IN_DONT_FOLLOW | libc::IN_ONLYDIR);
    metadata::watch(inotify.as_fd(), &found.magic(), mask).map(i64::from).into()
}

fn find(caller: &Caller, path: u64, mask: u32) -> io::Result<Found> {
    let mut flags = 0;
    if mask & libc::IN_DONT_FOLLOW != 0 {
        flags |= libc::O_NOFOLLOW;
    }
    if mask & libc::IN_ONLYDIR != 0 {
        flags |= libc::O_DIRECTORY;
    }
    caller.find_with(AT_FDCWD, &caller.text(path)?, flags)
}

fn fetch(broker: &Broker, caller: &Caller, number: c_int) -> io::Result<Arc<OwnedFd>> {
    match broker.watchers.get(caller.process()?, number) {
        Some(made) => Ok(made),
        None => caller.descriptor(number).map(Arc::new),
    }
}

/// `inotify_init1(flags)`
pub fn create(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    make(broker, caller, call.arguments[0] as c_int)
}

/// `inotify_init()`
#[cfg(target_arch = "x86_64")]
pub fn create_plain(broker: &Broker, caller: &Caller, _: &Call) -> Answer {
    make(broker, caller, 0)
}

fn make(broker: &Broker, caller: &Caller, flags: c_int) -> Answer {
    let made = metadata::watcher(flags | libc::IN_CLOEXEC).and_then(|inotify| {
        let process = caller.process()?;
        let number = caller.give(inotify.as_fd(), flags & libc::IN_CLOEXEC != 0)?;
        broker.watchers.keep(Watcher { process, number, inotify: Arc::new(inotify) });
        Ok(Answer::Later)
    });
    made.unwrap_or_else(Answer::from)
}
