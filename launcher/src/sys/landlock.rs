//! The two Landlock calls that a target makes between fork and exec; the crate does the rest before.

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `struct landlock_path_beneath_attr`, which is packed.
#[repr(C, packed)]
struct PathBeneath {
    allowed: u64,
    parent: i32,
}

const LANDLOCK_RULE_PATH_BENEATH: u32 = 1;

/// Adds the rights `allowed` on what is beneath `parent`.
pub fn add_rule(ruleset: BorrowedFd<'_>, parent: BorrowedFd<'_>, allowed: u64) -> io::Result<()> {
    let rule = PathBeneath { allowed, parent: parent.as_raw_fd() };
    let (number, kind) = (ruleset.as_raw_fd(), LANDLOCK_RULE_PATH_BENEATH);
    // SAFETY: the kernel reads one `landlock_path_beneath_attr`, which `rule` is.
    check(unsafe { libc::syscall(libc::SYS_landlock_add_rule, number, kind, &raw const rule, 0) })?;
    Ok(())
}

/// Restricts the calling thread, for good.
pub fn restrict_self(ruleset: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: landlock_restrict_self touches no memory.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) })?;
    Ok(())
}

/// The kernel's Landlock ABI.
pub fn abi() -> io::Result<u8> {
    let no_attribute = std::ptr::null::<libc::c_void>();
    let version_flag = 1;
    // SAFETY: with this flag the kernel reads no attribute.
    let abi = check(unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, no_attribute, 0_usize, version_flag) })?;
    Ok(abi.min(255) as u8)
}
