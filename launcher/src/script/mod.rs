//! package.json's scripts: what one starts, and with whose grants.

mod bin;
mod choose;
mod names;
mod words;

pub use bin::{file as program_named, of_project as programs_of};
pub use choose::{Chosen, choose, may_be_script};

use crate::policy::{Grant, Origin, Policy, Program, Request};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The scripts of one package.json.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scripts {
    /// The package.json's folder: scripts run there.
    pub folder: PathBuf,
    /// Names and texts, in the file's order.
    pub texts: Vec<(String, String)>,
}

/// How a script starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// One command that is a file of JavaScript: the engine runs it, and nothing else has to be started.
    File { entry: PathBuf, arguments: Vec<OsString>, assignments: Vec<(String, String)> },
    /// cordon's shell runs it, with its pre and post scripts.
    Shell,
}

/// The programs that cordon itself consists of.
#[derive(Clone, Copy, Debug)]
pub struct Installed<'a> {
    pub engine: &'a Path,
    pub launcher: &'a Path,
}

/// Programs that do nothing but start others: without the grants of a shell they could not do their work.
const STARTERS: [&str; 10] = [
    "concurrently",
    "conc",
    "cross-env",
    "cross-env-shell",
    "dotenv",
    "env-cmd",
    "npm-run-all",
    "npm-run-all2",
    "run-p",
    "run-s",
];

/// A word that cannot name a script: a path, or a file with one of the engine's endings.
pub fn is_written_as_file(word: &str) -> bool {
    let ending = Path::new(word).extension().and_then(|ending| ending.to_str());
    let known = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "json", "node", "wasm"];
    word.contains('/')
        || word == "-"
        || word == "."
        || word == ".."
        || ending.is_some_and(|ending| known.contains(&ending))
}

impl Scripts {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().rev().find(|(own, _)| own == name).map(|(_, text)| text.as_str())
    }

    /// The scripts that may run when `name` does: their entries in the manifest count.
    pub fn named(&self, name: &str) -> BTreeSet<String> {
        names::named(&self.texts, name)
    }

    /// How `name` starts with `arguments` behind it; `None` where there is no such script.
    pub fn start(&self, name: &str, arguments: &[OsString]) -> Option<Start> {
        let text = self.text(name)?;
        let alone = ["pre", "post"].iter().all(|prefix| self.text(&format!("{prefix}{name}")).is_none());
        let direct = if alone { self.direct(text, arguments) } else { None };
        Some(direct.unwrap_or(Start::Shell))
    }

    fn direct(&self, text: &str, arguments: &[OsString]) -> Option<Start> {
        let command = words::simple(text)?;
        let (program, words) = command.words.split_first()?;
        let (entry, words) = if program == "node" {
            // A flag of the engine in front of the file is the shell's child's business.
            let (file, words) = words.split_first().filter(|(file, _)| !file.starts_with('-'))?;
            (self.folder.join(file), words)
        } else if STARTERS.contains(&program.as_str()) {
            return None;
        } else {
            (bin::file(&self.folder, program)?, words)
        };
        let arguments = words.iter().map(OsString::from).chain(arguments.iter().cloned()).collect();
        Some(Start::File { entry, arguments, assignments: command.assignments })
    }

    /// What cordon's shell, and what it starts, may start: the engine, through it the JavaScript programs of
    /// node_modules/.bin, and cordon itself. All of it stays in the same jail, so nothing becomes reachable by it.
    pub fn programs(&self, installed: Installed<'_>) -> Vec<Grant<Program>> {
        let grant = |name: &str, path: PathBuf| Grant {
            pattern: Program { name: name.to_owned(), path },
            text: name.to_owned(),
            origin: Origin::Default("scripts start programs of node_modules/.bin on the engine"),
        };
        let mut programs = vec![grant("node", installed.engine.to_path_buf())];
        // "build": "cordon run tool.ts" joins the script's jail, and can only narrow it.
        programs.push(grant("cordon", installed.launcher.to_path_buf()));
        // The first line of those programs is "#!/usr/bin/env node".
        programs.extend(std::fs::canonicalize("/usr/bin/env").ok().map(|env| grant("env", env)));
        programs.extend(bin::all(&self.folder).into_iter().map(|(name, file)| grant(&name, file)));
        programs
    }
}

impl Chosen {
    /// The words that the engine is started with, in place of the script's name and its arguments.
    pub fn words(&self, arguments: &[OsString], dist: &Path) -> Vec<OsString> {
        match &self.start {
            Start::File { entry, arguments, .. } => {
                [entry.clone().into()].into_iter().chain(arguments.iter().cloned()).collect()
            }
            Start::Shell => {
                let shell = [dist.join("shell.cjs").into(), "run".into(), self.name.clone().into()];
                shell.into_iter().chain(arguments.iter().cloned()).collect()
            }
        }
    }

