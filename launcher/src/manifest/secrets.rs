//! Finds what is in a program's folder and is not its code: dotfiles and key material, by contract/secrets.json.

use super::error::{Error, shown};
use super::json::{self, Node};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Names looked at before a start is given up: half a second's work.
const MOST_NAMES: usize = 500_000;

const LIST: &str = include_str!("../../../contract/secrets.json");

/// The published list, ready to compare names with.
#[derive(Debug)]
pub struct Names {
    secrets: Vec<Pattern>,
    harmless: Vec<Pattern>,
}

#[derive(Debug)]
enum Pattern {
    Whole(Vec<u8>),
    Start(Vec<u8>),
    End(Vec<u8>),
    Middle(Vec<u8>),
}

impl Names {
    pub fn published() -> Names {
        let list = json::read(LIST).expect("contract/secrets.json is JSON: a test reads it");
        let patterns = |key: &str| -> Vec<Pattern> {
            let items = list.member(key).map_or(&[][..], |member| member.node.items());
            items.iter().filter_map(Node::string).map(Pattern::new).collect()
        };
        Names { secrets: patterns("secrets"), harmless: patterns("harmless") }
    }

    /// Whether a file or folder of this name is a secret.
    pub fn cover(&self, name: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        self.secrets.iter().any(|pattern| pattern.matches(&name))
            && !self.harmless.iter().any(|pattern| pattern.matches(&name))
    }
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(_), Some(_)) => Pattern::Middle(text.trim_matches('*').into()),
            (Some(end), None) => Pattern::End(end.into()),
            (None, Some(start)) => Pattern::Start(start.into()),
            (None, None) => Pattern::Whole(text.into()),
        }
    }

    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Pattern::Whole(text) => name == text,
            Pattern::Start(text) => name.starts_with(text),
            Pattern::End(text) => name.ends_with(text),
            Pattern::Middle(text) => name.windows(text.len()).any(|part| part == text),
        }
    }
}

/// The secrets below `folders`, node_modules aside. What is in a secret folder is not listed: it is out of reach with
/// the folder. A folder that cannot be listed counts as a secret.
pub fn find(folders: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let names = Names::published();
    let mut secrets = Vec::new();
    let mut ahead: Vec<PathBuf> = folders.iter().filter(|folder| folder.is_dir()).cloned().collect();
    let mut seen = 0;
    while let Some(folder) = ahead.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            secrets.push(folder);
            continue;
        };
        for entry in entries {
            let Ok(entry) = entry else {
                secrets.push(folder.clone());
                break;
            };
            seen += 1;
            if seen > MOST_NAMES {
                return Err(too_many(folders.first().unwrap_or(&folder)));
            }
            let name = entry.file_name();
            if names.cover(name.as_bytes()) {
                secrets.push(entry.path());
            } else if name != "node_modules" && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                ahead.push(entry.path());
            }
        }
    }
    // A root is never granted whole, so that what appears in it later, a new .env say, cannot be read either.
    secrets.extend(folders.iter().filter(|folder| folder.is_dir()).map(|folder| folder.join(".env")));
    secrets.sort();
    secrets.dedup();
    Ok(secrets)
}

fn too_many(folder: &Path) -> Error {
    Error::new(
        format!("Cannot look for secrets in {}: it holds more than {MOST_NAMES} files and folders", shown(folder)),
        "put the program into a smaller folder, with a package.json of its own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::testing::Scratch;

    #[test]
    fn dotfiles_and_key_material_are_secrets() {
        let names = Names::published();
        for name in [
            ".env",
            ".env.local",
            ".npmrc",
            ".git",
            ".ssh",
            ".unknown",
            "server.key",
            "CERT.PEM",
            "id_rsa",
            "id_ed25519.old",
            "a.p12",
            "a.pfx",
            "a.kdbx",
            "prod.env",
        ] {
            assert!(names.cover(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn code_and_what_tools_make_are_not() {
        let names = Names::published();
        for name in [
            "index.js",
            "package.json",
            ".next",
            ".output",
            ".svelte-kit",
            ".pnp.cjs",
            ".babelrc",
            ".gitignore",
            "key.js",
            "keys",
            "env.js",
            "README.md",
        ] {
            assert!(!names.cover(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn finds_them_at_every_depth_but_not_in_node_modules() {
        let scratch = Scratch::new("secrets");
        for file in [
            "index.js",
            ".env",
            "a/b/server.key",
            ".git/config",
            "node_modules/x/.npmrc",
            ".next/standalone/.env",
            "a/c.js",
        ] {
            scratch.write(file, "");
        }
        let found = find(&[scratch.path().to_path_buf()]).expect("found");
        let expected =
            [".env", ".git", ".next/standalone/.env", "a/b/server.key"].map(|name| scratch.path().join(name));
        assert_eq!(found, expected);
    }
}
