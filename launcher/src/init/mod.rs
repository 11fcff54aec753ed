//! `cordon init`: looks at what a project is made of, and proposes a manifest.

mod frameworks;
mod members;
mod package;
mod typescript;

use crate::manifest::Addition;
use crate::policy::Permission;
use frameworks::{Framework, Grants, commands};
pub use package::{Package, Project};
use std::collections::BTreeMap;
use std::path::Path;

/// A grant, and what in the project speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proposal {
    pub addition: Addition,
    pub why: String,
}

/// Programs that run a project's own code: what its packages want for every run, a script with one of them wants.
const RUNS_OWN_CODE: [&str; 8] = ["node", "tsx", "nodemon", "ts-node", "ts-node-dev", "nest", "cordon", "bun"];

/// Proposals for the manifest of `project`, without those that give nothing there.
pub fn propose(project: &Project) -> Vec<Proposal> {
    let frameworks = frameworks::all();
    let mut proposals = Proposals { project, found: BTreeMap::new() };
    for framework in frameworks.iter().filter(|framework| project.own.depends_on(&framework.packages)) {
        proposals.add(None, &project.own.folder, &framework.grants, &framework.why);
    }
    for (script, text) in &project.own.scripts {
        let tools = [project.own.dependencies.as_slice(), &project.tools].concat();
        proposals.add_script(script, text, &Package { dependencies: tools, ..project.own.clone() }, &frameworks);
        for (member, text) in members::all_led_to(text, project) {
            let tools = [member.dependencies.as_slice(), &project.own.dependencies].concat();
            if runs_own_code(&text) {
                for framework in frameworks.iter().filter(|framework| member.depends_on(&framework.packages)) {
                    proposals.add(Some(script), &member.folder, &framework.grants, &framework.why);
                }
            }
            proposals.add_script(script, &text, &Package { dependencies: tools, ..member.clone() }, &frameworks);
        }
    }
    proposals.found.into_iter().map(|(addition, why)| Proposal { addition, why }).collect()
}

fn runs_own_code(text: &str) -> bool {
    commands(text).any(|words| words.first().is_some_and(|program| RUNS_OWN_CODE.contains(program)))
}

struct Proposals<'a> {
    project: &'a Project,
    found: BTreeMap<Addition, String>,
}

impl Proposals<'_> {
    /// What a script with this text of `package` needs, as a grant of the manifest's script `name`.
    fn add_script(&mut self, name: &str, text: &str, package: &Package, frameworks: &[Framework]) {
        for framework in frameworks.iter().filter(|framework| package.depends_on(&framework.packages)) {
            let grants: Vec<_> = framework.for_command(text).collect();
            if framework.packages.iter().any(|package| package == "typescript") {
                self.add_compiler(name, text, package, grants, &framework.why);
            } else {
                self.add(Some(name), &package.folder, &grants, &framework.why);
            }
        }
    }

    /// What tsconfig.json says comes before what is usual.
    fn add_compiler(&mut self, name: &str, text: &str, package: &Package, mut grants: Grants, why: &str) {
        let calls = commands(text).filter_map(|words| {
            words.split_first().filter(|(program, _)| **program == "tsc").map(|(_, rest)| rest.to_vec())
        });
        let inside = |path: &String| Path::new(path).starts_with(&self.project.root);
        let written: Vec<String> =
            calls.flat_map(|arguments| typescript::written(&package.folder, &arguments)).filter(inside).collect();
        if !written.is_empty() {
            grants.retain(|(permission, text)| {
                *permission != Permission::Write || !matches!(text.as_str(), "./dist/" | "./tsconfig.tsbuildinfo")
            });
        }
        self.add(Some(name), &package.folder, &grants, why);
        self.add(
            Some(name),
            &package.folder,
            &written.into_iter().map(|path| (Permission::Write, path)).collect(),
            why,
        );
    }

    /// Grants whose paths start at `from`.
    fn add(&mut self, script: Option<&str>, from: &Path, grants: &Grants, why: &str) {
        for (permission, text) in grants {
            let Some(text) = frameworks::written_in(from, *permission, text) else { continue };
            let is_path = text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
            let text = if is_path { members::written(&from.join(text), &self.project.own.folder) } else { text };
            let addition = Addition { script: script.map(str::to_owned), ..Addition::new(*permission, text) };
            self.found.entry(addition).or_insert_with(|| why.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::json;

    fn package(text: &str, folder: &str) -> Package {
        Package::of(&json::read(text).unwrap(), Path::new(folder))
    }

    fn all(project: &Project) -> Vec<(Option<String>, Permission, String)> {
        let all = propose(project).into_iter();
        all.map(|one| (one.addition.script, one.addition.permission, one.addition.text)).collect()
    }

    fn proposed(text: &str) -> Vec<(Option<String>, Permission, String)> {
        all(&Project { own: package(text, "/nonexistent"), root: "/nonexistent".into(), ..Project::default() })
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

    #[test]
    fn a_roots_script_gets_what_the_members_scripts_want_that_it_leads_to() {
        let own =
            r#"{"devDependencies":{"typescript":"5"},"scripts":{"all":"npm run build -ws","up":"npm start -w api"}}"#;
        let api = r#"{"name":"api","dependencies":{"express":"5","dotenv":"17"},"scripts":{"build":"tsc","start":"node dist/x.js"}}"#;
        let web =
            r#"{"name":"web","dependencies":{"vite":"8"},"scripts":{"prebuild":"npm run pack","pack":"vite build"}}"#;
        let members = vec![package(api, "/p/api"), package(web, "/p/apps/web")];
        let found = all(&Project { own: package(own, "/p"), members, root: "/p".into(), ..Project::default() });
        let one = |script: &str, permission, text: &str| (Some(script.to_owned()), permission, text.to_owned());
        assert_eq!(
            found,
            [
                one("all", Permission::Write, "./api/dist/"),
                one("up", Permission::Read, "./api/.env"),
                one("up", Permission::Listen, "3000"),
            ]
        );
        let members = vec![package(&web.replace("prebuild", "build"), "/p/apps/web")];
        let found = all(&Project { own: package(own, "/p"), members, root: "/p".into(), ..Project::default() });
        assert!(found.contains(&one("all", Permission::Write, "./apps/web/dist/")), "{found:?}");
        assert!(found.contains(&one("all", Permission::Write, "./apps/web/node_modules/.vite-temp/")), "{found:?}");
    }

    #[test]
    fn a_member_finds_the_programs_of_its_root() {
        let own = package(r#"{"scripts":{"build":"tsc"}}"#, "/p/a");
        let project = Project { own, tools: vec!["typescript".into()], root: "/p".into(), ..Project::default() };
        assert_eq!(all(&project), [(Some("build".into()), Permission::Write, "./dist/".into())]);
    }
}
