//! package-lock.json, version 3 (and the same part of version 2), read strictly.
//! <https://docs.npmjs.com/cli/configuring-npm/package-lock-json>

pub mod isolated;
mod source;

pub use source::{Named, Source, joined, registry};

use crate::error::{Error, Result, quoted, refused};
use crate::integrity::Integrity;
use crate::names;
use crate::settings::Settings;
use serde_json::{Map, Value};
use std::collections::HashMap;

pub struct Lockfile {
    pub value: Map<String, Value>,
    pub packages: Vec<Package>,
    places: HashMap<String, usize>,
    has_bundles: bool,
}

#[derive(Debug, Clone)]
pub struct Package {
    /// `node_modules/a/node_modules/b`, `packages/x`; empty for the project.
    pub location: String,
    /// What it is called on the registry: an alias's location says something else.
    pub name: String,
    pub version: String,
    pub source: Source,
    pub integrity: Option<Integrity>,
    pub dev: bool,
    pub optional: bool,
    pub dev_optional: bool,
    pub peer: bool,
    /// Left over in the lockfile: nobody depends on it, and npm does not install it.
    pub extraneous: bool,
    pub bins: Vec<(String, String)>,
    pub os: Vec<String>,
    pub cpu: Vec<String>,
    pub libc: Vec<String>,
    pub engine: Option<String>,
    pub deprecated: Option<String>,
    pub edges: Vec<Edge>,
}

#[derive(Debug, Clone)]
pub struct Edge {
    pub name: String,
    pub optional: bool,
}

/// What `location` has after its last `node_modules/`, or nothing for a folder of the project.
pub fn installed_name(location: &str) -> Option<&str> {
    location.rfind("node_modules/").map(|at| &location[at + "node_modules/".len()..])
}

impl Lockfile {
    /// `Resolution` for a lockfile of an older kind, `Refused` for one that no npm writes.
    pub fn parse(text: &[u8], named: &Named, settings: &Settings) -> Result<Lockfile> {
        let value = crate::manifest::parse_object(text)?;
        let version = value.get("lockfileVersion").and_then(Value::as_u64).unwrap_or(1);
        if version < 2 {
            return Err(Error::Resolution(format!("lockfileVersion {version} is too old")));
        }
        if version > 3 {
            return refused(format!("lockfileVersion {version} is not known; versions 2 and 3 are"));
        }
        let Some(entries) = value.get("packages").and_then(Value::as_object) else {
            return Err(Error::Resolution("it has no packages".to_owned()));
        };
        let mut packages = Vec::with_capacity(entries.len());
        for (location, entry) in entries {
            let package =
                Package::parse(location, entry, named, settings).map_err(|error| error.at(quoted(location)))?;
            packages.push(package);
        }
        let lockfile = Lockfile::of(value, packages);
        lockfile.links_end_at_folders()?;
        Ok(lockfile)
    }

    fn of(value: Map<String, Value>, packages: Vec<Package>) -> Lockfile {
        let places = packages.iter().enumerate().map(|(index, package)| (package.location.clone(), index)).collect();
        let has_bundles = packages.iter().any(|package| package.source == Source::Bundled);
        Lockfile { value, packages, places, has_bundles }
    }

    pub fn entry(&self, location: &str) -> Option<&Map<String, Value>> {
        self.value.get("packages")?.get(location)?.as_object()
    }

    pub fn index_of(&self, location: &str) -> Option<usize> {
        self.places.get(location).copied()
    }

    /// Node's lookup: the nearest node_modules upwards that has the name.
    pub fn resolve(&self, from: &str, name: &str) -> Option<usize> {
        let mut folder = from;
        loop {
            let place = if folder.is_empty() {
                format!("node_modules/{name}")
            } else {
                format!("{folder}/node_modules/{name}")
            };
            if let Some(index) = self.index_of(&place) {
                return Some(self.target(index));
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rfind("node_modules/").map_or("", |at| folder[..at].trim_end_matches('/'));
        }
    }

    /// Where a link leads; anything else stays itself.
    pub fn target(&self, index: usize) -> usize {
        match &self.packages[index].source {
            Source::Link(folder) => self.index_of(folder).unwrap_or(index),
            _ => index,
        }
    }

    fn links_end_at_folders(&self) -> Result<()> {
        for package in &self.packages {
            let above = package.location.rfind("/node_modules/").and_then(|at| self.index_of(&package.location[..at]));
            if above.is_some_and(|above| matches!(self.packages[above].source, Source::Link(_))) {
                return refused(format!("{} lies behind a link", quoted(&package.location)));
            }
            let Source::Link(folder) = &package.source else { continue };
            let ends = self.index_of(folder).map(|index| &self.packages[index].source);
            if !matches!(ends, Some(Source::Folder)) {
                return refused(format!(
                    "{}: its link leads to {}, which the lockfile has not",
                    quoted(&package.location),
                    quoted(folder)
                ));
            }
        }
        Ok(())
    }
}

impl Package {
    /// A symlink of the isolated tree.
    fn link(location: &str, place: &str) -> Package {
        Package {
            location: location.to_owned(),
            name: installed_name(location).unwrap_or_default().to_owned(),
            version: String::new(),
            source: Source::Link(place.to_owned()),
            integrity: None,
            dev: false,
            optional: false,
            dev_optional: false,
            peer: false,
            extraneous: false,
            bins: Vec::new(),
            os: Vec::new(),
            cpu: Vec::new(),
            libc: Vec::new(),
            engine: None,
            deprecated: None,
            edges: Vec::new(),
        }
    }

