//! The kernel's random numbers (getrandom(2)).

use super::check;
use std::io;

/// Sixteen random bits.
pub fn number() -> io::Result<u16> {
    let mut bytes = [0u8; 2];
    // SAFETY: the kernel writes at most two bytes to `bytes`. So few come whole.
    check(unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) })?;
    Ok(u16::from_ne_bytes(bytes))
}
