//! The seccomp program: an allow-list of calls, as a table, each row with its reason.
//!
//! Landlock decides about files by path; this decides about calls and their register arguments, and sends to the broker
//! what only memory tells. A call that no row names fails with ENOSYS, as on a kernel that lacks it.

mod allowed;
mod arguments;
mod assembler;
pub mod joined;
mod notified;
mod numbers;
mod options;
mod refused;
mod rule;
mod watched;

pub use numbers::{FCHMODAT2, RENAMEAT};
use rule::Rule;

use crate::policy::{AddonPackage, Grant, Policy};
use libc::{ENOSYS, sock_filter};
use std::path::Path;

/// Landlock scopes signals from this ABI on (LANDLOCK_SCOPE_SIGNAL).
const SIGNALS_ABI: u8 = 6;

/// What the program depends on.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub processes: Processes,
    pub folders: Folders,
    pub signals: Signals,
    pub sockets: Sockets,
    pub native_code: NativeCode,
    pub uses: Uses,
}

impl Setting {
    /// What `policy` wants, on a kernel with this Landlock.
    pub fn new(policy: &Policy, landlock_abi: u8, sockets: Sockets, uses: Uses) -> Setting {
        let every_addon =
            |grant: &Grant<AddonPackage>| grant.pattern.folders.iter().any(|folder| folder == Path::new("/"));
        let native = !policy.allow.run.is_empty() || !policy.allow.addons.is_empty();
        Setting {
            processes: if policy.allow.run.is_empty() { Processes::Refused } else { Processes::Granted },
            folders: match (native, policy.allow.write.is_empty()) {
                (false, _) => Folders::Left,
                (true, true) => Folders::Told,
                (true, false) => Folders::Remade,
            },
            signals: if landlock_abi >= SIGNALS_ABI { Signals::Landlock } else { Signals::Broker },
            native_code: if policy.allow.addons.iter().any(every_addon) {
                NativeCode::Free
            } else {
                NativeCode::Watched
            },
            sockets,
            uses,
        }
    }
}

/// Whether any program may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processes {
    Granted,
    Refused,
}

/// Who lets granted folders be removed and made again, and tells of new ones that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folders {
    /// The broker, for native code: three calls of all processes cost a notification each.
    Remade,
    /// The broker, which tells of those that native code wants to make; without a write grant there are no others.
    Told,
    /// The runtime, which sees the kernel's refusals.
    Left,
}

/// Who keeps signals inside the jail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signals {
    /// Landlock, from ABI 6.
    Landlock,
    Broker,
}

/// Who makes sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sockets {
    /// The target; the broker fetches them (pidfd_getfd).
    Target,
    /// The broker, where it can't fetch descriptors; inotify's too.
    Broker,
}

/// Whether the broker looks at native code before it is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeCode {
    Watched,
    /// Every addon is granted.
    Free,
}

/// Whether the broker hears of files that are opened, made and removed: `cordon learn` records them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uses {
    Unwatched,
    Recorded,
}

/// One row of the table: calls that share a rule and its reason.
struct Row {
    calls: Vec<i64>,
    rule: Rule,
    reason: &'static str,
}

fn row(reason: &'static str, rule: Rule, calls: &[i64]) -> Row {
    Row { calls: calls.to_vec(), rule, reason }
}

/// The program for `seccomp(SECCOMP_SET_MODE_FILTER)`.
pub fn program(setting: &Setting) -> Vec<sock_filter> {
    assembled(&table(setting))
}

fn assembled(rows: &[Row]) -> Vec<sock_filter> {
    let mut rules: Vec<(u32, &Rule)> =
        rows.iter().flat_map(|row| row.calls.iter().map(|call| (number(*call), &row.rule))).collect();
    rules.sort_by_key(|rule| rule.0);
    assembler::assemble(&rules, &Rule::Refuse(ENOSYS))
}

fn table(setting: &Setting) -> Vec<Row> {
    let mut rows = allowed::rows();
    rows.extend(arguments::rows(setting));
    rows.extend(notified::rows(setting));
    rows.extend(refused::rows());
    if setting.uses == Uses::Recorded { watched::rows(rows) } else { rows }
}

fn number(call: i64) -> u32 {
    u32::try_from(call).expect("numbers of calls are small and positive")
}

#[cfg(test)]
#[path = "filter/tests.rs"]
pub mod tests;
