//! What package.json files ask for, and whether the lockfile still says the same.

use crate::error::{Result, cannot, failed, quoted};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub struct Manifest {
    /// From the project's folder; empty for the project itself.
    pub folder: String,
    pub text: Vec<u8>,
    pub value: Map<String, Value>,
}

const LARGEST: u64 = 16 << 20;

/// A JSON file whose top level is an object.
pub fn read_object(path: &Path) -> Result<(Vec<u8>, Map<String, Value>)> {
    let text = read_limited(path, LARGEST * 16)?;
    let value = parse_object(&text).map_err(|error| error.at(quoted(&path.to_string_lossy())))?;
    Ok((text, value))
}

pub fn parse_object(text: &[u8]) -> Result<Map<String, Value>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    match serde_json::from_slice(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => failed("is JSON, but not an object"),
        Err(error) => failed(format!("is not JSON: {error}")),
    }
}

pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let found = std::fs::metadata(path).map_err(cannot("read", path))?;
    // A project may bring a symlink to a device without an end.
    if !found.is_file() {
        return failed(format!("{} is not a file", quoted(&path.to_string_lossy())));
    }
    if found.len() > limit {
        return failed(format!("{} is larger than {limit} bytes", quoted(&path.to_string_lossy())));
    }
    std::fs::read(path).map_err(cannot("read", path))
}

impl Manifest {
    pub fn read(project: &Path, folder: &str) -> Result<Manifest> {
        let (text, value) = read_object(&project.join(folder).join("package.json"))?;
        Ok(Manifest { folder: folder.to_owned(), text, value })
    }

    /// Name → wanted range, of all sections that are installed for this package.
    pub fn wanted(&self) -> BTreeMap<&str, &str> {
        SECTIONS.iter().rev().flat_map(|section| entries(&self.value, section)).collect()
    }

    pub fn overrides(&self) -> Option<&Value> {
        self.value.get("overrides").filter(|value| value.as_object().is_some_and(|members| !members.is_empty()))
    }

    /// Folders that `workspaces` names and that hold a package.json, sorted.
    pub fn workspaces(&self, project: &Path) -> BTreeSet<String> {
        let patterns = match self.value.get("workspaces") {
            Some(Value::Array(list)) => list.as_slice(),
            Some(Value::Object(members)) => {
                members.get("packages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
            }
            _ => &[],
        };
        let mut found = BTreeSet::new();
        for pattern in patterns.iter().filter_map(Value::as_str) {
            let (pattern, taken) = pattern.strip_prefix('!').map_or((pattern, true), |rest| (rest, false));
            for pattern in without_braces(pattern) {
                let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
                let steps: Vec<&str> = pattern.split('/').filter(|step| !step.is_empty() && *step != ".").collect();
                if steps.contains(&"..") {
                    continue;
                }
                match taken {
                    true => walk(project, String::new(), &steps, &mut found),
                    false => found.retain(|folder| !matches(&folder.split('/').collect::<Vec<_>>(), &steps)),
                }
            }
        }
        found
    }
}

/// Dependencies first: a name in several sections means the same to npm as in the first of them.
pub const SECTIONS: &[&str] = &["optionalDependencies", "dependencies", "devDependencies", "peerDependencies"];

pub fn entries<'a>(value: &'a Map<String, Value>, section: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let members = value.get(section).and_then(Value::as_object);
    members.into_iter().flatten().filter_map(|(name, spec)| Some((name.as_str(), spec.as_str()?)))
}

/// `npm:other@^1` → `other`.
pub fn alias(spec: &str) -> Option<&str> {
    let rest = spec.strip_prefix("npm:")?;
    let end = rest.get(1..)?.find('@').map_or(rest.len(), |at| at + 1);
    Some(&rest[..end])
}

/// Does the lockfile's entry of this package ask for what its package.json asks for? `Some` names the first difference.
pub fn difference(manifest: &Map<String, Value>, locked: &Map<String, Value>) -> Option<String> {
    for section in SECTIONS {
        let (now, then) = (effective(manifest, section), effective(locked, section));
        let changed = now.iter().find(|(name, spec)| then.get(*name) != Some(*spec));
        if let Some((name, spec)) = changed {
            return Some(format!("{section} has {}", quoted(&format!("{name}@{spec}"))));
        }
        if let Some((name, _)) = then.iter().find(|(name, _)| !now.contains_key(*name)) {
            return Some(format!("{section} has no {} any more", quoted(name)));
        }
    }
    let meta = |value: &Map<String, Value>| {
        value.get("peerDependenciesMeta").filter(|meta| **meta != Value::Object(Map::new())).cloned()
    };
    (meta(manifest) != meta(locked)).then(|| "peerDependenciesMeta changed".to_owned())
}

