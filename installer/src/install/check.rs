//! Does the lockfile say what the package.json files ask for? If not, only the resolver can go on.

use super::project::Project;
use crate::arguments::{Arguments, Command};
use crate::error::{Error, Result, quoted};
use crate::lockfile::Source;
use crate::manifest::{Manifest, difference};
use serde_json::Map;
use std::collections::BTreeSet;

pub fn fits(project: &Project, arguments: &Arguments) -> Result<()> {
    for manifest in &project.manifests {
        let place = if manifest.folder.is_empty() {
            "package.json".to_owned()
        } else {
            format!("{}/package.json", manifest.folder)
        };
        manifest_fits(project, manifest).map_err(|error| error.at(quoted(&place)))?;
    }
    workspaces_fit(project)?;
    // What overrides did to a lockfile can't be seen in it.
    if project.root().overrides().is_some() && arguments.command == Command::Install && !arguments.resolved {
        return Err(Error::Resolution("package.json has overrides".to_owned()));
    }
    Ok(())
}

fn manifest_fits(project: &Project, manifest: &Manifest) -> Result<()> {
    let empty = Map::new();
    let locked = project.lockfile.entry(&manifest.folder).unwrap_or(&empty);
    if let Some(why) = difference(&manifest.value, locked) {
        return Err(Error::Resolution(format!("{why}, and {} says otherwise", project.lockfile_name)));
    }
    let Some(index) = project.lockfile.index_of(&manifest.folder) else { return Ok(()) };
    for edge in project.lockfile.packages[index].edges.iter().filter(|edge| !edge.optional) {
        if project.lockfile.resolve(&manifest.folder, &edge.name).is_none() {
            return Err(Error::Resolution(format!("{} has no {}", project.lockfile_name, quoted(&edge.name))));
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
