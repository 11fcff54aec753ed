//! Which folders are members of a workspace: npm's and yarn's `workspaces`, pnpm's pnpm-workspace.yaml.

use super::error::Error;
use super::file::{self, Document};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders looked at before a search for members ends.
const MOST_FOLDERS: usize = 20_000;
/// Patterns, with their braces written out, that are looked at.
const MOST_PATTERNS: usize = 500;
/// Longer patterns are passed over.
const LONGEST_PATTERN: usize = 512;
/// Each `**` multiplies the ways in which a pattern can match.
const MOST_STARS: usize = 3;

/// The patterns that name a workspace's members, relative to its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    names: Vec<String>,
    excludes: bool,
}

impl Patterns {
    /// The patterns of the workspace that `document` is the root of; none where it is not one.
    pub fn of(document: &Document) -> Result<Patterns, Error> {
        let declared = document.root.member("workspaces").map(|member| &member.node);
        let list = declared.map(|node| node.member("packages").map_or(node, |packages| &packages.node));
        let mut texts: Vec<String> = list
            .map_or(&[][..], |node| node.items())
            .iter()
            .filter_map(|item| item.string().map(str::to_owned))
            .collect();
        if let Some((yaml, _)) = file::text(&document.file.with_file_name("pnpm-workspace.yaml"))? {
            texts.extend(pnpm_packages(&yaml));
        }
        Ok(Patterns::new(&texts))
    }

    pub fn new(texts: &[String]) -> Patterns {
        let mut patterns = Vec::new();
        for text in texts.iter().take(MOST_PATTERNS) {
            let (text, excludes) = match text.strip_prefix('!') {
                Some(rest) => (rest, true),
                None => (text.as_str(), false),
            };
            if text.len() > LONGEST_PATTERN {
                continue;
            }
            for text in braces(text) {
                let names: Vec<String> =
                    text.split('/').filter(|name| !name.is_empty() && *name != ".").map(str::to_owned).collect();
                // Members lie below the root: nothing else is own code.
                let stars = names.iter().filter(|name| *name == "**").count();
                let fits =
                    !names.is_empty() && names.len() < 64 && stars <= MOST_STARS && patterns.len() < MOST_PATTERNS;
                if fits && !names.iter().any(|name| name == "..") {
                    patterns.push(Pattern { names, excludes });
                }
            }
        }
        Patterns(patterns)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `relative`, a folder below the root, is a member.
    pub fn names(&self, relative: &Path) -> bool {
        let Some(names) = text_names(relative) else { return false };
        if names.is_empty() || names.iter().any(|name| matches!(*name, "node_modules" | "..")) {
            return false;
        }
        // The last pattern that matches decides, as in npm and pnpm.
        self.0.iter().rev().find(|pattern| matches(&pattern.names, &names)).is_some_and(|pattern| !pattern.excludes)
    }

    /// The members that exist below `root`.
    pub fn members(&self, root: &Path) -> Vec<PathBuf> {
        let deepest = self
            .0
            .iter()
            .map(|pattern| if pattern.names.iter().any(|name| name == "**") { 8 } else { pattern.names.len() })
            .max();
        let mut members = Vec::new();
        let mut ahead = vec![(root.to_path_buf(), 0)];
        let mut seen = 0;
        while let Some((folder, depth)) = ahead.pop() {
            if depth >= deepest.unwrap_or(0) {
                continue;
            }
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                seen += 1;
                let name = entry.file_name();
                if seen > MOST_FOLDERS
                    || name == "node_modules"
                    || name == ".git"
                    || !entry.file_type().is_ok_and(|kind| kind.is_dir())
                {
                    continue;
                }
                let path = entry.path();
                let relative = path.strip_prefix(root).unwrap_or(&path);
                if self.names(relative) && path.join("package.json").exists() {
                    members.push(path.clone());
                }
                ahead.push((path, depth + 1));
            }
        }
        members.sort();
        members
    }

    /// Whether a member could lie at or below `relative`, now or later.
    pub fn may_be_below(&self, relative: &Path) -> bool {
        let Some(names) = text_names(relative) else { return false };
        self.0.iter().any(|pattern| !pattern.excludes && starts(&pattern.names, &names))
    }
}

fn text_names(path: &Path) -> Option<Vec<&str>> {
    path.iter().map(|name| name.to_str()).collect()
}

fn matches(pattern: &[String], names: &[&str]) -> bool {
    match pattern.split_first() {
        None => names.is_empty(),
        Some((first, rest)) if first == "**" => (0..=names.len()).any(|skipped| matches(rest, &names[skipped..])),
        Some((first, rest)) => {
            names.split_first().is_some_and(|(name, others)| one_name(first, name) && matches(rest, others))
        }
    }
}