/// npm takes a name out of `dependencies` that `optionalDependencies` has too.
fn effective<'a>(value: &'a Map<String, Value>, section: &str) -> BTreeMap<&'a str, &'a str> {
    let optional = value.get("optionalDependencies").and_then(Value::as_object);
    let twice = |name: &str| section == "dependencies" && optional.is_some_and(|names| names.contains_key(name));
    entries(value, section).filter(|(name, _)| !twice(name)).collect()
}

fn walk(project: &Path, folder: String, steps: &[&str], found: &mut BTreeSet<String>) {
    let Some((step, rest)) = steps.split_first() else {
        if !folder.is_empty() && project.join(&folder).join("package.json").is_file() {
            found.insert(folder);
        }
        return;
    };
    if *step == "**" {
        walk(project, folder.clone(), rest, found);
    }
    if !step.contains('*') {
        return walk(project, below(&folder, step), rest, found);
    }
    for name in folders(&project.join(&folder)) {
        match *step {
            "**" => walk(project, below(&folder, &name), steps, found),
            step if segment_matches(&name, step) => walk(project, below(&folder, &name), rest, found),
            _ => {}
        }
    }
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Real folders only, as npm's globs: no dot folders, no node_modules, no symlinks.
fn folders(path: &Path) -> Vec<String> {
    let Ok(listing) = std::fs::read_dir(path) else { return Vec::new() };
    let folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let names = listing.flatten().filter(folder).filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| !name.starts_with('.') && name != "node_modules").collect()
}

fn matches(path: &[&str], steps: &[&str]) -> bool {
    match (path.split_first(), steps.split_first()) {
        (_, Some((&"**", rest))) => {
            matches(path, rest) || path.split_first().is_some_and(|(_, below)| matches(below, steps))
        }
        (Some((name, path)), Some((step, rest))) => segment_matches(name, step) && matches(path, rest),
        (None, None) => true,
        _ => false,
    }
}

fn segment_matches(name: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// `packages/{a,b}` → `packages/a`, `packages/b`; nested braces stay as they are and match nothing.
fn without_braces(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else { return vec![pattern.to_owned()] };
    let Some((inside, after)) = rest.split_once('}') else { return vec![pattern.to_owned()] };
    inside
        .split(',')
        .take(64)
        .flat_map(|choice| without_braces(&format!("{before}{choice}{after}")))
        .take(256)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Map<String, Value> {
        parse_object(text.as_bytes()).expect("an object")
    }

    #[test]
    fn a_changed_range_a_new_name_and_a_lost_name_are_differences() {
        let locked = object(r#"{"dependencies":{"a":"1","b":"2"}}"#);
        assert_eq!(difference(&locked, &locked), None);
        for changed in [
            r#"{"dependencies":{"a":"1","b":"3"}}"#,
            r#"{"dependencies":{"a":"1"}}"#,
            r#"{"dependencies":{"a":"1","b":"2","c":"*"}}"#,
            r#"{"dependencies":{"a":"1"},"devDependencies":{"b":"2"}}"#,
        ] {
            assert!(difference(&object(changed), &locked).is_some(), "{changed}");
        }
    }

    #[test]
    fn an_optional_dependency_may_stand_in_both_sections() {
        let manifest = object(r#"{"dependencies":{"a":"1"},"optionalDependencies":{"a":"1"}}"#);
        assert_eq!(difference(&manifest, &object(r#"{"optionalDependencies":{"a":"1"}}"#)), None);
    }

    #[test]
    fn workspaces_are_folders_with_a_manifest() {
        let project = std::env::temp_dir().join(format!("cordon-workspaces-{}", std::process::id()));
        for folder in
            ["packages/a", "packages/b-x", "packages/node_modules/c", "apps/deep/er", "packages/none", "tools/t"]
        {
            std::fs::create_dir_all(project.join(folder)).expect("a folder");
            if !folder.ends_with("none") {
                std::fs::write(project.join(folder).join("package.json"), "{}").expect("a file");
            }
        }
        let found = |patterns: &str| {
            let value = object(&format!("{{\"workspaces\":{patterns}}}"));
            let manifest = Manifest { folder: String::new(), text: Vec::new(), value };
            manifest.workspaces(&project).into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found(r#"["packages/*"]"#), "packages/a packages/b-x");
        assert_eq!(found(r#"["packages/*","!packages/b*"]"#), "packages/a");
        assert_eq!(found(r#"{"packages":["./apps/**","tools/{t,u}"]}"#), "apps/deep/er tools/t");
        assert_eq!(found(r#"["../*", "packages/../tools/t"]"#), "");
        std::fs::remove_dir_all(&project).expect("removed");
    }
}
