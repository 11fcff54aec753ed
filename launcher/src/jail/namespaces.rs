//! Namespaces of processes and mounts: a further layer where the kernel allows them, never the boundary. One of messages
//! would add nothing: no jail may use System V's objects or POSIX queues.

use crate::sys::spawn::{self, Side};
use crate::sys::{mount, privilege};
use std::fs;
use std::io;

/// What the launcher's next child gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It is init of a PID namespace, and the launcher shares a mount namespace with it.
    All,
    /// Nothing: they are off, or this kernel or environment refuses them.
    None,
}

/// Moves the calling process, which must have one thread, to a mount namespace of its own. Root needs no user namespace;
/// where the user has no such rights, one gives them, inside of it only.
pub fn enter() -> Entered {
    if privilege::user() == 0 && mount::unshare(mount::MOUNTS).is_ok() {
        return Entered::All;
    }
    let (user, group) = (privilege::user(), privilege::group());
    let entered = mount::unshare(mount::USER | mount::MOUNTS).is_ok() && map(user, group).is_ok();
    if entered { Entered::All } else { Entered::None }
}

/// Makes the child. The launcher itself stays in its PID namespace: a process that has left its own can start no threads.
pub fn fork(entered: Entered) -> io::Result<Side> {
    spawn::fork(if entered == Entered::All { mount::PROCESSES } else { 0 })
}

/// Everybody keeps their number (user_namespaces(7)).
fn map(user: u32, group: u32) -> io::Result<()> {
    // Without this the kernel lets no unprivileged process map groups.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}