    fn parse(location: &str, entry: &Value, named: &Named, settings: &Settings) -> Result<Package> {
        let Some(entry) = entry.as_object() else { return refused("it is not an object") };
        let shown = location_name(location)?;
        let name = text(entry, "name").unwrap_or(shown).to_owned();
        if !location.is_empty() && location.contains("node_modules/") {
            names::package_name(&name)?;
        }
        let version = text(entry, "version").unwrap_or_default().to_owned();
        let integrity = match text(entry, "integrity") {
            None => None,
            Some(text) => match Integrity::parse(text) {
                Some(integrity) => Some(integrity),
                None => return refused(format!("its integrity {} is not one", quoted(text))),
            },
        };
        let source = Source::of(location, &name, &version, entry, named, settings)?;
        if source.is_fetched() && integrity.is_none() {
            return refused(format!(
                "{} has no integrity, so nothing says what it should be; delete the entry and run cordon install to lock it again",
                quoted(&format!("{name}@{version}"))
            ));
        }
        Ok(Package {
            location: location.to_owned(),
            bins: bins(entry)?,
            edges: edges(entry, matches!(source, Source::Folder)),
            name,
            version,
            source,
            integrity,
            dev: flag(entry, "dev"),
            optional: flag(entry, "optional"),
            dev_optional: flag(entry, "devOptional"),
            peer: flag(entry, "peer"),
            extraneous: flag(entry, "extraneous"),
            os: list(entry, "os"),
            cpu: list(entry, "cpu"),
            libc: list(entry, "libc"),
            engine: entry
                .get("engines")
                .and_then(|engines| engines.get("node"))
                .and_then(Value::as_str)
                .map(str::to_owned),
            deprecated: text(entry, "deprecated").map(str::to_owned),
        })
    }
}

/// Checks each step of a location, and returns the name at its end.
fn location_name(location: &str) -> Result<&str> {
    if location.is_empty() {
        return Ok("");
    }
    let folder = location.find("node_modules/").map_or(location, |at| &location[..at]);
    let mut below = folder.trim_end_matches('/');
    while let Some(rest) = below.strip_prefix("../") {
        below = rest;
    }
    let outside = folder.starts_with("..");
    if !(below.is_empty() || below == ".." || names::steps_down(below)) || (outside && folder != location) {
        return refused("it is not a place in the project");
    }
    let mut rest = &location[folder.len()..];
    let mut name = folder.rsplit('/').next().unwrap_or_default();
    while !rest.is_empty() {
        let Some(after) = rest.strip_prefix("node_modules/") else {
            return refused("it is not a place in a node_modules");
        };
        let end = after.find("/node_modules/").unwrap_or(after.len());
        name = &after[..end];
        names::package_name(name)?;
        rest = after[end..].trim_start_matches('/');
    }
    Ok(name)
}

fn text<'a>(entry: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    entry.get(key).and_then(Value::as_str)
}

fn flag(entry: &Map<String, Value>, key: &str) -> bool {
    entry.get(key) == Some(&Value::Bool(true))
}

fn list(entry: &Map<String, Value>, key: &str) -> Vec<String> {
    match entry.get(key) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn bins(entry: &Map<String, Value>) -> Result<Vec<(String, String)>> {
    let Some(members) = entry.get("bin").and_then(Value::as_object) else { return Ok(Vec::new()) };
    let mut bins = Vec::with_capacity(members.len());
    for (name, path) in members {
        let path = path.as_str().unwrap_or_default().trim_start_matches("./");
        if !names::program_name(name) || !names::steps_down(path) {
            return refused(format!("its program {} at {} is not a file of the package", quoted(name), quoted(path)));
        }
        bins.push((name.clone(), path.to_owned()));
    }
    Ok(bins)
}

/// Optional: `optionalDependencies`, and peers that `peerDependenciesMeta` makes optional.
fn edges(entry: &Map<String, Value>, own: bool) -> Vec<Edge> {
    let sections =
        if own { crate::manifest::SECTIONS } else { &["optionalDependencies", "dependencies", "peerDependencies"] };
    let meta = entry.get("peerDependenciesMeta");
    let mut edges: Vec<Edge> = Vec::new();
    for section in sections {
        for (name, _) in crate::manifest::entries(entry, section) {
            let lax = meta.and_then(|meta| meta.get(name)?.get("optional")) == Some(&Value::Bool(true));
            let optional = *section == "optionalDependencies" || (*section == "peerDependencies" && lax);
            if !edges.iter().any(|edge| edge.name == name) {
                edges.push(Edge { name: name.to_owned(), optional });
            }
        }
    }
    edges
}

#[cfg(test)]
mod tests;