/// Whether `names` could be the beginning, or the whole, of what `pattern` matches. A `**` is left to `members`: it would
/// match every folder.
fn starts(pattern: &[String], names: &[&str]) -> bool {
    match (pattern.split_first(), names.split_first()) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some((first, _)), Some(_)) if first == "**" => false,
        (Some((first, rest)), Some((name, others))) => one_name(first, name) && starts(rest, others),
    }
}

/// `*` within one name, as in glob(7); a `*` in front does not match a dot.
fn one_name(pattern: &str, name: &str) -> bool {
    let hides = pattern.starts_with('*') && name.starts_with('.');
    !hides && starred(pattern, name)
}

/// Whether `pattern` is `text`, with anything for each `*`. It looks at each letter once: a pattern may be hostile.
pub fn starred(pattern: &str, text: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == text;
    }
    if pattern.bytes().filter(|byte| *byte != b'*').count() > text.len() {
        return false;
    }
    let mut parts = pattern.split('*');
    let (first, rest) = (parts.next().unwrap_or(""), parts.collect::<Vec<_>>());
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let (last, middle) = rest.split_last().map_or(("", &[][..]), |(last, middle)| (*last, middle));
    for part in middle {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.len() >= last.len() && left.ends_with(last)
}

/// `{a,b}` written out; what is nested or has more than a hundred forms stays as it is.
fn braces(text: &str) -> Vec<String> {
    let mut done = vec![text.to_owned()];
    for _ in 0..4 {
        let mut next = Vec::new();
        for text in &done {
            let parts = text
                .split_once('{')
                .and_then(|(before, rest)| rest.split_once('}').map(|(inside, after)| (before, inside, after)));
            match parts {
                Some((before, inside, after)) if !inside.contains('{') => {
                    next.extend(inside.split(',').map(|choice| format!("{before}{choice}{after}")));
                }
                _ => next.push(text.clone()),
            }
        }
        if next.len() > 100 {
            break;
        }
        done = next;
    }
    done
}

/// The `packages` list of a pnpm-workspace.yaml: a block list of plain or quoted strings, or a flow list.
fn pnpm_packages(yaml: &str) -> Vec<String> {
    let mut packages = Vec::new();
    let mut inside = false;
    for line in yaml.lines() {
        let line = line.trim_end();
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix("packages:") {
            inside = true;
            let flow = rest.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
            packages.extend(flow.map_or("", |(list, _)| list).split(',').map(scalar).filter(|text| !text.is_empty()));
        } else if let Some(item) = bare.strip_prefix("- ").filter(|_| inside) {
            packages.push(scalar(item));
        } else if bare.len() == line.len() {
            inside = false;
        }
    }
    packages
}

fn scalar(text: &str) -> String {
    let text = text.trim();
    for quote in ['\'', '"'] {
        if let Some((inner, _)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.to_owned();
        }
    }
    text.split_once(" #").map_or(text, |(text, _)| text.trim()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Patterns {
        Patterns::new(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn globs_name_members() {
        let patterns = patterns(&["packages/*", "./apps/{web,api}", "libs/**", "!libs/old", "tools/x-*-y"]);
        for member in ["packages/a", "apps/web", "apps/api", "libs/a/b/c", "libs/new", "tools/x-1-y"] {
            assert!(patterns.names(Path::new(member)), "{member}");
        }
        for other in [
            "packages",
            "packages/a/b",
            "packages/.hidden",
            "apps/other",
            "libs/old",
            "tools/x-y",
            "",
            "libs/node_modules/a",
        ] {
            assert!(!patterns.names(Path::new(other)), "{other}");
        }
    }

    #[test]
    fn a_folder_that_members_may_lie_in_is_known() {
        let patterns = patterns(&["packages/*", "apps/web"]);
        for folder in ["packages", "packages/new", "apps", "apps/web"] {
            assert!(patterns.may_be_below(Path::new(folder)), "{folder}");
        }
        for folder in ["packages/a/dist", "dist", "apps/other"] {
            assert!(!patterns.may_be_below(Path::new(folder)), "{folder}");
        }
    }

    #[test]
    fn a_pattern_that_leads_out_names_nothing() {
        assert!(patterns(&["../*", "a/../../b"]).is_empty());
    }

    #[test]
    fn reads_the_lists_that_pnpm_files_have() {
        let block = "# c\npackages:\n  - 'a/*' # why\n  - \"b\"\n\n  - c/** \ncatalog:\n  - no\n";
        assert_eq!(pnpm_packages(block), ["a/*", "b", "c/**"]);
        assert_eq!(pnpm_packages("packages: [a, 'b/*']\n"), ["a", "b/*"]);
        assert_eq!(pnpm_packages("packages:\n- a\n"), ["a"]);
    }
}
