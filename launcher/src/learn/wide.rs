//! The policy that holds while something is learned: wide enough that most programs do their work, and closed where
//! secrets are.
//!
//! Reads of the system outside HOME; writes in the project's subfolders and TMPDIR; loopback and public hosts; granted
//! programs and those of node_modules. Everything else is refused as ever, and what the manifest denies stays denied.

use crate::manifest::{self, Project};
use crate::policy::{
    AddonPackage, CACHES, Cidr, EnvPattern, Grant, HostPattern, ListenPattern, NetPattern, Origin, Policy, PortPattern,
    Program,
};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const WHY: &str = "while learning";

/// Folders of the system that a program may have reasons to read.
const SYSTEM: [&str; 12] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/var/lib", "/var/cache", "/srv", "/run"];

/// Secrets of the system, and what leads to other programs' doors.
const SECRET: [&str; 24] = [
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssh",
    "/etc/ssl/private",
    "/etc/pki/tls/private",
    "/etc/kubernetes",
    "/etc/docker",
    "/etc/wireguard",
    "/etc/NetworkManager",
    "/etc/netplan",
    "/etc/krb5.keytab",
    "/etc/security",
    "/etc/polkit-1",
    "/run/secrets",
    "/run/user",
    "/run/credentials",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/lib/postgresql",
    "/var/lib/private",
];

/// Files of node_modules that are looked at, at most, for programs among them.
const LOOKED_AT: usize = 200_000;

/// Adds to `policy` what holds while learning; `variables` are the names of the user's environment.
pub fn widen<'v>(
    policy: &mut Policy,
    project: &Project,
    homes: &[PathBuf],
    variables: impl Iterator<Item = &'v OsStr>,
) {
    policy.deny.read.extend(SECRET.iter().filter_map(|path| fs::canonicalize(path).ok()).map(grant));
    let system = SYSTEM.iter().filter_map(|path| fs::canonicalize(path).ok());
    policy.allow.read.extend(system.filter(|path| !never_holds(path, homes)).map(grant));
    if let Some(root) = &project.root {
        // A member of a workspace has its own folders beside those of the whole.
        for folder in BTreeSet::from([root, &project.folder]).into_iter().filter(|folder| folder.starts_with(root)) {
            policy.allow.write.extend(subfolders(folder, &policy.own.secrets, project).into_iter().map(grant));
        }
        policy.allow.run.extend(programs(root).into_iter().map(|path| grant(Program { name: name_of(&path), path })));
        policy.allow.addons.push(grant(AddonPackage { name: "*".into(), folders: vec![root.join("node_modules")] }));
    }
    policy.allow.net.extend(hosts().into_iter().map(grant));
    policy.allow.listen.push(grant(ListenPattern { address: None, port: PortPattern::Any }));
    let named = variables.filter_map(OsStr::to_str).filter(|name| !is_secret_name(name));
    policy.allow.env.extend(named.map(|name| grant(EnvPattern::Name(name.to_owned()))));
}

/// Whether a folder holds HOME or is in it.
fn never_holds(path: &Path, homes: &[PathBuf]) -> bool {
    homes.iter().any(|home| path.starts_with(home) || home.starts_with(path))
}

fn grant<P>(pattern: P) -> Grant<P> {
    Grant { pattern, text: WHY.into(), origin: Origin::Default(WHY) }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The project's own subfolders that hold no secret, no code that other programs start, and no other package.
fn subfolders(root: &Path, secrets: &[PathBuf], project: &Project) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let paths = folders.map(|entry| entry.path());
    let may = |path: &PathBuf| {
        manifest::may_be_written(path, project)
            && !secrets.iter().any(|secret| secret.starts_with(path) || secret == path)
    };
    let modules = root.join("node_modules");
    let caches = CACHES.map(|name| modules.join(name));
    paths.filter(may).chain(caches.into_iter().filter(|path| path.is_dir())).collect()
}

/// Native programs that packages bring along, and what node_modules/.bin leads to.
fn programs(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root.join("node_modules")];
    let mut looked_at = 0;
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            looked_at += 1;
            if looked_at > LOOKED_AT {
                return found;
            }
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(path),
                Ok(kind) if kind.is_file() && is_native_program(&path) => found.push(path),
                _ => {}
            }
        }
    }
    found
}

fn is_native_program(path: &Path) -> bool {
    let executable = fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0);
    if !executable || path.extension().is_some_and(|ending| ["node", "so", "js"].iter().any(|other| ending == *other)) {
        return false;
    }
    let mut start = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"\x7fELF"
}

fn hosts() -> Vec<NetPattern> {
    let any = |host| NetPattern::Host { host, port: PortPattern::Any, private: false };
    let loopback = Cidr { address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), prefix: 8 };
    vec![
        any(HostPattern::Public),
        any(HostPattern::Name("localhost".into())),
        any(HostPattern::Network(loopback)),
        any(HostPattern::Address(IpAddr::V6(Ipv6Addr::LOCALHOST))),
    ]
}

/// Names of variables whose values are not handed to a program that is only being learned.
pub fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 16] = [
        "TOKEN",
        "SECRET",
        "PASSW",
        "PASSPHRASE",
        "CREDENTIAL",
        "PRIVATE",
        "API_KEY",
        "APIKEY",
        "ACCESS_KEY",
        "AUTH",
        "COOKIE",
        "SESSION",
        "SIGNING",
        "ENCRYPTION",
        "WEBHOOK",
        "_KEY",
    ];
    let upper = name.to_ascii_uppercase();
    crate::policy::is_dangerous(name) || upper.ends_with("KEY") || PARTS.iter().any(|part| upper.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_sound_like_secrets_are_not_handed_over() {
        for name in ["NPM_TOKEN", "AWS_SECRET_ACCESS_KEY", "stripe_api_key", "DB_PASSWORD", "LD_PRELOAD", "SSHKEY"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["DATABASE_URL", "APP_MODE", "REDIS_HOST", "KEYBOARD"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
