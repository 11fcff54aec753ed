//! Which packages of the lockfile belong on this machine, and what has to change for that.

mod optional;

pub use optional::is_for;

use crate::arguments::Arguments;
use crate::error::{Result, quoted, refused};
use crate::layout::{is_inner, unit_of};
use crate::lockfile::{Lockfile, Package, Source, installed_name};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// What is to be there afterwards, as indices into the lockfile's packages: without the project itself and its folders.
pub fn wanted(lockfile: &Lockfile, arguments: &Arguments) -> Result<Vec<usize>> {
    let unfit = optional::unfit(lockfile, arguments)?;
    let installed = |index: &usize| {
        let package = &lockfile.packages[*index];
        installed_name(&package.location).is_some() && !unfit.contains(index) && !omitted(package, arguments)
    };
    let wanted: Vec<usize> = (0..lockfile.packages.len()).filter(installed).collect();
    // What lies in a folder that is not there, a bundled package of an omitted one, is not there either.
    let places: BTreeSet<&str> = wanted.iter().map(|index| lockfile.packages[*index].location.as_str()).collect();
    let whole = |index: &usize| {
        let mut location = lockfile.packages[*index].location.as_str();
        while let Some(holder) = holder(location) {
            if !places.contains(holder) {
                return false;
            }
            location = holder;
        }
        true
    };
    let mut kept: Vec<usize> = wanted.iter().copied().filter(whole).collect();
    kept.sort_by(|left, right| lockfile.packages[*left].location.cmp(&lockfile.packages[*right].location));
    Ok(kept)
}

/// The installed package in whose node_modules a location lies.
pub fn holder(location: &str) -> Option<&str> {
    let at = location.rfind("node_modules/")?;
    let before = location[..at].trim_end_matches('/');
    installed_name(before).map(|_| before)
}

fn omitted(package: &Package, arguments: &Arguments) -> bool {
    package.extraneous
        || (package.peer && arguments.omits("peer"))
        || (package.dev && arguments.omits("dev"))
        || (package.optional && arguments.omits("optional"))
        || (package.dev_optional && arguments.omits("dev") && arguments.omits("optional"))
}

/// A place that is filled anew: everything below it comes from the store again.
#[derive(Debug, PartialEq, Eq)]
pub struct Unit {
    pub location: String,
    /// Indices of the packages at and below the place.
    pub packages: Vec<usize>,
}

#[derive(Debug, Default)]
pub struct Changes {
    pub units: Vec<Unit>,
    /// Locations that are taken away.
    pub removed: Vec<String>,
    /// How many of these are no packages.
    pub links_removed: usize,
    pub added: usize,
    pub changed: usize,
    pub kept: usize,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.removed.is_empty()
    }
}

/// Compares with what the last installation left. `is_there` looks at the disk.
pub fn changes(
    lockfile: &Lockfile,
    wanted: &[usize],
    current: &Map<String, Value>,
    is_there: &dyn Fn(&Package) -> bool,
) -> Changes {
    let mut changes = Changes::default();
    let mut units: HashMap<String, usize> = HashMap::new();
    let places: BTreeSet<&str> = wanted.iter().map(|index| lockfile.packages[*index].location.as_str()).collect();
    for index in wanted {
        let package = &lockfile.packages[*index];
        let location = package.location.as_str();
        if let Some(unit) = enclosing(location, &units) {
            debug_assert!(changes.units[unit].packages.contains(index));
            count(&mut changes, package, current.contains_key(location), false);
            continue;
        }
        // What is bundled comes with the package that holds it.
        let bundled = package.source == Source::Bundled;
        let then = current.get(location).and_then(Value::as_object);
        if (bundled || then.is_some_and(|then| is_same(lockfile, location, then))) && is_there(package) {
            changes.kept += usize::from(counts(package));
            continue;
        }
        let place = unit_of(if bundled { bundler(location, lockfile) } else { location });
        count(&mut changes, package, current.contains_key(location), true);
        units.insert(place.to_owned(), changes.units.len());
        changes.units.push(Unit { location: place.to_owned(), packages: below(place, wanted, lockfile) });
    }
    make_whole(&mut changes, &mut units, current, &places, wanted, lockfile);
    drop_enclosed(&mut changes);
    changes.removed = removed(current, &places, &units);
    let link = |location: &&String| {
        let entry = current.get(*location).and_then(Value::as_object);
        let target = entry.filter(|entry| entry.contains_key("link")).and_then(|entry| entry.get("resolved"));
        target.and_then(Value::as_str).is_some_and(|target| is_inner(location, target))
    };
    changes.links_removed = changes.removed.iter().filter(link).count();
    changes
}

