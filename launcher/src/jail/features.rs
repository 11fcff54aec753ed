//! What this kernel, and this environment, offer to a jail.

use super::{Error, landlock};
use crate::sys;
use std::fs;

/// What a start depends on, found out in a few calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// The Landlock ABI to use.
    pub landlock_abi: u8,
    pub descriptors: Descriptors,
}

/// Whether descriptors of the target can be fetched (pidfd_getfd(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptors {
    Fetched,
    Refused,
}

impl Features {
    pub fn find(landlock_at_most: Option<u8>) -> Result<Features, Error> {
        let kernel = sys::landlock::abi().unwrap_or(0);
        Ok(Features { landlock_abi: landlock::abi(kernel, landlock_at_most)?, descriptors: descriptors() })
    }
}

/// A process may always fetch its own, so only a filter around this process refuses that; and Yama's scopes 2 and 3
/// refuse it for others (Documentation/admin-guide/LSM/Yama.rst).
fn descriptors() -> Descriptors {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    let strict = scope.is_ok_and(|scope| matches!(scope.trim(), "2" | "3"));
    let own = sys::descriptor::fetch_own();
    if own.is_ok() && !strict { Descriptors::Fetched } else { Descriptors::Refused }
}
