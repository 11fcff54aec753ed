//! Where a lockfile's entry comes from, and whether it may come from there.

use crate::error::{Result, quoted, refused};
use crate::manifest::{self, Manifest};
use crate::names;
use crate::settings::Settings;
use crate::url::Url;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder of the project: the root, a workspace, what `file:` names.
    Folder,
    /// A symlink to such a folder.
    Link(String),
    /// Part of another package's tarball.
    Bundled,
    Registry(Url),
    /// An address that a manifest of the project names.
    Remote(Url),
    /// A tarball in the project.
    File(String),
}

impl Source {
    pub fn is_fetched(&self) -> bool {
        matches!(self, Source::Registry(_) | Source::Remote(_) | Source::File(_))
    }
}

/// What the project's own manifests name beyond the registry: only that may be a file, a folder or an address.
#[derive(Debug, Default)]
pub struct Named {
    workspaces: BTreeSet<String>,
    files: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

impl Named {
    pub fn by(manifests: &[Manifest], workspaces: BTreeSet<String>) -> Named {
        let mut named = Named { workspaces, ..Named::default() };
        for manifest in manifests {
            named.add(manifest);
        }
        named
    }

    pub fn add(&mut self, manifest: &Manifest) {
        for section in manifest::SECTIONS {
            for (_, spec) in manifest::entries(&manifest.value, section) {
                match spec.strip_prefix("file:").or_else(|| spec.strip_prefix("link:")) {
                    Some(path) => {
                        self.files.insert(joined(&manifest.folder, path));
                    }
                    None if spec.starts_with("https://") || spec.starts_with("http://") => {
                        self.addresses.insert(spec.to_owned());
                    }
                    None => {}
                }
            }
        }
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    fn has_folder(&self, folder: &str) -> bool {
        self.workspaces.contains(folder) || self.files.contains(folder)
    }
}

/// `packages/a` and `../b` → `packages/b`. What leads out of the project keeps its `..` in front.
pub fn joined(folder: &str, path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

impl Source {
    pub fn of(
        location: &str,
        name: &str,
        version: &str,
        entry: &Map<String, Value>,
        named: &Named,
        settings: &Settings,
    ) -> Result<Source> {
        let resolved = entry.get("resolved").and_then(Value::as_str);
        if entry.get("link") == Some(&Value::Bool(true)) {
            return link(resolved.unwrap_or_default(), named);
        }
        if !location.contains("node_modules/") {
            if location.is_empty() || named.has_folder(location) {
                return Ok(Source::Folder);
            }
            return refused("no package.json of the project names this folder");
        }
        if entry.get("inBundle") == Some(&Value::Bool(true)) {
            return Ok(Source::Bundled);
        }
        match resolved {
            None => registry(name, version, None, settings),
            Some(text) if text.starts_with("file:") => file(text, named),
            Some(text) if text.starts_with("https://") || text.starts_with("http://") => {
                if named.addresses.contains(text) {
                    return Ok(Source::Remote(Url::parse(text)?));
                }
                registry(name, version, Some(text), settings)
            }
            Some(text) => refused(format!(
                "{} comes from {}: cordon installs from registries, and from files and addresses that the project's own package.json names",
                quoted(name),
                quoted(text)
            )),
        }
    }
}

fn link(target: &str, named: &Named) -> Result<Source> {
    if !named.has_folder(target) {
        return refused(format!("it is a link to {}, which no package.json of the project names", quoted(target)));
    }
    Ok(Source::Link(target.to_owned()))
}

fn file(text: &str, named: &Named) -> Result<Source> {
    let path = joined("", text.trim_start_matches("file:"));
    if !named.files.contains(&path) {
        return refused(format!("it is the file {}, which no package.json of the project names", quoted(text)));
    }
    Ok(Source::File(path))
}

/// The names under which lockfiles write "the registry that is configured".
const STAND_INS: &[&str] = &["registry.npmjs.org", "registry.yarnpkg.com"];

pub fn registry(name: &str, version: &str, resolved: Option<&str>, settings: &Settings) -> Result<Source> {
    let registry = settings.registry_of(name);
    let Some(text) = resolved else {
        if !names::version(version) {
            return refused(format!("it says neither where {} comes from nor its version", quoted(name)));
        }
        let bare = name.rsplit('/').next().unwrap_or(name);
        let path = format!("{}{name}/-/{bare}-{version}.tgz", registry.path);
        return Ok(Source::Registry(Url { path, ..registry.clone() }));
    };
    let mut url = Url::parse(text)?;
    if !url.same_origin(registry) && STAND_INS.contains(&url.host.as_str()) {
        let path = if url.path.starts_with(&registry.path) {
            url.path
        } else {
            format!("{}{}", registry.path, &url.path[1..])
        };
        url = Url { path, ..registry.clone() };
    }
    if !url.same_origin(registry) {
        return refused(format!("{} is locked to {}, but its registry is {registry}", quoted(name), quoted(text)));
    }
    if !is_tarball_of(&url.path, &registry.path, name) {
        return refused(format!("{} is locked to the tarball of another package, {}", quoted(name), quoted(text)));
    }
    Ok(Source::Registry(url))
}

/// `…/name/-/name-1.0.0.tgz`, or `…/name/…` where a registry has its own way; a package of a scope is not one without it.
/// What a tarball says about itself is its author's word: on npm's registry it need not be the name that it is published by.
fn is_tarball_of(path: &str, registry: &str, name: &str) -> bool {
    let Some(path) = decoded(path.split('?').next().unwrap_or_default()) else { return false };
    let below = path.strip_prefix(registry).or_else(|| path.strip_prefix('/')).unwrap_or(&path);
    let is_whole =
        |before: &str| name.starts_with('@') || !before.rsplit('/').nth(1).unwrap_or_default().starts_with('@');
    match below.split_once("/-/") {
        Some((place, file)) => {
            let before = place.strip_suffix(name).filter(|before| before.is_empty() || before.ends_with('/'));
            before.is_some_and(is_whole) && !file.contains("/-/")
        }
        None => {
            let below = format!("/{below}");
            below.match_indices(&format!("/{name}/")).any(|(at, _)| is_whole(&below[..=at]))
        }
    }
}

/// Without percent signs; nothing where one hides a step up, or a text that is none.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = path.bytes();
    let mut plain = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    let plain = String::from_utf8(plain).ok()?;
    let odd = plain.chars().any(|letter| letter.is_control() || matches!(letter, '%' | '\\' | ';' | '?' | '#'));
    (!odd && !plain.split('/').any(|step| step == "." || step == "..")).then_some(plain)
}