/// A package that lost a symlink is made anew.
fn make_whole(
    changes: &mut Changes,
    units: &mut HashMap<String, usize>,
    current: &Map<String, Value>,
    places: &BTreeSet<&str>,
    wanted: &[usize],
    lockfile: &Lockfile,
) {
    let kept: BTreeSet<&str> = places.iter().map(|place| unit_of(place)).collect();
    for location in current.keys().filter(|location| !places.contains(location.as_str())) {
        let unit = unit_of(location);
        if unit != location && kept.contains(unit) && !units.contains_key(unit) {
            units.insert(unit.to_owned(), changes.units.len());
            changes.units.push(Unit { location: unit.to_owned(), packages: below(unit, wanted, lockfile) });
        }
    }
}

/// Symlinks of the isolated tree are no packages.
pub fn counts(package: &Package) -> bool {
    !matches!(&package.source, Source::Link(target) if is_inner(&package.location, target))
}

fn count(changes: &mut Changes, package: &Package, was_there: bool, itself: bool) {
    if !counts(package) {
        return;
    }
    match (was_there, itself) {
        (false, _) => changes.added += 1,
        (true, true) => changes.changed += 1,
        (true, false) => changes.kept += 1,
    }
}

/// A place below another one is filled with it.
fn drop_enclosed(changes: &mut Changes) {
    let places: BTreeSet<String> = changes.units.iter().map(|unit| unit.location.clone()).collect();
    changes.units.retain(|unit| {
        let mut above = holder(&unit.location);
        while let Some(place) = above {
            if places.contains(place) {
                return false;
            }
            above = holder(place);
        }
        true
    });
}

/// The package at the place and those below it: `wanted` is sorted by location.
fn below(place: &str, wanted: &[usize], lockfile: &Lockfile) -> Vec<usize> {
    let location = |index: &usize| lockfile.packages[*index].location.as_str();
    let own = wanted.binary_search_by(|index| location(index).cmp(place)).ok();
    let prefix = format!("{place}/");
    let start = wanted.partition_point(|index| location(index) < prefix.as_str());
    let inside = wanted[start..].iter().take_while(|index| location(index).starts_with(&prefix));
    own.map(|position| wanted[position]).into_iter().chain(inside.copied()).collect()
}

fn bundler<'a>(location: &'a str, lockfile: &Lockfile) -> &'a str {
    let mut place = location;
    while let Some(above) = holder(place) {
        place = above;
        if lockfile.index_of(place).is_some_and(|index| lockfile.packages[index].source != Source::Bundled) {
            break;
        }
    }
    place
}

fn enclosing(location: &str, units: &HashMap<String, usize>) -> Option<usize> {
    let mut place = Some(location);
    while let Some(at) = place {
        if let Some(unit) = units.get(at) {
            return Some(*unit);
        }
        place = holder(at);
    }
    None
}

const IDENTITY: &[&str] = &["name", "version", "resolved", "integrity", "link", "inBundle", "bin"];

fn is_same(lockfile: &Lockfile, location: &str, then: &Map<String, Value>) -> bool {
    let Some(now) = lockfile.entry(location) else { return false };
    IDENTITY.iter().all(|key| now.get(*key) == then.get(*key))
}

/// The topmost of what is not wanted any more and not replaced with what holds it.
fn removed(current: &Map<String, Value>, places: &BTreeSet<&str>, units: &HashMap<String, usize>) -> Vec<String> {
    let mut gone: Vec<&str> =
        current.keys().map(String::as_str).filter(|location| installed_name(location).is_some()).collect();
    gone.retain(|location| !places.contains(location) && enclosing(location, units).is_none());
    gone.iter_mut().for_each(|location| *location = unit_of(location));
    gone.sort_unstable();
    gone.dedup();
    let all: BTreeSet<&str> = gone.iter().copied().collect();
    gone.retain(|location| holder(location).is_none_or(|above| !all.contains(above)));
    gone.into_iter().map(str::to_owned).collect()
}

/// Required packages that are made for other machines.
pub fn refuse_foreign(lockfile: &Lockfile, wanted: &[usize], arguments: &Arguments) -> Result<()> {
    for index in wanted {
        let package = &lockfile.packages[*index];
        if !package.optional && !arguments.force && !optional::fits(package, &arguments.platform) {
            return refused(format!(
                "{} is for os {:?}, cpu {:?}, libc {:?}, and this is {}-{}-{}",
                quoted(&format!("{}@{}", package.name, package.version)),
                package.os,
                package.cpu,
                package.libc,
                arguments.platform.os,
                arguments.platform.cpu,
                arguments.platform.libc,
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
