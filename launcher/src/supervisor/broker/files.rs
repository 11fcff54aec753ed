//! Metadata: modes, owners, times and extended attributes, which Landlock does not cover.
//!
//! Each change wants a write grant for the file's real path, whichever way the file is named: by a path, or by a
//! descriptor that may be open for reading only.

use super::found::{Found, Last, magic};
use super::{Answer, Broker, Call, Caller};
use crate::policy::{Permission, Request};
use crate::sys::metadata::{self, Times};
use crate::sys::path;
use libc::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, EINVAL, EPERM, c_int};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Set-user-ID and set-group-ID on anything but a folder: a program that would outlive the jail and act for its owner.
const SET_ID: u32 = libc::S_ISUID | libc::S_ISGID;
const MODES: u32 = 0o7777;
/// XATTR_NAME_MAX and XATTR_SIZE_MAX (linux/limits.h).
const LONGEST_NAME: usize = 255;
const LARGEST_VALUE: u64 = 65_536;

/// How a call names its file.
enum Named {
    /// By a path: relative to which folder, its address, and how the last part is taken.
    Path(c_int, u64, Last),
    /// By a descriptor.
    Descriptor(c_int),
}

/// A path, or with AT_EMPTY_PATH and an empty one the folder's descriptor.
fn named_at(caller: &Caller, folder: u64, path: u64, flags: u64, allowed: c_int) -> io::Result<Named> {
    let flags = flags as c_int;
    if flags & !allowed != 0 {
        return Err(io::Error::from_raw_os_error(EINVAL));
    }
    let folder = folder as c_int;
    if flags & AT_EMPTY_PATH != 0 && caller.text(path)?.is_empty() {
        return Ok(Named::Descriptor(folder));
    }
    Ok(Named::Path(folder, path, if flags & AT_SYMLINK_NOFOLLOW != 0 { Last::Keep } else { Last::Follow }))
}

/// Finds the file, decides, and changes it.
fn change(
    broker: &Broker,
    caller: &Caller,
    named: io::Result<Named>,
    act: impl FnOnce(&Found) -> io::Result<()>,
) -> Answer {
    let found = named.and_then(|named| match named {
        Named::Path(folder, path, last) => caller.find(folder, &caller.text(path)?, last),
        Named::Descriptor(AT_FDCWD) => caller.find(AT_FDCWD, c".", Last::Follow),
        Named::Descriptor(number) => caller.find_descriptor(number),
    });
    let found = match found {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    if !broker.policy.decide(&Request::Write(&found.path)).allowed() {
        return broker.refuse(Permission::Write, &found.path);
    }
    if !caller.still_waits() {
        return Answer::Error(libc::ESRCH);
    }
    act(&found).map(|()| 0).into()
}

// Modes.

/// `chmod(path, mode)`
#[cfg(target_arch = "x86_64")]
pub fn chmod(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [path, mode, ..] = call.arguments;
    set_mode(broker, caller, Ok(Named::Path(AT_FDCWD, path, Last::Follow)), mode)
}

/// `fchmod(descriptor, mode)`
pub fn fchmod(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [descriptor, mode, ..] = call.arguments;
    match caller.find_socket(descriptor as c_int) {
        Ok(Some(socket)) => set_socket_mode(caller, &socket, mode),
        _ => set_mode(broker, caller, Ok(Named::Descriptor(descriptor as c_int)), mode),
    }
}

/// The mode of a socket itself means nothing to anybody, but that its file is made with it: in a folder that may be
/// written. The engine sets it before it sets that of the file (`listen({ path, readableAll })`).
fn set_socket_mode(caller: &Caller, socket: &OwnedFd, mode: u64) -> Answer {
    let mode = mode as u32 & MODES;
    if mode & SET_ID != 0 {
        return Answer::Error(EPERM);
    }
    if !caller.still_waits() {
        return Answer::Error(libc::ESRCH);
    }
    metadata::set_mode(caller.proc(), &magic(socket.as_fd()), mode).map(|()| 0).into()
}

/// `fchmodat(folder, path, mode)`: the kernel's has no flags.
pub fn fchmodat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, mode, ..] = call.arguments;
    set_mode(broker, caller, Ok(Named::Path(folder as c_int, path, Last::Follow)), mode)
}

