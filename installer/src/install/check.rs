//! Does the lockfile say what the package.json files ask for? If not, only the resolver can go on.

use super::project::Project;
use crate::arguments::{Arguments, Command};
use crate::error::{Error, Result, quoted, refused};
use crate::lockfile::{Package, Source, installed_name};
use crate::manifest::{Manifest, SECTIONS, alias, difference, entries};
use crate::range::may_be_in;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub fn fits(project: &Project, arguments: &Arguments) -> Result<()> {
    for manifest in &project.manifests {
        let place = if manifest.folder.is_empty() {
            "package.json".to_owned()
        } else {
            format!("{}/package.json", manifest.folder)
        };
        manifest_fits(project, manifest).map_err(|error| error.at(quoted(&place)))?;
        if project.root().overrides().is_none() && !arguments.resolved {
            versions_fit(project, manifest).map_err(|error| error.at(quoted(&place)))?;
        }
    }
    workspaces_fit(project)?;
    aliases_are_asked_for(project)?;
    match project.root().overrides() {
        Some(overrides) if !arguments.resolved => overrides_hold(project, overrides, arguments),
        _ => Ok(()),
    }
}

/// Overrides of a package everywhere can be seen in the lockfile. What those of a package below another one did cannot.
fn overrides_hold(project: &Project, overrides: &Value, arguments: &Arguments) -> Result<()> {
    for (name, spec) in overrides.as_object().into_iter().flatten() {
        let plain = spec.as_str().filter(|_| crate::names::package_name(name).is_ok());
        let Some(spec) = plain else {
            // `ci` has no resolver to ask.
            if arguments.command == Command::Clean {
                continue;
            }
            return Err(Error::Resolution(format!("package.json overrides {} in a way of its own", quoted(name))));
        };
        let own = spec.strip_prefix('$').map(|name| project.root().wanted().get(name).copied());
        let spec = own.map_or(Some(spec), |own| own).unwrap_or("*");
        let other = alias(spec);
        let range = other.map_or(spec, |other| spec["npm:".len() + other.len()..].trim_start_matches('@'));
        let holds = |package: &&Package| {
            let named = other.unwrap_or(name) == package.name;
            !is_of_registry(package) || (named && may_be_in(range, &package.version))
        };
        let places = project.lockfile.packages.iter();
        let mut places = places.filter(|package| installed_name(&package.location) == Some(name.as_str()));
        if let Some(package) = places.find(|package| !holds(package)) {
            let found = quoted(&format!("{}@{}", package.name, package.version));
            return Err(Error::Resolution(format!(
                "package.json overrides {} with {}, and {} has {found}",
                quoted(name),
                quoted(spec),
                project.lockfile_name
            )));
        }
    }
    Ok(())
}

fn manifest_fits(project: &Project, manifest: &Manifest) -> Result<()> {
    let empty = Map::new();
    let locked = project.lockfile.entry(&manifest.folder).unwrap_or(&empty);
    if let Some(why) = difference(&manifest.value, locked) {
        return Err(Error::Resolution(format!("{why}, and {} says otherwise", project.lockfile_name)));
    }
    // What a folder outside of the project asks for is installed there.
    let own = !manifest.folder.starts_with("..");
    let Some(index) = project.lockfile.index_of(&manifest.folder).filter(|_| own) else { return Ok(()) };
    for edge in project.lockfile.packages[index].edges.iter().filter(|edge| !edge.optional) {
        if project.lockfile.resolve(&manifest.folder, &edge.name).is_none() {
            return Err(Error::Resolution(format!("{} has no {}", project.lockfile_name, quoted(&edge.name))));
        }
    }
    Ok(())
}

/// An older version than a package.json wants is how a lockfile brings a hole back. Peers are left to the resolver.
fn versions_fit(project: &Project, manifest: &Manifest) -> Result<()> {
    for section in SECTIONS.iter().filter(|section| **section != "peerDependencies") {
        for (name, spec) in entries(&manifest.value, section) {
            let Some(index) = project.lockfile.resolve(&manifest.folder, name) else { continue };
            let package = &project.lockfile.packages[index];
            let range = alias(spec).map_or(spec, |other| spec["npm:".len() + other.len()..].trim_start_matches('@'));
            if is_of_registry(package) && !may_be_in(range, &package.version) {
                let (wanted, found) = (quoted(&format!("{name}@{spec}")), quoted(&package.version));
                return Err(Error::Resolution(format!("it wants {wanted}, and {} has {found}", project.lockfile_name)));
            }
        }
    }
    Ok(())
}

fn workspaces_fit(project: &Project) -> Result<()> {
    let link = |package: &crate::lockfile::Package| match &package.source {
        Source::Link(folder) => Some(folder.clone()),
        _ => None,
    };
    let linked: BTreeSet<String> = project.lockfile.packages.iter().filter_map(link).collect();
    match project.workspaces.iter().find(|folder| !linked.contains(*folder)) {
        Some(folder) => {
            Err(Error::Resolution(format!("{} does not know the workspace {}", project.lockfile_name, quoted(folder))))
        }
        None => Ok(()),
    }
}

/// Under another package's name lies only what somebody wants there, as `npm:other@1`; what a package.json of the project
/// wants, nothing in the lockfile changes.
fn aliases_are_asked_for(project: &Project) -> Result<()> {
    let mut overridden = BTreeSet::new();
    if let Some(overrides) = project.root().overrides() {
        collect_aliases(overrides, project.root(), &mut overridden);
    }
    for manifest in &project.manifests {
        for (name, spec) in manifest.wanted() {
            let Some(index) = project.lockfile.resolve(&manifest.folder, name) else { continue };
            let package = &project.lockfile.packages[index];
            let fits = package.name == name || alias(spec) == Some(&package.name);
            if is_of_registry(package) && !fits && !overridden.contains(package.name.as_str()) {
                return another(package);
            }
        }
    }
    let locked = project.lockfile.value.get("packages").and_then(Value::as_object).into_iter().flatten();
    let locked = locked.filter_map(|(_, entry)| entry.as_object());
    let specs = locked.flat_map(|entry| SECTIONS.iter().flat_map(|section| entries(entry, section)));
    let asked: BTreeSet<(&str, &str)> = specs.filter_map(|(name, spec)| Some((name, alias(spec)?))).collect();
    let odd = project.lockfile.packages.iter().filter(|package| is_of_registry(package)).find(|package| {
        let shown = installed_name(&package.location).unwrap_or_default();
        let name = package.name.as_str();
        shown != name && !asked.contains(&(shown, name)) && !overridden.contains(name)
    });
    odd.map_or(Ok(()), another)
}

pub fn is_of_registry(package: &Package) -> bool {
    matches!(package.source, Source::Registry(_))
}

pub fn another(package: &Package) -> Result<()> {
    refused(format!(
        "{} is locked to another package, {}, which nobody asks for by that name; delete the entry and run cordon install",
        quoted(&package.location),
        quoted(&package.name)
    ))
}

/// Of overrides, at every depth; `$name` stands for what the project itself wants.
pub fn collect_aliases<'a>(overrides: &'a Value, root: &'a Manifest, found: &mut BTreeSet<&'a str>) {
    match overrides {
        Value::Object(members) => members.values().for_each(|value| collect_aliases(value, root, found)),
        Value::String(spec) => {
            let own = spec.strip_prefix('$').and_then(|name| root.wanted().get(name).copied());
            found.extend(alias(own.unwrap_or(spec)));
        }
        _ => {}
    }
}
