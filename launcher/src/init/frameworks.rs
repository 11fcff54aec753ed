//! contract/frameworks.json.

use crate::manifest::json::{self, Node, Value};
use crate::manifest::{PNPM_HOISTED, is_installed};
use crate::policy::Permission;
use std::path::Path;

pub type Grants = Vec<(Permission, String)>;

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
        let found = commands(text).filter_map(|words| {
            let matching = self.commands.iter().filter(|(command, _)| contains(&words, command));
            matching.max_by_key(|(command, _)| command.len())
        });
        found.flat_map(|(_, grants)| grants.clone()).collect::<Vec<_>>().into_iter()
    }
}

/// Programs that start the one behind them.
const STARTERS: [&str; 7] = ["cross-env", "npx", "pnpx", "bunx", "pnpm", "yarn", "exec"];

/// The words of each command of a script: its program is the first.
pub fn commands(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.split(['&', '|', ';']).map(|part| {
        let in_front = |word: &&str| word.contains('=') || STARTERS.contains(word);
        part.trim_start_matches(['(', '{', ' ']).split_whitespace().skip_while(in_front).collect()
    })
}

/// Whether a command stands in a part: its program first, the other words behind it.
fn contains(words: &[&str], command: &[String]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let Some((first, rest)) = words.split_first() else { return false };
    first == program && arguments.iter().all(|argument| rest.contains(&argument.as_str()))
}

/// The text of a grant as it is written in `folder`, where it makes a difference there: an addon's package, and a package's
/// program, have to be installed, in `folder` or above it, as in a workspace.
pub fn written_in(folder: &Path, permission: Permission, text: &str) -> Option<String> {
    match (permission, text.strip_prefix("./node_modules/")) {
        (Permission::Addons, _) => is_installed(text, folder).then(|| text.to_owned()),
        (Permission::Run, Some(program)) => {
            let places = ["node_modules".to_owned(), format!("node_modules/{PNPM_HOISTED}")];
            let found = places.into_iter().find_map(|place| {
                let file = Path::new(&place).join(program);
                let up = folder.ancestors().position(|above| above.join(&file).is_file())?;
                Some((up, place))
            });
            let (up, place) = found?;
            let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
            Some(format!("{start}{place}/{program}"))
        }
        _ => Some(text.to_owned()),
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
