//! Which scripts of which members a script of a workspace's root leads to.

use super::package::{Package, Project};
use crate::manifest::starred;
use crate::policy::without_dots;
use crate::script::Scripts;
use std::path::Path;

/// What a command asks for: a script of some members.
#[derive(Debug, Default)]
struct Asked<'a> {
    members: Vec<&'a str>,
    is_all: bool,
    folder: Option<&'a str>,
    words: Vec<&'a str>,
}

/// Longer rows of scripts that lead to each other are not followed.
const MOST_STEPS: usize = 500;
const RUNNERS: [&str; 4] = ["npm", "pnpm", "yarn", "bun"];
const MEMBER: [&str; 4] = ["-w", "--workspace", "-F", "--filter"];
const FOLDER: [&str; 4] = ["-C", "--prefix", "--dir", "--cwd"];
const ALL: [&str; 6] = ["-r", "--recursive", "--workspaces", "-ws", "workspaces", "--parallel"];

/// The texts of all scripts of members that `text`, a script of the project, leads to.
pub fn all_led_to<'a>(text: &str, project: &'a Project) -> Vec<(&'a Package, String)> {
    let mut found: Vec<(&Package, String)> = Vec::new();
    let mut ahead = led_to(text, &project.own.folder, &project.members);
    let mut steps = 0;
    while let Some((member, script)) = ahead.pop() {
        steps += 1;
        if steps > MOST_STEPS {
            break;
        }
        let scripts = Scripts { folder: member.folder.clone(), texts: member.scripts.clone() };
        for name in scripts.named(&script) {
            let Some(text) = scripts.text(&name).map(str::to_owned) else { continue };
            if !found.iter().any(|(other, known)| other.folder == member.folder && *known == text) {
                ahead.extend(led_to(&text, &member.folder, &project.members));
                found.push((member, text));
            }
        }
    }
    found
}

/// The members and their scripts that `text`, a script of the package in `root`, names. It is a look at its words, so it
/// may find too many, never one that a member does not have.
fn led_to<'a>(text: &str, root: &Path, members: &'a [Package]) -> Vec<(&'a Package, String)> {
    let mut found = Vec::new();
    let mut here = root.to_owned();
    for part in unquoted(text).split(['&', '|', ';', '\n', '(', ')']) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let Some((program, arguments)) = words.split_first() else { continue };
        if *program == "cd" {
            here = arguments.first().map_or(root.to_owned(), |folder| without_dots(&here.join(folder)));
        } else if let Some(at) = words.iter().position(|word| RUNNERS.contains(word)) {
            let asked = Asked::of(words[at], &words[at + 1..]);
            let Some(script) = asked.script() else { continue };
            let chosen = members.iter().filter(|member| asked.chooses(member, &here));
            found.extend(chosen.map(|member| (member, script.to_owned())));
        }
    }
    found.retain(|(member, script)| member.scripts.iter().any(|(name, _)| name == script));
    found
}

/// Single words without their quotes; what else is quoted looks like commands of its own.
fn unquoted(text: &str) -> String {
    let bare = text.replace('\\', "");
    let pieces = bare.split(['"', '\'']).enumerate();
    pieces
        .map(
            |(at, piece)| {
                if at % 2 == 1 && piece.contains(char::is_whitespace) {
                    format!("\n{piece}\n")
                } else {
                    piece.to_owned()
                }
            },
        )
        .collect()
}

