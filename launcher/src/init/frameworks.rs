//! contract/frameworks.json.

use crate::manifest::json::{self, Node, Value};
use crate::manifest::{Addition, is_installed};
use crate::policy::Permission;
use std::path::Path;

type Grants = Vec<(Permission, String)>;

#[derive(Debug)]
pub struct Framework {
    pub packages: Vec<String>,
    pub why: String,
    pub grants: Grants,
    /// Words of a command, and what a script with them needs.
    commands: Vec<(Vec<String>, Grants)>,
}

const TABLE: &str = include_str!("../../../contract/frameworks.json");

pub fn all() -> Vec<Framework> {
    let root = json::read(TABLE).expect("the table is JSON, which a test holds");
    let rows = root.member("frameworks").map(|member| member.node.items().to_vec()).unwrap_or_default();
    rows.iter().map(framework).collect()
}

fn framework(row: &Node) -> Framework {
    let node = |name: &str| row.member(name).map(|member| &member.node);
    let commands = node("commands").map(members).unwrap_or_default();
    Framework {
        packages: node("package").map(texts).unwrap_or_default(),
        why: node("why").and_then(Node::string).unwrap_or_default().to_owned(),
        grants: node("grants").map(grants).unwrap_or_default(),
        commands: commands
            .iter()
            .map(|member| (member.name.split(' ').map(str::to_owned).collect(), grants(&member.node)))
            .collect(),
    }
}

fn members(node: &Node) -> &[json::Member] {
    match &node.value {
        Value::Object(members) => members,
        _ => &[],
    }
}

fn texts(node: &Node) -> Vec<String> {
    match node.string() {
        Some(text) => vec![text.to_owned()],
        None => node.items().iter().filter_map(Node::string).map(str::to_owned).collect(),
    }
}

fn grants(node: &Node) -> Grants {
    let known = members(node).iter().filter_map(|member| Some((Permission::by_name(&member.name)?, &member.node)));
    known.flat_map(|(permission, node)| texts(node).into_iter().map(move |text| (permission, text))).collect()
}

impl Framework {
    /// What a script with this text needs: by the longest command that is in each of its parts.
    pub fn for_command(&self, text: &str) -> impl Iterator<Item = (Permission, String)> {
        let parts = text.split(['&', '|', ';']).map(|part| part.split_whitespace().collect::<Vec<_>>());
        let found = parts.filter_map(|words| {
            let matching = self.commands.iter().filter(|(command, _)| contains(&words, command));
            matching.max_by_key(|(command, _)| command.len())
        });
        found.flat_map(|(_, grants)| grants.clone()).collect::<Vec<_>>().into_iter()
    }
}

/// Whether a command stands in a part: its program as the first word that is no assignment, the others behind it.
fn contains(words: &[&str], command: &[String]) -> bool {
    let mut rest = words.iter().skip_while(|word| word.contains('=') || **word == "cross-env");
    let Some((program, arguments)) = command.split_first() else { return false };
    rest.next().is_some_and(|word| word == program)
        && arguments.iter().all(|argument| rest.clone().any(|word| word == argument))
}

/// The grant as it is written in `folder`, where it makes a difference there: an addon's package, and a package's program,
/// have to be installed, in `folder` or above it, as in a workspace.
pub fn written_in(folder: &Path, addition: Addition) -> Option<Addition> {
    match (addition.permission, addition.text.strip_prefix("./node_modules/")) {
        (Permission::Addons, _) => is_installed(&addition.text, folder).then_some(addition),
        (Permission::Run, Some(program)) => {
            let modules = Path::new("node_modules").join(program);
            let up = folder.ancestors().position(|above| above.join(&modules).is_file())?;
            let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
            Some(Addition { text: format!("{start}node_modules/{program}"), ..addition })
        }
        _ => Some(addition),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_understood() {
        for framework in all() {
            assert!(!framework.packages.is_empty() && !framework.why.is_empty(), "{framework:?}");
            let grants = framework.commands.iter().flat_map(|(_, grants)| grants).chain(&framework.grants);
            assert!(grants.count() > 0, "{framework:?}");
        }
        assert!(all().len() > 15);
    }

    #[test]
    fn the_longest_command_counts() {
        let vite = all().into_iter().find(|framework| framework.packages == ["vite"]).unwrap();
        let listens = |text: &str| vite.for_command(text).any(|(permission, _)| permission == Permission::Listen);
        assert!(!listens("vite build --mode x"));
        assert!(listens("NODE_ENV=x vite --host"));
        assert!(!listens("vitest"));
    }
}