/// `fchmodat2(folder, path, mode, flags)`
pub fn fchmodat2(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, mode, flags, ..] = call.arguments;
    let named = named_at(caller, folder, path, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    set_mode(broker, caller, named, mode)
}

fn set_mode(broker: &Broker, caller: &Caller, named: io::Result<Named>, mode: u64) -> Answer {
    let mode = mode as u32 & MODES;
    change(broker, caller, named, |found| {
        if mode & SET_ID != 0 && !is_folder(found)? {
            return Err(io::Error::from_raw_os_error(EPERM));
        }
        metadata::set_mode(caller.proc(), &found.magic(), mode)
    })
}

fn is_folder(found: &Found) -> io::Result<bool> {
    Ok(path::status(found.descriptor.as_fd())?.st_mode & libc::S_IFMT == libc::S_IFDIR)
}

// Owners.

/// `chown(path, user, group)`
#[cfg(target_arch = "x86_64")]
pub fn chown(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [path, user, group, ..] = call.arguments;
    set_owner(broker, caller, Ok(Named::Path(AT_FDCWD, path, Last::Follow)), user, group)
}

/// `lchown(path, user, group)`
#[cfg(target_arch = "x86_64")]
pub fn lchown(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [path, user, group, ..] = call.arguments;
    set_owner(broker, caller, Ok(Named::Path(AT_FDCWD, path, Last::Keep)), user, group)
}

/// `fchown(descriptor, user, group)`
pub fn fchown(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [descriptor, user, group, ..] = call.arguments;
    set_owner(broker, caller, Ok(Named::Descriptor(descriptor as c_int)), user, group)
}

/// `fchownat(folder, path, user, group, flags)`
pub fn fchownat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, user, group, flags, _] = call.arguments;
    let named = named_at(caller, folder, path, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    set_owner(broker, caller, named, user, group)
}

fn set_owner(broker: &Broker, caller: &Caller, named: io::Result<Named>, user: u64, group: u64) -> Answer {
    change(broker, caller, named, |found| metadata::set_owner(found.descriptor.as_fd(), user as u32, group as u32))
}

// Times.

/// `utimensat(folder, path, times, flags)`; without a path it is the descriptor `folder`.
pub fn utimensat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, times, flags, ..] = call.arguments;
    let named = match path {
        0 if flags as c_int == 0 => Ok(Named::Descriptor(folder as c_int)),
        0 => Err(io::Error::from_raw_os_error(EINVAL)),
        _ => named_at(caller, folder, path, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH),
    };
    set_times(broker, caller, named, read_times(caller, times, Ok))
}

/// `utimes(path, times)`
#[cfg(target_arch = "x86_64")]
pub fn utimes(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [path, times, ..] = call.arguments;
    let named = Ok(Named::Path(AT_FDCWD, path, Last::Follow));
    set_times(broker, caller, named, read_times(caller, times, nanoseconds))
}

/// `futimesat(folder, path, times)`
#[cfg(target_arch = "x86_64")]
pub fn futimesat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, times, ..] = call.arguments;
    let named = match path {
        0 => Named::Descriptor(folder as c_int),
        _ => Named::Path(folder as c_int, path, Last::Follow),
    };
    set_times(broker, caller, Ok(named), read_times(caller, times, nanoseconds))
}

/// `utime(path, times)`: whole seconds.
#[cfg(target_arch = "x86_64")]
pub fn utime(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [path, times, ..] = call.arguments;
    let times = read_numbers::<2>(caller, times)
        .map(|seconds| seconds.map(|seconds| seconds.map(|seconds| libc::timespec { tv_sec: seconds, tv_nsec: 0 })));
    set_times(broker, caller, Ok(Named::Path(AT_FDCWD, path, Last::Follow)), times)
}

