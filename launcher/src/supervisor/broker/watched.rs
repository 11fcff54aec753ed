//! Uses of files that are recorded while `cordon learn` watches, and folders that may not be made. Nothing is decided
//! here: the kernel goes on with each call, and Landlock bounds it.

use super::found::{Found, Last, as_written};
use super::{Answer, Broker, Call, Caller, remake};
use crate::denial::Denial;
use crate::policy::{Permission, Request};
use crate::supervisor::record::Use;
use crate::sys::path;
use libc::{AT_FDCWD, O_ACCMODE, O_CREAT, O_PATH, O_RDONLY, O_TRUNC, O_WRONLY, c_int};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::AsFd;
use std::path::{Component, PathBuf};

/// `openat(folder, path, flags, mode)`
pub fn openat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, flags, ..] = call.arguments;
    opened(broker, caller, folder as c_int, path, flags as c_int)
}

/// `open(path, flags, mode)`
#[cfg(target_arch = "x86_64")]
pub fn open(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [path, flags, ..] = call.arguments;
    opened(broker, caller, AT_FDCWD, path, flags as c_int)
}

/// `creat(path, mode)`
#[cfg(target_arch = "x86_64")]
pub fn creat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    opened(broker, caller, AT_FDCWD, call.arguments[0], O_CREAT | O_WRONLY | O_TRUNC)
}

/// `mkdirat` and `mknodat`: `(folder, path, …)`
pub fn made_at(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, ..] = call.arguments;
    note(broker, caller, folder as c_int, path, Use::Make);
    if call.number != libc::SYS_mkdirat {
        return Answer::Continue;
    }
    tell_refused(broker, caller, folder as c_int, path);
    remake::mkdirat(broker, caller, call)
}

/// `mkdir` and `mknod`: `(path, …)`
#[cfg(target_arch = "x86_64")]
pub fn made(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    note(broker, caller, AT_FDCWD, call.arguments[0], Use::Make);
    if call.number != libc::SYS_mkdir {
        return Answer::Continue;
    }
    tell_refused(broker, caller, AT_FDCWD, call.arguments[0]);
    remake::mkdir(broker, caller, call)
}

/// `unlinkat(folder, path, flags)`
pub fn unlinkat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, ..] = call.arguments;
    note(broker, caller, folder as c_int, path, Use::Remove);
    remake::unlinkat(broker, caller, call)
}

/// `unlink(path)` and `rmdir(path)`
#[cfg(target_arch = "x86_64")]
pub fn unlink(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    note(broker, caller, AT_FDCWD, call.arguments[0], Use::Remove);
    if call.number == libc::SYS_rmdir {
        remake::rmdir(broker, caller, call)
    } else {
        remake::unlink(broker, caller, call)
    }
}

/// `renameat(folder, path, folder, path)`, `renameat2`, `linkat`
pub fn moved_at(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [from_folder, from, to_folder, to, ..] = call.arguments;
    let how = if call.number == libc::SYS_linkat { Use::Read } else { Use::Remove };
    note(broker, caller, from_folder as c_int, from, how);
    note(broker, caller, to_folder as c_int, to, Use::Make);
    Answer::Continue
}

/// `rename(path, path)` and `link`
#[cfg(target_arch = "x86_64")]
pub fn moved(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [from, to, ..] = call.arguments;
    note(broker, caller, AT_FDCWD, from, if call.number == libc::SYS_link { Use::Read } else { Use::Remove });
    note(broker, caller, AT_FDCWD, to, Use::Make);
    Answer::Continue
}

/// `symlinkat(text, folder, path)`
pub fn symlinkat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [_, folder, path, ..] = call.arguments;
    note(broker, caller, folder as c_int, path, Use::Make);
    Answer::Continue
}

/// `symlink(text, path)`
#[cfg(target_arch = "x86_64")]
pub fn symlink(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    note(broker, caller, AT_FDCWD, call.arguments[1], Use::Make);
    Answer::Continue
}

/// `truncate(path, length)`
pub fn truncate(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    note(broker, caller, AT_FDCWD, call.arguments[0], Use::Change);
    Answer::Continue
}

fn opened(broker: &Broker, caller: &Caller, folder: c_int, path: u64, flags: c_int) -> Answer {
    // Without data: Landlock does not hold such a descriptor either (open(2), O_PATH).
    if flags & O_PATH != 0 {
        return Answer::Continue;
    }
    let Some(text) = caller.text(path).ok() else { return Answer::Continue };
    let writes = flags & O_ACCMODE != O_RDONLY || flags & O_TRUNC != 0;
    let reads = flags & O_ACCMODE != O_WRONLY;
    match caller.find(folder, &text, Last::Follow) {
        Ok(found) => {
            if writes {
                broker.used(Use::Change, found.path.clone());
            }
            if reads {
                let how = if is_folder(&found) { Use::List } else { Use::Read };
                broker.used(how, found.path);
            }
        }
        Err(_) if flags & O_CREAT != 0 => named(broker, caller, folder, &text, Use::Make),
        Err(_) => {}
    }
    Answer::Continue
}

fn is_folder(found: &Found) -> bool {
    path::status(found.descriptor.as_fd()).is_ok_and(|status| status.st_mode & libc::S_IFMT == libc::S_IFDIR)
}

fn note(broker: &Broker, caller: &Caller, folder: c_int, path: u64, how: Use) {
    if broker.record.is_none() {
        return;
    }
    if let Ok(text) = caller.text(path) {
        named(broker, caller, folder, &text, how);
    }
}

/// Records a use of a name: it may not be there, its folder is.
fn named(broker: &Broker, caller: &Caller, folder: c_int, text: &CStr, how: Use) {
    if let Ok(path) = place(caller, folder, text) {
        broker.used(how, path);
    }
}

/// Tells of a folder that is not there and may not be made: the kernel will refuse it, and native code has no runtime
/// that would say so.
fn tell_refused(broker: &Broker, caller: &Caller, folder: c_int, path: u64) {
    let Ok(text) = caller.text(path) else { return };
    if caller.find(folder, &text, Last::Keep).is_ok() {
        return;
    }
    if let Ok(path) = place(caller, folder, &text)
        && !broker.policy.decide(&Request::Write(&path)).allowed()
    {
        broker.reports.tell(Denial::of_path(Permission::Write, &path));
    }
}

fn place(caller: &Caller, folder: c_int, text: &CStr) -> io::Result<PathBuf> {
    let written = as_written(text);
    let Some(Component::Normal(name)) = written.components().next_back() else {
        return Ok(caller.find(folder, text, Last::Keep)?.path);
    };
    let above = match written.parent() {
        Some(above) if !above.as_os_str().is_empty() => CString::new(above.as_os_str().as_encoded_bytes())?,
        _ => c".".to_owned(),
    };
    Ok(caller.find(folder, &above, Last::Follow)?.path.join(name))
}
