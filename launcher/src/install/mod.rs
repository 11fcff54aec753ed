//! `cordon install` and its like: what an installation may reach, and how its result is put in place.
//!
//! What resolves, fetches and unpacks runs in jails (docs/decisions/install-parts.md). Here is what they cannot be
//! trusted with: reading .npmrc, choosing hosts, and changing the project.

mod address;
mod base64;
pub mod npmrc;
mod package_json;
mod project;
mod request;
mod settings;
mod sources;
mod staging;

pub use package_json::refuse_other_changes;
pub use project::{Project, absolute_word};
pub use request::{Output, Request};
pub use settings::Settings;
pub use sources::{By, Given, Sources};
pub use staging::{Error, Published, Staging};

use crate::policy::{EnvPattern, Grant, NetPattern, Origin, OwnCode, Policy};
use crate::trust::{Asking, Kind, Wish};
use address::{Address, Reach};
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A registry's address as it is asked for, and as .npmrc names what a token belongs to.
pub fn address_of(text: &str) -> Result<(String, String), String> {
    Address::parse(text).map(|address| (address.url(), address.prefix()))
}

/// How the resolver ends where nothing is to be done.
pub const NOTHING_TO_DO: i32 = 10;
/// How `cordon-install` ends where the lockfile does not fit.
pub const RESOLUTION_NEEDED: i32 = 3;

/// How it ends where it made a whole new tree beside the old one.
pub const MADE_ASIDE: i32 = 4;

/// The folder of the store, shared by the user's projects: in XDG's cache folder.
pub fn store(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join("cordon/store"))
}

/// Where programs live that are installed for a user, in XDG's data folder.
pub fn global(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))?;
    Some(data.join("cordon"))
}

/// Where packages live that are only run, beside the store.
pub fn exec_folder(store: &Path, spec: &str) -> PathBuf {
    store.with_file_name("exec").join(&crate::trust::sha256(spec.as_bytes())[..32])
}

/// Makes a project without a name in `folder`, where there is none.
pub fn make_project(folder: &Path) -> Result<(), String> {
    let failed = |error| format!("Cannot make {}: {error}", crate::manifest::shown(folder));
    fs::DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(failed)?;
    let file = folder.join("package.json");
    if file.exists() { Ok(()) } else { fs::write(file, "{\n  \"private\": true\n}\n").map_err(failed) }
}

/// Makes the store where it is not there, and gives its real path.
pub fn make_store(store: &Path) -> Result<PathBuf, String> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o755).create(store).and_then(|()| fs::canonicalize(store));
    made.map_err(|error| {
        format!("Cannot make the store {}: {error}; set XDG_CACHE_HOME", crate::manifest::shown(store))
    })
}

/// A part of the store, made where it is not there: who unpacks has no business with lists of versions, and who reads those
/// none with what was unpacked.
pub fn make_part(store: &Path, part: &str) -> Result<PathBuf, String> {
    make_store(&store.join(part))
}

/// What an installer may reach: the registries, its two folders, and the project's own lists.
pub fn policy(project: &Project, sources: &Sources, writes: &[(PathBuf, &'static str)]) -> Result<Policy, String> {
    let mut policy = Policy { own: OwnCode { root: project.root.clone(), ..OwnCode::default() }, ..Policy::default() };
    let path = |path: &Path, why: &'static str| Grant {
        pattern: path.to_path_buf(),
        text: path.to_string_lossy().into_owned(),
        origin: Origin::Default(why),
    };
    policy.allow.read.extend(project.reads.iter().map(|read| path(read, "what the project asks for")));
    let authorities = sources.ca_files.iter().chain(&sources.extra_ca_files);
    policy.allow.read.extend(authorities.map(|file| path(file, "certificates that you trust")));
    policy.allow.write.extend(writes.iter().map(|(write, why)| path(write, why)));
    policy.allow.net = hosts(project, sources)?;
    policy.allow.env.extend(VARIABLES.map(|name| Grant {
        pattern: EnvPattern::Name(name.into()),
        text: name.into(),
        origin: Origin::Default("how output looks"),
    }));
    Ok(policy)
}

/// What looking after the store may reach: the store.
pub fn policy_of_store(store: &Path) -> Policy {
    policy_of(store, [(store, "the store")].into_iter())
}

/// What finishing an installation may reach: the trees.
pub fn policy_of_trees(project: &Project, trees: &[PathBuf]) -> Policy {
    policy_of(&project.root, trees.iter().map(|tree| (tree.as_path(), "what is installed")))
}

fn policy_of<'a>(root: &Path, writes: impl Iterator<Item = (&'a Path, &'static str)>) -> Policy {
    let mut policy = Policy { own: OwnCode { root: root.to_path_buf(), ..OwnCode::default() }, ..Policy::default() };
    policy.allow.write.extend(writes.map(|(path, why)| {
        let text = path.to_string_lossy().into_owned();
        Grant { pattern: path.to_path_buf(), text, origin: Origin::Default(why) }
    }));
    policy
}

const VARIABLES: [&str; 6] = ["TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "CI", "LANG"];

fn hosts(project: &Project, sources: &Sources) -> Result<Vec<Grant<NetPattern>>, String> {
    let mut grants: Vec<Grant<NetPattern>> = Vec::new();
    let mut add = |address: &Address, reach: Reach, origin: Origin| -> Result<(), String> {
        let (pattern, text) = (address.pattern(reach)?, address.grant(reach));
        if grants.iter().all(|grant| grant.pattern != pattern) {
            grants.push(Grant { pattern, text, origin });
        }
        Ok(())
    };
    for registry in &sources.registries {
        add(&registry.address, sources::reach(&registry.by), origin(&registry.by))?;
    }
    for proxy in sources.proxy.iter().chain(&sources.https_proxy) {
        add(proxy, Reach::Anywhere, Origin::Default("your proxy"))?;
    }
    for tarball in &project.tarballs {
        add(&tarball_host(tarball)?, Reach::Public, Origin::Default("a tarball that package.json names"))?;
    }
    Ok(grants)
}

fn origin(by: &By) -> Origin {
    match by {
        By::Flag(text) => Origin::Flag(text.clone()),
        By::Default => Origin::Default("the public registry"),
        By::User => Origin::Default("your .npmrc or environment"),
        By::Project(file) => Origin::Manifest { file: file.clone(), pointer: String::new() },
    }
}

/// The host of a tarball's address, whatever its path is.
fn tarball_host(text: &str) -> Result<Address, String> {
    let after = text.find("://").map_or(0, |at| at + 3);
    let end = text[after..].find(['/', '?', '#']).map_or(text.len(), |at| after + at);
    Address::parse(&text[..end]).map_err(|what| format!("Cannot install: {what}; correct it in package.json"))
}

/// The hosts that the project itself adds, for the question whether they are trusted; `None` where there are none.
pub fn asking(project: &Project, sources: &Sources) -> Result<Option<Asking>, String> {
    let wish =
        |text: String| Wish { script: None, permission: crate::policy::Permission::Net, kind: Kind::Allow(text) };
    let added = sources.registries.iter().filter(|own| matches!(own.by, By::Project(_)));
    let mut wishes: Vec<Wish> = added.map(|own| wish(own.address.grant(Reach::Anywhere))).collect();
    for tarball in &project.tarballs {
        wishes.push(wish(tarball_host(tarball)?.grant(Reach::Public)));
    }
    let manifest = project.root.join(".npmrc");
    Ok((!wishes.is_empty()).then_some(Asking { manifest, wishes }))
}
