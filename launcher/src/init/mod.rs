//! `cordon init`: looks at what a project is made of, and proposes a manifest.

mod frameworks;

use crate::manifest::Addition;
use crate::manifest::json::{Node, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// A grant, and what in the project speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proposal {
    pub addition: Addition,
    pub why: String,
}

/// What package.json says: names of dependencies, and scripts.
#[derive(Debug, Default)]
struct Package {
    dependencies: Vec<String>,
    scripts: Vec<(String, String)>,
}

/// Proposals for the project whose package.json is `root`, without those that give nothing in `folder`.
pub fn propose(root: &Node, folder: &Path) -> Vec<Proposal> {
    let package = package(root);
    let mut proposals: BTreeMap<Addition, String> = BTreeMap::new();
    for framework in frameworks::all() {
        if !framework.packages.iter().any(|name| package.dependencies.contains(name)) {
            continue;
        }
        let grants = framework.grants.iter().map(|(permission, text)| Addition::new(*permission, text.clone()));
        let for_scripts = package.scripts.iter().flat_map(|(name, text)| {
            framework
                .for_command(text)
                .map(|(permission, grant)| Addition { script: Some(name.clone()), ..Addition::new(permission, grant) })
        });
        for addition in grants.chain(for_scripts).filter_map(|one| frameworks::written_in(folder, one)) {
            proposals.entry(addition).or_insert_with(|| framework.why.clone());
        }
    }
    proposals.into_iter().map(|(addition, why)| Proposal { addition, why }).collect()
}

fn package(root: &Node) -> Package {
    let members = |name: &str| match root.member(name).map(|member| &member.node.value) {
        Some(Value::Object(members)) => members.as_slice(),
        _ => &[],
    };
    let dependencies = ["dependencies", "devDependencies", "optionalDependencies"];
    let names = dependencies.iter().flat_map(|kind| members(kind)).map(|member| member.name.clone());
    let scripts = members("scripts").iter();
    Package {
        dependencies: names.collect(),
        scripts: scripts.filter_map(|member| Some((member.name.clone(), member.node.string()?.to_owned()))).collect(),
    }
}

/// Whether the project has members with a package.json of their own.
pub fn is_workspace(root: &Node, folder: &Path) -> bool {
    root.member("workspaces").is_some() || folder.join("pnpm-workspace.yaml").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::json;
    use crate::policy::Permission;

    fn proposed(text: &str) -> Vec<(Option<String>, Permission, String)> {
        let root = json::read(text).unwrap();
        let all = propose(&root, Path::new("/nonexistent")).into_iter();
        all.map(|one| (one.addition.script, one.addition.permission, one.addition.text)).collect()
    }

    #[test]
    fn servers_get_their_port_and_databases_their_host() {
        let all = proposed(r#"{"dependencies":{"express":"5","pg":"8"}}"#);
        assert!(all.contains(&(None, Permission::Listen, "3000".into())));
        assert!(all.contains(&(None, Permission::Net, "localhost:5432".into())));
    }

    #[test]
    fn a_builds_grants_are_its_scripts() {
        let all =
            proposed(r#"{"devDependencies":{"vite":"8"},"scripts":{"build":"tsc && vite build","x":"echo vitest"}}"#);
        assert!(all.contains(&(Some("build".into()), Permission::Write, "./dist/".into())));
        assert!(all.iter().all(|(script, ..)| script.as_deref() == Some("build")), "{all:?}");
    }

    #[test]
    fn a_project_of_nothing_known_gets_nothing() {
        assert_eq!(proposed(r#"{"dependencies":{"left-pad":"1"},"scripts":{"build":"vite build"}}"#), []);
        assert_eq!(proposed(r#"{"dependencies":[],"scripts":null}"#), []);
    }
}
