//! What this kernel, and this environment, offer to a jail.

use super::namespaces::{self, Entered};
use super::{Error, landlock};
use crate::sys::mount;
use crate::sys::spawn::{self, Change, Side};
use crate::sys::{self, seccomp};
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

/// Whether a filter with a listener can be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    Possible,
    /// Another one listens to this process.
    Taken,
    Refused,
}

/// What namespaces are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespacesHere {
    All,
    /// A new root, but not a /proc of its own.
    MachineProcesses,
    /// Nobody may mount.
    MachineRoot,
    None,
}

impl Features {
    pub fn find(landlock_at_most: Option<u8>) -> Result<Features, Error> {
        Ok(Features { landlock_abi: landlock::abi(landlock_abi(), landlock_at_most)?, descriptors: descriptors() })
    }
}

/// The kernel's, 0 for none.
pub fn landlock_abi() -> u8 {
    sys::landlock::abi().unwrap_or(0)
}

/// A process may always fetch its own, so only a filter around this process refuses that; and Yama's scopes 2 and 3
/// refuse it for others (Documentation/admin-guide/LSM/Yama.rst).
pub fn descriptors() -> Descriptors {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    let strict = scope.is_ok_and(|scope| matches!(scope.trim(), "2" | "3"));
    let own = sys::descriptor::fetch_own();
    if own.is_ok() && !strict { Descriptors::Fetched } else { Descriptors::Refused }
}

/// Installs a filter that allows everything, in a child.
pub fn listener() -> Listener {
    const ALLOW: libc::sock_filter = libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let outcome = in_child(|| {
        let installed = sys::privilege::never_gain().and_then(|()| seccomp::install(&[ALLOW]));
        match installed {
            Ok(_) => 0,
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => 1,
            Err(_) => 2,
        }
    });
    match outcome {
        Some(0) => Listener::Possible,
        Some(1) => Listener::Taken,
        _ => Listener::Refused,
    }
}

/// Makes them, and mounts, in a child.
pub fn namespaces() -> NamespacesHere {
    let outcome = in_child(|| {
        if namespaces::enter() == Entered::None {
            return 3;
        }
        match namespaces::fork(Entered::All) {
            Ok(Side::Child) => spawn::exit_now(mounts()),
            Ok(Side::Parent(child)) => match spawn::wait_end(child) {
                Ok(Change::Exited(code)) => code,
                _ => 3,
            },
            Err(_) => 3,
        }
    });
    match outcome {
        Some(0) => NamespacesHere::All,
        Some(1) => NamespacesHere::MachineProcesses,
        Some(2) => NamespacesHere::MachineRoot,
        _ => NamespacesHere::None,
    }
}

fn mounts() -> i32 {
    let root = mount::make_private().and_then(|()| mount::memory(c"/tmp", c"size=4k"));
    match (root, mount::processes()) {
        (Ok(()), Ok(_)) => 0,
        (Ok(()), Err(_)) => 1,
        (Err(_), _) => 2,
    }
}

/// What `probe` returns, run in a child of its own: it may give up rights for good.
fn in_child(probe: impl FnOnce() -> i32) -> Option<i32> {
    match spawn::fork(0).ok()? {
        Side::Child => spawn::exit_now(probe()),
        Side::Parent(child) => match spawn::wait_end(child).ok()? {
            Change::Exited(code) => Some(code),
            _ => None,
        },
    }
}
