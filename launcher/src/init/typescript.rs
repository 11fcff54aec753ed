//! What the TypeScript compiler writes, by what tsconfig.json says.

use crate::policy::without_dots;
use jsonc_parser::{JsonObject, JsonValue, parse_to_value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// More projects than these are not looked at.
const MOST_PROJECTS: usize = 200;
const MOST_EXTENDED: usize = 8;

/// Files and folders that `tsc` with `arguments`, started in `folder`, writes; folders end in `/`. None where there is no
/// tsconfig.json that can be read, or where it says nothing of it.
pub fn written(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let builds = arguments.iter().any(|word| matches!(*word, "-b" | "--build"));
    let projects: Vec<PathBuf> = projects(folder, arguments, builds).iter().map(|named| config_file(named)).collect();
    let checks = arguments.contains(&"--noEmit");
    let mut found = BTreeSet::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut ahead = projects;
    while let Some(file) = ahead.pop().filter(|_| seen.len() < MOST_PROJECTS) {
        if seen.contains(&file) {
            continue;
        }
        let config = Config::read(&file, 0);
        if builds {
            ahead.extend(config.references.iter().map(|named| config_file(named)));
        }
        found.extend(config.outputs(&file, builds, checks));
        seen.push(file);
    }
    found.into_iter().collect()
}

/// Behind `-b` there may be several, behind `-p` is one; else it is the folder's.
fn projects(folder: &Path, arguments: &[&str], builds: bool) -> Vec<PathBuf> {
    let mut behind =
        arguments.iter().skip_while(|word| !matches!(**word, "-b" | "--build" | "-p" | "--project")).skip(1);
    let named: Vec<PathBuf> = if builds {
        behind.filter(|word| !word.starts_with('-')).map(|word| without_dots(&folder.join(word))).collect()
    } else {
        behind.next().map(|word| without_dots(&folder.join(word))).into_iter().collect()
    };
    if named.is_empty() { vec![folder.to_owned()] } else { named }
}

fn config_file(named: &Path) -> PathBuf {
    if named.extension().is_some_and(|ending| ending == "json") {
        named.to_owned()
    } else {
        named.join("tsconfig.json")
    }
}

/// What counts of a tsconfig.json.
#[derive(Clone, Debug, Default)]
struct Config {
    folders: Vec<PathBuf>,
    information: Option<PathBuf>,
    keeps_information: bool,
    emits_nothing: bool,
    has_no_files: bool,
    references: Vec<PathBuf>,
}

impl Config {
    fn read(file: &Path, depth: usize) -> Config {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let read = parse_to_value(&text, &Default::default());
        let (Ok(Some(JsonValue::Object(root))), Some(folder)) = (read, file.parent()) else { return Config::default() };
        let mut config = Config::default();
        for base in texts(root.get("extends")).iter().filter(|base| base.starts_with('.') && depth < MOST_EXTENDED) {
            let ending = if base.ends_with(".json") { "" } else { ".json" };
            config.extend(Config::read(&without_dots(&folder.join(format!("{base}{ending}"))), depth + 1));
        }
        if let Some(options) = root.get_object("compilerOptions") {
            config.extend(Config::options(options, folder));
        }
        let listed = root.get_array("references").into_iter().flat_map(|list| list.iter());
        let paths = listed.filter_map(|item| match item {
            JsonValue::Object(reference) => reference.get_string("path"),
            _ => None,
        });
        config.references = paths.map(|path| without_dots(&folder.join(path.as_ref()))).collect();
        config.has_no_files =
            root.get_array("files").is_some_and(|files| files.is_empty()) && root.get("include").is_none();
        config
    }

    fn options(options: &JsonObject<'_>, folder: &Path) -> Config {
        let path = |name: &str| Some(without_dots(&folder.join(options.get_string(name)?.as_ref())));
        let is_set = |name: &str| options.get_boolean(name) == Some(true);
        Config {
            folders: ["outDir", "declarationDir"].into_iter().filter_map(path).collect(),
            information: path("tsBuildInfoFile"),
            keeps_information: is_set("composite") || is_set("incremental"),
            emits_nothing: is_set("noEmit"),
            ..Config::default()
        }
    }

    /// What `other` says comes before what this one says.
    fn extend(&mut self, other: Config) {
        if !other.folders.is_empty() {
            self.folders = other.folders;
        }
        self.information = other.information.or(self.information.take());
        self.keeps_information |= other.keeps_information;
        self.emits_nothing |= other.emits_nothing;
    }

    fn outputs(&self, file: &Path, builds: bool, checks: bool) -> Vec<String> {
        if self.has_no_files {
            return Vec::new();
        }
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let emits = !self.emits_nothing && !checks;
        let mut found: Vec<String> =
            self.folders.iter().filter(|_| emits).map(|folder| format!("{}/", text(folder))).collect();
        if builds || self.keeps_information {
            let beside = file.with_extension("tsbuildinfo");
            found.push(text(self.information.as_deref().unwrap_or(&beside)));
        }
        found
    }
}

fn texts(value: Option<&JsonValue<'_>>) -> Vec<String> {
    match value {
        Some(JsonValue::String(text)) => vec![text.to_string()],
        Some(JsonValue::Array(list)) => list.iter().flat_map(|one| texts(Some(one))).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::testing::Scratch;

    #[test]
    fn outputs_are_what_the_configuration_says_with_what_it_extends_and_refers_to() {
        let scratch = Scratch::new("tsconfig");
        let write = |name: &str, text: &str| {
            scratch.write(name, text);
        };
        write("base.json", r#"{"compilerOptions":{"composite":true,"outDir":"never"}}"#);
        write("tsconfig.json", r#"{"files":[],"references":[{"path":"a"},{"path":"./b/tsconfig.app.json"}]}"#);
        write(
            "a/tsconfig.json",
            r#"{"extends":"../base","compilerOptions":{/* in lib */"outDir":"lib",},"references":[{"path":".."}]}"#,
        );
        write("b/tsconfig.app.json", r#"{"compilerOptions":{"noEmit":true,"tsBuildInfoFile":"./.cache/x"}}"#);
        let of = |arguments: &[&str]| -> Vec<String> {
            let start = format!("{}/", scratch.path().display());
            written(scratch.path(), arguments).iter().map(|path| path.replace(&start, "")).collect()
        };
        assert_eq!(of(&["-b"]), ["a/lib/", "a/tsconfig.tsbuildinfo", "b/.cache/x"]);
        assert_eq!(of(&["--build", "a", "--verbose"]), ["a/lib/", "a/tsconfig.tsbuildinfo", "b/.cache/x"]);
        assert_eq!(of(&["-p", "a"]), ["a/lib/", "a/tsconfig.tsbuildinfo"]);
        assert_eq!(of(&["-p", "a", "--noEmit"]), ["a/tsconfig.tsbuildinfo"]);
        assert_eq!(of(&[]), [""; 0]);
        assert_eq!(of(&["-p", "none"]), [""; 0]);
    }
}
