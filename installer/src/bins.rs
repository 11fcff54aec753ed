//! `node_modules/.bin`: which programs each node_modules has, as npm's bin-links makes them.

use crate::error::{Result, cannot, quoted};
use crate::lockfile::{Lockfile, installed_name, isolated};
use crate::names::shadows_a_tool;
use std::collections::BTreeMap;
use std::path::Path;

/// Program → where its symlink leads.
pub type Programs = BTreeMap<String, String>;

/// Folder of a node_modules → its programs. The first package in npm's order has a name that two want.
pub fn programs(lockfile: &Lockfile, wanted: &[usize], notices: &mut Vec<String>) -> BTreeMap<String, Programs> {
    let mut all: BTreeMap<String, Programs> = BTreeMap::new();
    for index in wanted {
        let package = &lockfile.packages[*index];
        let Some(name) = installed_name(&package.location) else { continue };
        // Nobody starts programs from there: packages run no scripts.
        if package.location.starts_with(isolated::FOLDER) {
            continue;
        }
        let modules = package.location[..package.location.len() - name.len() - 1].to_owned();
        let described = &lockfile.packages[lockfile.target(*index)];
        for (program, path) in &described.bins {
            if shadows_a_tool(&described.name, program) {
                notices.push(format!(
                    "{} wants to be started as {}: its program is left out, because that name belongs to another tool",
                    quoted(&package.name),
                    quoted(program)
                ));
                continue;
            }
            let programs = all.entry(modules.clone()).or_default();
            programs.entry(program.clone()).or_insert_with(|| format!("../{name}/{path}"));
        }
    }
    all
}

/// Does the folder hold exactly these symlinks?
pub fn are_there(folder: &Path, programs: &Programs) -> bool {
    let Ok(listing) = std::fs::read_dir(folder) else { return programs.is_empty() };
    let mut count = 0;
    for entry in listing.flatten() {
        let name = entry.file_name();
        let wanted = name.to_str().and_then(|name| programs.get(name));
        let found = std::fs::read_link(entry.path()).ok();
        if wanted.is_none() || found.as_deref() != wanted.map(Path::new) {
            return false;
        }
        count += 1;
    }
    count == programs.len()
}

pub fn make(folder: &Path, programs: &Programs) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(cannot("make", folder))?;
    for (program, target) in programs {
        let path = folder.join(program);
        std::os::unix::fs::symlink(target, &path).map_err(cannot("link", &path))?;
    }
    Ok(())
}
