//! What a project consists of: its own package.json, and those of its workspace.

use crate::manifest::json::{Node, Value};
use crate::manifest::{Document, Patterns, document, never_own};
use std::path::{Path, PathBuf};

/// What a package.json says: names of dependencies, and scripts.
#[derive(Clone, Debug, Default)]
pub struct Package {
    pub name: String,
    pub folder: PathBuf,
    pub dependencies: Vec<String>,
    pub scripts: Vec<(String, String)>,
}

/// A project, with what is around it in its workspace.
#[derive(Debug, Default)]
pub struct Project {
    pub own: Package,
    /// Of a workspace's root; in the order of their folders.
    pub members: Vec<Package>,
    /// Dependencies of the workspace's root, whose programs its members find.
    pub tools: Vec<String>,
    /// The folder of the whole workspace.
    pub root: PathBuf,
}

impl Project {
    /// Members that cannot be read are nobody's.
    pub fn of(document: &Document, homes: &[PathBuf]) -> Project {
        let folder = document.file.parent().unwrap_or(Path::new("/"));
        let patterns = Patterns::of(document).unwrap_or_default();
        let members = patterns.members(folder).into_iter().filter_map(|member| {
            let document = self::document(&member).ok()??;
            Some(Package::of(&document.root, &member))
        });
        let own = Package::of(&document.root, folder);
        let around = root_above(folder, homes).unwrap_or_else(|| own.clone());
        Project { members: members.collect(), tools: around.dependencies, root: around.folder, own }
    }
}

/// The root of the workspace that `folder` is a member of.
fn root_above(folder: &Path, homes: &[PathBuf]) -> Option<Package> {
    folder.ancestors().skip(1).take_while(|above| !never_own(above, homes)).find_map(|above| {
        let found = document(above).ok()??;
        let patterns = Patterns::of(&found).ok()?;
        patterns.names(folder.strip_prefix(above).ok()?).then(|| Package::of(&found.root, above))
    })
}

impl Package {
    pub fn of(root: &Node, folder: &Path) -> Package {
        let members = |name: &str| match root.member(name).map(|member| &member.node.value) {
            Some(Value::Object(members)) => members.as_slice(),
            _ => &[],
        };
        let dependencies = ["dependencies", "devDependencies", "optionalDependencies"];
        let names = dependencies.iter().flat_map(|kind| members(kind)).map(|member| member.name.clone());
        let scripts = members("scripts").iter();
        Package {
            name: root.member("name").and_then(|member| member.node.string()).unwrap_or_default().to_owned(),
            folder: folder.to_owned(),
            dependencies: names.collect(),
            scripts: scripts
                .filter_map(|member| Some((member.name.clone(), member.node.string()?.to_owned())))
                .collect(),
        }
    }

    pub fn depends_on(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.dependencies.contains(name))
    }
}
