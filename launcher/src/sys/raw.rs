//! Calls by number, for tests of the filter and of the broker.

use super::check;
use std::io;

/// With numbers for arguments, and no pointers to anything that is there.
pub fn call(number: i64, arguments: [u64; 6]) -> io::Result<i64> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: tests pass no address of memory in use, so the kernel touches none of it.
    check(unsafe { libc::syscall(number, a, b, c, d, e, f) })
}

/// With pointers for arguments: to `_memory` or into it, and nowhere else.
pub fn call_with(number: i64, arguments: [u64; 6], _memory: &mut [u8]) -> io::Result<i64> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the kernel checks addresses, and what tests point it to is `_memory`, which is theirs alone.
    check(unsafe { libc::syscall(number, a, b, c, d, e, f) })
}
