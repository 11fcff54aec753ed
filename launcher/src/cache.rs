//! Where the runtime keeps transformed TypeScript and V8's code cache: a folder private to one project, one policy and one
//! lockfile, so that nothing that was written under one policy, or by a dependency that is gone, runs under another.

use crate::engine::{self, Installation};
use crate::policy::Policy;
use crate::trust::sha256;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// What says which packages are there: lock files, package.json where there is none, and what the package managers note
/// in node_modules.
const LOCKFILES: [&str; 11] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "package.json",
    "node_modules/.package-lock.json",
    "node_modules/.cordon/isolated.json",
    "node_modules/.modules.yaml",
    "node_modules/.yarn-state.yml",
];
/// https://nodejs.org/api/module.html#module-compile-cache
const CODE_CACHE: &str = "NODE_COMPILE_CACHE";
const SOURCES: [&str; 5] = ["ts", "mts", "cts", "tsx", "jsx"];

/// The folder, made if it was absent. None for a program that shows no sign of TypeScript, and where no folder can be
/// made: then nothing is kept.
pub fn folder(policy: &Policy, entry: Option<&Path>, installation: &Installation) -> Option<PathBuf> {
    let typescript = entry.is_some_and(is_source) || policy.own.root.join("tsconfig.json").is_file();
    if !typescript {
        return None;
    }
    let folder = base()?.join(&sha256(identity(policy, installation).as_bytes())[..32]);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    fs::canonicalize(folder).ok()
}

/// Has the engine use its code cache from the very beginning, for the runtime too, where the entry is TypeScript. The runtime
/// takes the variable away again; one that was granted stays.
pub fn keep_code(environment: &mut Vec<(OsString, OsString)>, cache: Option<&Path>, entry: Option<&Path>) {
    let Some(folder) = cache.filter(|_| entry.is_some_and(is_source)) else { return };
    if environment.iter().all(|(name, _)| name != CODE_CACHE) {
        environment.push((CODE_CACHE.into(), folder.join("v8").into()));
    }
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| SOURCES.iter().any(|source| extension == *source))
}

/// The folder of all caches.
pub fn base() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches =
        set("XDG_CACHE_HOME").or_else(|| set("HOME").filter(|home| home.is_dir()).map(|home| home.join(".cache")))?;
    Some(caches.join("cordon/runtime"))
}

/// Everything that must be the same for a result to be used again.
fn identity(policy: &Policy, installation: &Installation) -> String {
    let mut text = format!("{} {} {policy:?}", env!("CARGO_PKG_VERSION"), engine::VERSION);
    let lockfiles = policy.own.readable.iter().flat_map(|folder| LOCKFILES.map(|name| folder.join(name)));
    for file in lockfiles.chain([installation.runtime.clone()]) {
        if let Ok(status) = fs::metadata(&file) {
            let (size, inode) = (status.size(), status.ino());
            let changed = (status.mtime(), status.mtime_nsec(), status.ctime(), status.ctime_nsec());
            // Writing to a String does not fail.
            let _ = write!(text, " {} {size} {inode} {changed:?}", file.display());
        }
    }
    text
}