    /// The scripts whose own grants count.
    pub fn named(&self) -> Vec<String> {
        self.scripts.named(&self.name).into_iter().collect()
    }

    /// Programs that may be started without a grant. What a target may write is not among them: a program in its place
    /// would be one that nobody granted.
    pub fn programs(&self, installed: Installed<'_>, policy: &Policy, writable: &[PathBuf]) -> Vec<Grant<Program>> {
        if self.start != Start::Shell {
            return Vec::new();
        }
        let granted = policy.allow.write.iter().map(|grant| &grant.pattern);
        let writable: Vec<&PathBuf> = writable.iter().chain(granted).collect();
        let mut programs = self.scripts.programs(installed);
        programs.retain(|grant| !writable.iter().any(|folder| grant.pattern.path.starts_with(folder)));
        programs
    }

    /// The program that it starts directly, where `policy` keeps that from being read: one in a node_modules above the
    /// project, which npm finds too.
    pub fn out_of_reach(&self, policy: &Policy) -> Option<PathBuf> {
        let Start::File { entry, .. } = &self.start else { return None };
        let real = std::fs::canonicalize(entry).ok()?;
        (!policy.decide(&Request::Read(&real)).allowed()).then_some(real)
    }

    /// The script's own variables, and those that npm sets and programs look at.
    pub fn environment(&self, started_in: &Path, engine: &Path, dist: &Path) -> Vec<(OsString, OsString)> {
        let text = self.scripts.text(&self.name).unwrap_or_default();
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("npm_lifecycle_event".into(), (&self.name).into()),
            ("npm_lifecycle_script".into(), text.into()),
            ("npm_package_json".into(), self.scripts.folder.join("package.json").into()),
            ("npm_command".into(), "run".into()),
            ("INIT_CWD".into(), started_in.into()),
        ];
        match &self.start {
            Start::File { assignments, .. } => {
                variables.extend(assignments.iter().map(|(name, value)| (name.into(), value.into())));
            }
            Start::Shell => {
                variables.push(("npm_node_execpath".into(), engine.into()));
                variables.push(("npm_execpath".into(), dist.join("npm.mjs").into()));
            }
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(texts: &[(&str, &str)]) -> Scripts {
        let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Scripts { folder: "/project".into(), texts }
    }

    #[test]
    fn one_plain_command_needs_no_shell() {
        let scripts = scripts(&[("start", "PORT=3000 node server.js --quiet")]);
        let expected = Start::File {
            entry: "/project/server.js".into(),
            arguments: vec!["--quiet".into(), "a b".into()],
            assignments: vec![("PORT".into(), "3000".into())],
        };
        assert_eq!(scripts.start("start", &["a b".into()]), Some(expected));
        assert_eq!(scripts.start("stop", &[]), None);
    }

    #[test]
    fn everything_else_goes_to_the_shell() {
        for text in ["node a.js && node b.js", "node --test", "cross-env A=1 node a.js", "rm -r out", "echo x", ""] {
            assert_eq!(scripts(&[("a", text)]).start("a", &[]), Some(Start::Shell), "{text}");
        }
        let with_pre = scripts(&[("a", "node a.js"), ("prea", "node b.js")]);
        assert_eq!(with_pre.start("a", &[]), Some(Start::Shell));
    }

    #[test]
    fn a_program_that_the_target_may_write_is_not_started() {
        let scripts = scripts(&[("a", "x && y")]);
        let chosen = Chosen { name: "a".into(), start: Start::Shell, scripts };
        let installed = Installed { engine: Path::new("/opt/engine/node"), launcher: Path::new("/usr/bin/cordon") };
        let names = |writable: &[PathBuf]| -> Vec<String> {
            chosen.programs(installed, &Policy::default(), writable).into_iter().map(|grant| grant.text).collect()
        };
        assert!(names(&[]).contains(&"node".to_owned()) && names(&[]).contains(&"cordon".to_owned()));
        assert!(!names(&["/usr/bin".into()]).contains(&"cordon".to_owned()));
        assert!(!names(&["/opt".into()]).contains(&"node".to_owned()));
    }

    #[test]
    fn a_path_or_an_ending_means_a_file() {
        for file in ["./build", "build.js", "a/b", "x.ts", "-", ".", "/x"] {
            assert!(is_written_as_file(file), "{file}");
        }
        for name in ["build", "build:js", "test.unit", "js"] {
            assert!(!is_written_as_file(name), "{name}");
        }
    }
}
