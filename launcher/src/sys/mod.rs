//! The only unsafe code: each function is one kernel call, with owned types around it.
#![allow(unsafe_code)]

pub mod memory;
pub mod notification;
pub mod path;
pub mod process;
pub mod random;
pub mod socket;
pub mod terminal;

use std::io;

/// The value of a call that returns -1 and sets errno when it fails.
pub fn check<T: Copy + PartialOrd + Default>(value: T) -> io::Result<T> {
    if value < T::default() { Err(io::Error::last_os_error()) } else { Ok(value) }
}
