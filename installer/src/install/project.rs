//! The project's files: its package.json, those of its workspaces and folders, and the lockfile.

use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::lockfile::{Lockfile, Named};
use crate::manifest::{Manifest, read_limited};
use crate::settings::Settings;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub struct Project {
    /// The project's own first.
    pub manifests: Vec<Manifest>,
    pub workspaces: BTreeSet<String>,
    pub lockfile_name: &'static str,
    pub lockfile_text: Arc<Vec<u8>>,
    pub lockfile: Lockfile,
    pub layout: Layout,
}

pub const LARGEST_LOCKFILE: u64 = 256 << 20;

/// The lockfile's name and text.
pub type Text = (&'static str, Arc<Vec<u8>>);

pub fn lockfile(folder: &Path) -> Result<Text> {
    let name = if folder.join("npm-shrinkwrap.json").exists() { "npm-shrinkwrap.json" } else { "package-lock.json" };
    let path = folder.join(name);
    if !path.exists() {
        return Err(Error::Resolution("there is no package-lock.json".to_owned()));
    }
    Ok((name, Arc::new(read_limited(&path, LARGEST_LOCKFILE)?)))
}

impl Project {
    pub fn read(folder: &Path, settings: &Settings, lockfile: Result<Text>, layout: Layout) -> Result<Project> {
        let root = Manifest::read(folder, "")?;
        let listed = settings.members.as_ref().map(|members| members.iter().cloned().collect());
        let workspaces = listed.unwrap_or_else(|| root.workspaces(folder));
        let mut manifests = vec![root];
        for workspace in &workspaces {
            manifests.push(Manifest::read(folder, workspace)?);
        }
        let mut named = Named::by(&manifests, workspaces.clone());
        add_folders(folder, &mut named, &mut manifests)?;
        let (name, text) = lockfile?;
        let lockfile = Lockfile::parse(&text, &named, settings).map_err(|error| error.at(name))?;
        Ok(Project { manifests, workspaces, lockfile_name: name, lockfile_text: text, lockfile, layout })
    }

    pub fn root(&self) -> &Manifest {
        &self.manifests[0]
    }
}

/// Folders that `file:` names have manifests of their own, which may name others.
fn add_folders(folder: &Path, named: &mut Named, manifests: &mut Vec<Manifest>) -> Result<()> {
    let mut known: BTreeSet<String> = manifests.iter().map(|manifest| manifest.folder.clone()).collect();
    loop {
        let open: Vec<String> = named.files().filter(|path| !known.contains(*path)).map(str::to_owned).collect();
        if open.is_empty() {
            return Ok(());
        }
        for path in open {
            if folder.join(&path).join("package.json").is_file() {
                let manifest = Manifest::read(folder, &path)?;
                named.add(&manifest);
                manifests.push(manifest);
            }
            known.insert(path);
        }
    }
}
