//! Whether each package gets what its own package.json asks for, and not another package under that name.
//!
//! A lockfile says of a package what it depends on, and whoever edits the one entry edits the other: `debug` "asks for"
//! `npm:evil@1` as `ms`. What is unpacked says what it really asks for. A peer is what somebody else asks for: it may be
//! another package where one that the project really needs, by what is unpacked, asks for that one.

use super::check::{another, collect_aliases, is_of_registry};
use super::project::Project;
use crate::error::Result;
use crate::lockfile::{Lockfile, Package, installed_name};
use crate::manifest::alias;
use crate::store::PackageJson;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub struct Namesakes<'a> {
    lockfile: &'a Lockfile,
    /// Names under which another package lies.
    borrowed: HashSet<&'a str>,
    /// What the project itself wants to lie under other names, or other packages to have.
    wanted: HashSet<&'a str>,
    /// What the project itself asks for, as indices into the lockfile's packages.
    roots: Vec<usize>,
    seen: Mutex<Seen>,
}

/// Of what is unpacked, where names are borrowed at all.
#[derive(Default)]
struct Seen {
    /// Package → what it gets, and whether it asks for it by another name.
    edges: HashMap<usize, Vec<(usize, bool)>>,
    /// Peers that are another package than their name says.
    borrowing: Vec<usize>,
}

impl<'a> Namesakes<'a> {
    pub fn of(project: &'a Project) -> Namesakes<'a> {
        let lockfile = &project.lockfile;
        // In an isolated tree a symlink has the name, and leads to the package.
        let shown = |index: usize| {
            let found = &lockfile.packages[lockfile.target(index)];
            let name = installed_name(&lockfile.packages[index].location)?;
            (is_of_registry(found) && name != found.name).then_some(name)
        };
        let borrowed = (0..lockfile.packages.len()).filter_map(shown).collect();
        let own = project.manifests.iter().flat_map(|manifest| manifest.wanted().into_values().filter_map(alias));
        let mut wanted: HashSet<&str> = own.collect();
        if let Some(overrides) = project.root().overrides() {
            let mut found = std::collections::BTreeSet::new();
            collect_aliases(overrides, project.root(), &mut found);
            wanted.extend(found);
            collect_names(overrides, &mut wanted);
        }
        let asked = project.manifests.iter().flat_map(|manifest| {
            manifest.wanted().into_keys().filter_map(|name| lockfile.resolve(&manifest.folder, name))
        });
        let roots = asked.map(|index| lockfile.target(index)).collect();
        Namesakes { lockfile, borrowed, wanted, roots, seen: Mutex::default() }
    }

    /// `wants` and `peers`: what the package's own package.json says.
    pub fn check(&self, package: &Package, wants: &[(String, String)], peers: &[String]) -> Result<()> {
        for (name, meant) in wants.iter().filter(|(name, meant)| name != meant || self.borrowed.contains(name.as_str()))
        {
            let Some(index) = self.lockfile.resolve(&package.location, name) else { continue };
            let found = &self.lockfile.packages[index];
            if is_of_registry(found) && found.name != *meant && !self.wanted.contains(found.name.as_str()) {
                return another(found);
            }
        }
        if !self.borrowed.is_empty() {
            self.note(package, wants, peers);
        }
        Ok(())
    }

    fn note(&self, package: &Package, wants: &[(String, String)], peers: &[String]) {
        let Some(own) = self.lockfile.index_of(&package.location) else { return };
        let place = |name: &str| Some(self.lockfile.target(self.lockfile.resolve(&package.location, name)?));
        let asked = wants.iter().filter_map(|(name, meant)| Some((place(name)?, name != meant)));
        let given: Vec<(&String, usize)> = peers.iter().filter_map(|name| Some((name, place(name)?))).collect();
        let edges = asked.chain(given.iter().map(|(_, index)| (*index, false))).collect();
        let is_another = |(name, index): &&(&String, usize)| {
            let found = &self.lockfile.packages[*index];
            is_of_registry(found) && found.name != **name && !self.wanted.contains(found.name.as_str())
        };
        let borrowing: Vec<usize> = given.iter().filter(is_another).map(|(_, index)| *index).collect();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.edges.insert(own, edges);
        seen.borrowing.extend(borrowing);
    }

    /// After every package was checked: from what the project asks for along what is unpacked, somebody asks for each.
    pub fn check_peers(&self) -> Result<()> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.borrowing.is_empty() {
            return Ok(());
        }
        let mut reached: HashSet<usize> = self.roots.iter().copied().collect();
        let mut open: Vec<usize> = reached.iter().copied().collect();
        let mut lent = HashSet::new();
        while let Some(index) = open.pop() {
            for (target, by_another_name) in seen.edges.get(&index).into_iter().flatten() {
                if *by_another_name {
                    lent.insert(*target);
                }
                if reached.insert(*target) {
                    open.push(*target);
                }
            }
        }
        let odd = seen.borrowing.iter().find(|index| !lent.contains(index));
        odd.map_or(Ok(()), |index| another(&self.lockfile.packages[*index]))
    }

    /// The same for a package that is there already.
    pub fn check_installed(&self, folder: &Path, package: &Package) -> Result<()> {
        let text = std::fs::read(folder.join(&package.location).join("package.json"));
        match text.ok().and_then(|text| PackageJson::parse(&text).ok()) {
            Some(manifest) => self.check(package, &manifest.wants, &manifest.peers),
            // Changed since: not what was unpacked, and not what is looked at here.
            None => Ok(()),
        }
    }
}

/// Packages that overrides are about, at every depth: `name`, `name@range`.
fn collect_names<'a>(overrides: &'a Value, found: &mut HashSet<&'a str>) {
    for (key, value) in overrides.as_object().into_iter().flatten() {
        let end = key.get(1..).and_then(|rest| rest.find('@')).map_or(key.len(), |at| at + 1);
        found.insert(&key[..end]);
        collect_names(value, found);
    }
}
