//! Calls by number, for tests of the filter: with numbers for arguments, and no pointers to anything that is there.

use super::check;
use std::io;

pub fn call(number: i64, arguments: [u64; 6]) -> io::Result<i64> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: tests pass no address of memory in use, so the kernel touches none of it.
    check(unsafe { libc::syscall(number, a, b, c, d, e, f) })
}
