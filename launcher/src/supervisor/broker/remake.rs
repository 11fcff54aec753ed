//! Granted folders that are removed and made again, as build tools do with their output.
//!
//! Landlock's rules are bound to inodes, so a folder that is really removed loses its grant. Removing an empty one is
//! answered with success, and so is making it again; to the kernel it stays. Everything else goes on: Landlock decides.
//!
//! These calls come here where a grant lets native code run. Elsewhere the runtime does the same (runtime/remade/), which
//! spares every program a notification for each of them.

use super::found::{Found, Last};
use super::{Answer, Broker, Call, Caller};
use crate::policy::Policy;
use crate::sys::path;
#[cfg(target_arch = "x86_64")]
use libc::AT_FDCWD;
use libc::{AT_REMOVEDIR, EEXIST, EISDIR, ENOENT, ENOTEMPTY, c_int};
use std::collections::HashSet;
use std::ffi::{CStr, OsString};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The folders that are granted for writing, and which of them the target believes to have removed.
#[derive(Debug)]
pub struct Folders {
    granted: HashSet<PathBuf>,
    /// Last parts of their paths: most calls are about other names, and go on after a look at those.
    names: HashSet<OsString>,
    /// By device and inode: as many as there are grants, at most.
    removed: Mutex<HashSet<(u64, u64)>>,
}

impl Folders {
    pub fn new(policy: &Policy) -> Folders {
        let all: HashSet<&Path> = policy.allow.write.iter().map(|grant| grant.pattern.as_path()).collect();
        // What lies in another granted folder is removed by the kernel, and made again under that one's grant.
        let is_inside = |path: &Path| path.ancestors().skip(1).any(|above| all.contains(above));
        let granted: HashSet<PathBuf> =
            all.iter().filter(|path| !is_inside(path)).map(|path| path.to_path_buf()).collect();
        let names = granted.iter().filter_map(|path| path.file_name()).map(OsString::from).collect();
        Folders { granted, names, removed: Mutex::default() }
    }

    fn removed(&self) -> MutexGuard<'_, HashSet<(u64, u64)>> {
        self.removed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `path` may name a granted folder.
    fn may_name(&self, path: &CStr) -> bool {
        let name = path.to_bytes().rsplit(|byte| *byte == b'/').find(|part| !part.is_empty());
        name.is_some_and(|name| self.names.contains(std::ffi::OsStr::from_bytes(name)))
    }
}

/// `unlink(path)`
#[cfg(target_arch = "x86_64")]
pub fn unlink(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    on_granted(broker, caller, AT_FDCWD, call.arguments[0], |_, _| Answer::Error(EISDIR))
}

/// `unlinkat(folder, path, flags)`
pub fn unlinkat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, flags, ..] = call.arguments;
    let act =
        if flags as c_int & AT_REMOVEDIR != 0 { remove } else { |_: &Granted<'_>, _: &Caller| Answer::Error(EISDIR) };
    on_granted(broker, caller, folder as c_int, path, act)
}

/// `rmdir(path)`
#[cfg(target_arch = "x86_64")]
pub fn rmdir(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    on_granted(broker, caller, AT_FDCWD, call.arguments[0], remove)
}

/// `mkdir(path, mode)`
#[cfg(target_arch = "x86_64")]
pub fn mkdir(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    on_granted(broker, caller, AT_FDCWD, call.arguments[0], make)
}

/// `mkdirat(folder, path, mode)`
pub fn mkdirat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, ..] = call.arguments;
    on_granted(broker, caller, folder as c_int, path, make)
}

/// A granted folder that a call names.
struct Granted<'a> {
    folders: &'a Folders,
    found: Found,
    inode: (u64, u64),
}

/// Answers with `act` where the path is a granted folder; everything else is Landlock's.
fn on_granted(
    broker: &Broker,
    caller: &Caller,
    folder: c_int,
    path: u64,
    act: fn(&Granted<'_>, &Caller) -> Answer,
) -> Answer {
    match granted(&broker.folders, caller, folder, path) {
        Ok(Some(granted)) if caller.still_waits() => act(&granted, caller),
        _ => Answer::Continue,
    }
}

fn granted<'a>(folders: &'a Folders, caller: &Caller, folder: c_int, path: u64) -> io::Result<Option<Granted<'a>>> {
    let text = caller.text(path)?;
    if !folders.may_name(&text) {
        return Ok(None);
    }
    let found = caller.find(folder, &text, Last::Keep)?;
    let status = path::status(found.descriptor.as_fd())?;
    let is_folder = status.st_mode & libc::S_IFMT == libc::S_IFDIR;
    if !is_folder || !folders.granted.contains(&found.path) {
        return Ok(None);
    }
    Ok(Some(Granted { folders, found, inode: (status.st_dev, status.st_ino) }))
}

fn remove(granted: &Granted<'_>, caller: &Caller) -> Answer {
    let mut removed = granted.folders.removed();
    if removed.contains(&granted.inode) {
        return Answer::Error(ENOENT);
    }
    match is_empty(granted, caller) {
        Ok(true) => {
            removed.insert(granted.inode);
            Answer::Value(0)
        }
        Ok(false) => Answer::Error(ENOTEMPTY),
        Err(error) => error.into(),
    }
}

fn make(granted: &Granted<'_>, _: &Caller) -> Answer {
    if granted.folders.removed().remove(&granted.inode) { Answer::Value(0) } else { Answer::Error(EEXIST) }
}

fn is_empty(granted: &Granted<'_>, caller: &Caller) -> io::Result<bool> {
    let folder = path::open(caller.proc(), &granted.found.magic(), libc::O_RDONLY | libc::O_DIRECTORY)?;
    path::is_empty(folder.as_fd())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Grant, Grants, Origin};

    fn folders(paths: &[&str]) -> Folders {
        let grant =
            |path: &&str| Grant { pattern: PathBuf::from(path), text: (*path).into(), origin: Origin::Default("test") };
        let allow = Grants { write: paths.iter().map(grant).collect(), ..Grants::default() };
        Folders::new(&Policy { allow, ..Policy::default() })
    }

    #[test]
    fn only_names_of_granted_folders_are_looked_up() {
        let folders = folders(&["/app/dist"]);
        for path in [c"dist", c"/app/dist/", c"../x/dist//"] {
            assert!(folders.may_name(path));
        }
        for path in [c"", c"/", c"dist/a.js", c"/app/dist2", c"/app/dist/.", c"xdist"] {
            assert!(!folders.may_name(path));
        }
    }
    #[test]
    fn what_lies_in_another_granted_folder_is_the_kernels() {
        let folders = folders(&["/app/dist/cache", "/app/dist", "/app/dist-two"]);
        assert!(folders.may_name(c"dist") && folders.may_name(c"dist-two"));
        assert!(!folders.may_name(c"dist/cache"));
    }
}
