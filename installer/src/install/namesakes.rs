//! Whether each package gets what its own package.json asks for, and not another package under that name.
//!
//! A lockfile says of a package what it depends on, and whoever edits the one entry edits the other: `debug` "asks for"
//! `npm:evil@1` as `ms`. What is unpacked says what it really asks for.

use super::check::{another, collect_aliases, is_of_registry};
use super::project::Project;
use crate::error::Result;
use crate::lockfile::{Lockfile, Package, installed_name};
use crate::manifest::alias;
use crate::store::PackageJson;
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;

pub struct Namesakes<'a> {
    lockfile: &'a Lockfile,
    /// Names under which another package lies.
    borrowed: HashSet<&'a str>,
    /// What the project itself wants to lie under other names, or other packages to have.
    wanted: HashSet<&'a str>,
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
        Namesakes { lockfile, borrowed, wanted }
    }

    /// `wants`: what the package's own package.json says.
    pub fn check(&self, package: &Package, wants: &[(String, String)]) -> Result<()> {
        for (name, meant) in wants.iter().filter(|(name, meant)| name != meant || self.borrowed.contains(name.as_str()))
        {
            let Some(index) = self.lockfile.resolve(&package.location, name) else { continue };
            let found = &self.lockfile.packages[index];
            if is_of_registry(found) && found.name != *meant && !self.wanted.contains(found.name.as_str()) {
                return another(found);
            }
        }
        Ok(())
    }

    /// The same for a package that is there already.
    pub fn check_installed(&self, folder: &Path, package: &Package) -> Result<()> {
        let text = std::fs::read(folder.join(&package.location).join("package.json"));
        match text.ok().and_then(|text| PackageJson::parse(&text).ok()) {
            Some(manifest) => self.check(package, &manifest.wants),
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
