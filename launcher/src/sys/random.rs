//! The kernel's random numbers (getrandom(2)).

use super::check;
use std::io;

/// Fills `bytes`, 256 of them at most.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    // SAFETY: the kernel writes into the exclusive slice; up to 256 bytes come whole.
    check(unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) })?;
    Ok(())
}

/// Sixteen random bits.
pub fn number() -> io::Result<u16> {
    let mut bytes = [0; 2];
    fill(&mut bytes)?;
    Ok(u16::from_ne_bytes(bytes))
}