impl<'a> Asked<'a> {
    fn of(program: &str, words: &[&'a str]) -> Asked<'a> {
        let mut asked = Asked::default();
        let mut words = words.iter().take_while(|word| **word != "--");
        while let Some(word) = words.next() {
            let (name, value) = word.split_once('=').map_or((*word, None), |(name, value)| (name, Some(value)));
            if program == "yarn" && name == "workspace"
                || MEMBER.contains(&name) && !(program == "pnpm" && name == "-w")
            {
                asked.members.extend(value.or_else(|| words.next().copied()));
            } else if FOLDER.contains(&name) {
                asked.folder = value.or_else(|| words.next().copied());
            } else if ALL.contains(&name) {
                asked.is_all = true;
            } else if !word.starts_with('-') {
                asked.words.push(word);
            }
        }
        asked
    }

    fn script(&self) -> Option<&'a str> {
        let run = ["run", "run-script"];
        let script = self.words.iter().find(|word| !run.contains(word))?;
        Some(if matches!(*script, "t" | "tst") { "test" } else { script })
    }

    /// For a runner that stands in the folder `here`.
    fn chooses(&self, member: &Package, here: &Path) -> bool {
        if !self.members.is_empty() {
            return self.members.iter().any(|word| is_named(member, word, here));
        }
        self.is_all || member.folder == self.folder.map_or(here.to_owned(), |folder| without_dots(&here.join(folder)))
    }
}

/// By its name, with and without scope, its folder, or a pattern; `web...` are its dependencies too.
fn is_named(member: &Package, word: &str, here: &Path) -> bool {
    let folder = without_dots(&here.join(word.trim_matches(['{', '}'])));
    let unscoped = member.name.split_once('/').map_or("", |(_, name)| name);
    word.contains("...")
        || member.name == word
        || unscoped == word
        || starred(word, &member.name)
        || member.folder == folder
        || (folder != *here && member.folder.starts_with(&folder))
        || starred(&folder.to_string_lossy(), &member.folder.to_string_lossy())
}

/// `path` as a manifest in `folder` writes it; folders that end in `/` do so still.
pub fn written(path: &Path, folder: &Path) -> String {
    let end = if path.as_os_str().as_encoded_bytes().ends_with(b"/") { "/" } else { "" };
    let path = without_dots(path);
    let up = folder.ancestors().take_while(|above| !path.starts_with(above)).count();
    let shared = folder.ancestors().nth(up).unwrap_or(Path::new("/"));
    let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    format!("{start}{}{end}", path.strip_prefix(shared).unwrap_or(&path).display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, folder: &str) -> Package {
        let scripts = ["build", "test"].map(|name| (name.to_owned(), "x".to_owned())).to_vec();
        Package { name: name.into(), folder: folder.into(), scripts, ..Package::default() }
    }

    fn of(text: &str) -> String {
        let members =
            [member("@x/api", "/p/apps/api"), member("web", "/p/apps/web"), member("shared", "/p/packages/shared")];
        let found = led_to(text, Path::new("/p"), &members);
        found.iter().map(|(member, script)| format!("{}:{script} ", member.name)).collect()
    }

    #[test]
    fn runners_lead_to_members() {
        for text in [
            "npm run build -w web",
            "npm run build --workspace=apps/web",
            "npm -w web run build",
            "pnpm --filter web build",
            "pnpm -F ./apps/web run build -- -w shared",
            "pnpm -C apps/web build",
            "npm --prefix ./apps/web run build",
            "yarn workspace web build",
            "yarn --cwd apps/web build",
            "cd apps/web && npm run build",
            "cd apps && cd api && cd ../web && pnpm build",
            "A=1 npm run build -w web",
            "concurrently \"npm run build -w web\"",
        ] {
            assert_eq!(of(text), "web:build ", "{text}");
        }
        for text in [
            "npm run build --workspaces --if-present",
            "pnpm -r build",
            "pnpm -r --parallel run build",
            "yarn workspaces run build",
        ] {
            assert_eq!(of(text), "@x/api:build web:build shared:build ", "{text}");
        }
        assert_eq!(of("pnpm --filter './apps/*' build"), "@x/api:build web:build ");
        assert_eq!(
            of("pnpm --filter \"./apps/*\" build; npm t -w apps"),
            "@x/api:build web:build @x/api:test web:test "
        );
        assert_eq!(of("pnpm --filter @x/* build"), "@x/api:build ");
    }

    #[test]
    fn what_leads_nowhere_else_finds_nothing() {
        for text in [
            "npm run build",
            "pnpm build",
            "pnpm -w build",
            "npm run none -w web",
            "echo -w web build",
            "cd apps; npm run build",
        ] {
            assert_eq!(of(text), "", "{text}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time() {
        let text = format!("pnpm --filter {}b build", "*a".repeat(30));
        let members = [member(&"a".repeat(60), "/p/a")];
        assert!(led_to(&text, Path::new("/p"), &members).is_empty());
    }

    #[test]
    fn paths_are_written_from_a_folder() {
        assert_eq!(written(Path::new("/p/a/dist"), Path::new("/p")), "./a/dist");
        assert_eq!(written(Path::new("/p/b/./../a/dist/"), Path::new("/p/b/c")), "../../a/dist/");
    }
}
