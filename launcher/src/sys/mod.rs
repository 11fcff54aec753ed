//! The only unsafe code: each function is one kernel call, with owned types around it; and the memory of a start (`early`).
#![allow(unsafe_code)]

pub mod descriptor;
pub mod early;
pub mod file;
pub mod inotify;
pub mod landlock;
pub mod limit;
pub mod listing;
pub mod memory;
pub mod metadata;
pub mod mount;
pub mod notification;
pub mod path;
pub mod privilege;
pub mod process;
pub mod random;
#[cfg(test)]
pub mod raw;
pub mod seccomp;
pub mod signal;
pub mod socket;
pub mod spawn;
pub mod terminal;
pub mod thread;

use std::io;

/// The value of a call that returns -1 and sets errno when it fails.
pub fn check<T: Copy + PartialOrd + Default>(value: T) -> io::Result<T> {
    if value < T::default() { Err(io::Error::last_os_error()) } else { Ok(value) }
}