fn set_times(broker: &Broker, caller: &Caller, named: io::Result<Named>, times: io::Result<Times>) -> Answer {
    match times {
        Ok(times) => change(broker, caller, named, |found| metadata::set_times(caller.proc(), &found.magic(), times)),
        Err(error) => error.into(),
    }
}

fn read_times(
    caller: &Caller,
    address: u64,
    convert: fn(libc::timespec) -> io::Result<libc::timespec>,
) -> io::Result<Times> {
    let Some([seconds, parts, seconds_too, parts_too]) = read_numbers::<4>(caller, address)? else { return Ok(None) };
    Ok(Some([
        convert(libc::timespec { tv_sec: seconds, tv_nsec: parts })?,
        convert(libc::timespec { tv_sec: seconds_too, tv_nsec: parts_too })?,
    ]))
}

/// From a `timeval`, which has microseconds.
#[cfg(target_arch = "x86_64")]
fn nanoseconds(time: libc::timespec) -> io::Result<libc::timespec> {
    if !(0..1_000_000).contains(&time.tv_nsec) {
        return Err(io::Error::from_raw_os_error(EINVAL));
    }
    Ok(libc::timespec { tv_sec: time.tv_sec, tv_nsec: time.tv_nsec * 1000 })
}

/// `None` at address 0.
fn read_numbers<const N: usize>(caller: &Caller, address: u64) -> io::Result<Option<[i64; N]>> {
    if address == 0 {
        return Ok(None);
    }
    let mut bytes = [[0; 8]; N];
    caller.read_memory(address, bytes.as_flattened_mut())?;
    Ok(Some(bytes.map(i64::from_ne_bytes)))
}

// Extended attributes.

/// `setxattr(path, name, value, size, flags)`
pub fn setxattr(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    set_attribute(broker, caller, call, Named::Path(AT_FDCWD, call.arguments[0], Last::Follow))
}

/// `lsetxattr(path, name, value, size, flags)`
pub fn lsetxattr(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    set_attribute(broker, caller, call, Named::Path(AT_FDCWD, call.arguments[0], Last::Keep))
}

/// `fsetxattr(descriptor, name, value, size, flags)`
pub fn fsetxattr(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    set_attribute(broker, caller, call, Named::Descriptor(call.arguments[0] as c_int))
}

/// `removexattr(path, name)`
pub fn removexattr(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    remove_attribute(broker, caller, call, Named::Path(AT_FDCWD, call.arguments[0], Last::Follow))
}

/// `lremovexattr(path, name)`
pub fn lremovexattr(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    remove_attribute(broker, caller, call, Named::Path(AT_FDCWD, call.arguments[0], Last::Keep))
}

/// `fremovexattr(descriptor, name)`
pub fn fremovexattr(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    remove_attribute(broker, caller, call, Named::Descriptor(call.arguments[0] as c_int))
}

fn set_attribute(broker: &Broker, caller: &Caller, call: &Call, named: Named) -> Answer {
    let [_, name, value, size, flags, _] = call.arguments;
    if size > LARGEST_VALUE {
        return Answer::Error(libc::E2BIG);
    }
    let copied = attribute_name(caller, name).and_then(|name| {
        let mut bytes = vec![0; size as usize];
        caller.read_memory(value, &mut bytes)?;
        Ok((name, bytes))
    });
    match copied {
        Ok((name, value)) => change(broker, caller, Ok(named), |found| {
            metadata::set_attribute(&found.magic(), &name, &value, flags as c_int)
        }),
        Err(error) => error.into(),
    }
}

fn remove_attribute(broker: &Broker, caller: &Caller, call: &Call, named: Named) -> Answer {
    match attribute_name(caller, call.arguments[1]) {
        Ok(name) => change(broker, caller, Ok(named), |found| metadata::remove_attribute(&found.magic(), &name)),
        Err(error) => error.into(),
    }
}

fn attribute_name(caller: &Caller, address: u64) -> io::Result<std::ffi::CString> {
    let name = caller.text(address)?;
    match name.as_bytes().len() {
        1..=LONGEST_NAME => Ok(name),
        _ => Err(io::Error::from_raw_os_error(libc::ERANGE)),
    }
}
