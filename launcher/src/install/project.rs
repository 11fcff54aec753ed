//! The project that is installed: its root, its members, and what of it an installer must read.

use crate::manifest::json::Value;
use crate::manifest::{self, Document, Patterns, document, shown};
use std::fs;
use std::path::{Path, PathBuf};

/// A project's own files.
#[derive(Debug)]
pub struct Project {
    /// The workspace's root, or the package's folder: absolute, without symlinks.
    pub root: PathBuf,
    /// Members' folders, relative to the root.
    pub members: Vec<PathBuf>,
    /// Folders in the project that `file:` names, relative to the root: what they ask for may lie in them.
    pub folders: Vec<PathBuf>,
    /// The member that the current folder is in, relative to the root; empty for the root itself.
    pub here: PathBuf,
    /// Folders and files to read, absolute.
    pub reads: Vec<PathBuf>,
    /// Hosts of tarballs that the root's or a member's dependencies name.
    pub tarballs: Vec<String>,
}

/// The lists of package.json that name dependencies.
pub const LISTS: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
/// Files at a root that an installer reads.
const FILES: [&str; 8] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "node_modules",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    "bun.lock",
];

impl Project {
    /// The project around `folder`: the nearest package.json, and the workspace that it is a member of.
    pub fn around(folder: &Path, homes: &[PathBuf]) -> Result<Project, String> {
        let folder = fs::canonicalize(folder).map_err(|error| format!("Cannot find the current folder: {error}"))?;
        let nearest = nearest(&folder, homes)?;
        let (own, document) = nearest.ok_or_else(|| {
            format!("Cannot install: there is no package.json in {} or above it; run npm init", shown(&folder))
        })?;
        let (root, document, patterns) = workspace_of(&own, document, homes)?;
        if manifest::never_own(&root, homes) {
            return Err(format!("Cannot install in {}, which holds more than one project's files", shown(&root)));
        }
        let here = own.strip_prefix(&root).map(Path::to_path_buf).unwrap_or_default();
        Project::read(root, here, &document, &patterns)
    }

    /// Where a node_modules may be, relative to the root.
    pub fn tree_places(&self) -> Vec<PathBuf> {
        std::iter::once(PathBuf::new()).chain(self.members.iter().chain(&self.folders).cloned()).collect()
    }

    /// What words of the command line name, folders, tarballs and addresses, as if package.json named them.
    pub fn add_words(&mut self, folder: &Path, words: &[String]) {
        for word in words {
            // `name@file:…` and `name@https:…`
            let named = word.get(1..).and_then(|rest| rest.split_once('@')).map(|(_, spec)| spec);
            for text in std::iter::once(word.as_str()).chain(named) {
                add_local(folder, text, &mut self.reads, &mut self.tarballs);
                self.folders.extend(local_folder(&self.root, folder, text));
            }
        }
    }

    fn read(root: PathBuf, here: PathBuf, document: &Document, patterns: &Patterns) -> Result<Project, String> {
        let members: Vec<PathBuf> = patterns
            .members(&root)
            .into_iter()
            .filter_map(|member| member.strip_prefix(&root).map(Path::to_path_buf).ok())
            .collect();
        let mut reads: Vec<PathBuf> = FILES.iter().map(|name| root.join(name)).collect();
        let mut tarballs = Vec::new();
        let mut folders = Vec::new();
        local(&root, document, &mut reads, &mut tarballs);
        folders.extend(specs(document).filter_map(|text| local_folder(&root, &root, text)));
        for member in &members {
            let folder = root.join(member);
            reads.extend(["package.json", "node_modules"].map(|name| folder.join(name)));
            if let Some(document) = manifest::document(&folder).map_err(|error| error.to_string())? {
                local(&folder, &document, &mut reads, &mut tarballs);
                folders.extend(specs(&document).filter_map(|text| local_folder(&root, &folder, text)));
            }
        }
        reads.sort();
        reads.dedup();
        tarballs.sort();
        tarballs.dedup();
        folders.retain(|folder| !members.contains(folder));
        folders.sort();
        folders.dedup();
        Ok(Project { root, members, folders, here, reads, tarballs })
    }
}

fn nearest(folder: &Path, homes: &[PathBuf]) -> Result<Option<(PathBuf, Document)>, String> {
    for above in folder.ancestors() {
        let counts = !above.iter().any(|name| name == "node_modules") && !manifest::never_own(above, homes);
        if !counts {
            continue;
        }
        if let Some(found) = document(above).map_err(|error| error.to_string())? {
            return Ok(Some((above.to_path_buf(), found)));
        }
    }
    Ok(None)
}

/// The root of the workspace that `folder` is a member of, or itself.
fn workspace_of(folder: &Path, own: Document, homes: &[PathBuf]) -> Result<(PathBuf, Document, Patterns), String> {
    for above in folder.ancestors().skip(1).filter(|above| !manifest::never_own(above, homes)) {
        let Some(found) = document(above).map_err(|error| error.to_string())? else { continue };
        let patterns = Patterns::of(&found).map_err(|error| error.to_string())?;
        let relative = folder.strip_prefix(above).unwrap_or(Path::new(""));
        if patterns.names(relative) {
            return Ok((above.to_path_buf(), found, patterns));
        }
    }
    let patterns = Patterns::of(&own).map_err(|error| error.to_string())?;
    Ok((folder.to_path_buf(), own, patterns))
}

/// What `file:` dependencies of the package in `folder` need, and where its tarballs are.
fn local(folder: &Path, document: &Document, reads: &mut Vec<PathBuf>, tarballs: &mut Vec<String>) {
    for text in specs(document) {
        add_local(folder, text, reads, tarballs);
    }
}

fn specs(document: &Document) -> impl Iterator<Item = &str> {
    let lists = LISTS.iter().filter_map(|list| match &document.root.member(list)?.node.value {
        Value::Object(entries) => Some(entries),
        _ => None,
    });
    lists.flatten().filter_map(|entry| entry.node.string())
}

/// A folder in the project, and in no node_modules of it, that a dependency names: relative to the root.
fn local_folder(root: &Path, folder: &Path, text: &str) -> Option<PathBuf> {
    let real = fs::canonicalize(folder.join(local_path(text)?)).ok().filter(|real| real.is_dir())?;
    let inside = real.strip_prefix(root).ok()?.to_path_buf();
    let plain = !inside.as_os_str().is_empty() && !inside.iter().any(|name| name == "node_modules" || name == ".git");
    plain.then_some(inside)
}

fn add_local(folder: &Path, text: &str, reads: &mut Vec<PathBuf>, tarballs: &mut Vec<String>) {
    if let Some(path) = local_path(text) {
        reads.extend(readable(&folder.join(path)));
    } else if text.starts_with("https://") || text.starts_with("http://") {
        tarballs.push(text.to_owned());
    }
}

/// A path that was typed in `folder`, for who looks from elsewhere.
pub fn absolute_word(folder: &Path, word: &str) -> String {
    let relative = ["./", "../"].iter().any(|start| word.starts_with(start));
    if relative { folder.join(word).to_string_lossy().into_owned() } else { word.to_owned() }
}

/// The path of a dependency that is a folder or a tarball on this machine (npm-package-arg).
pub fn local_path(text: &str) -> Option<&str> {
    let path = text.strip_prefix("file:").or_else(|| text.strip_prefix("link:"));
    let path = path.map(|path| path.strip_prefix("//").unwrap_or(path));
    path.or_else(|| ["./", "../", "/"].iter().any(|start| text.starts_with(start)).then_some(text))
}

/// Of a folder its package.json, as it becomes a link; a tarball as it is.
fn readable(path: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(path).ok()?;
    if real.is_dir() {
        return Some(real.join("package.json"));
    }
    let name = real.file_name()?.to_str()?;
    (name.ends_with(".tgz") || name.ends_with(".tar.gz") || name.ends_with(".tar")).then_some(real)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::testing::Scratch;

    fn scratch(name: &str, files: &[(&str, &str)]) -> Scratch {
        let scratch = Scratch::new(name);
        for (file, text) in files {
            let file = scratch.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, text).expect("written");
        }
        scratch
    }

    #[test]
    fn a_member_is_installed_with_its_workspace() {
        let files = [
            ("package.json", r#"{"workspaces":["packages/*"]}"#),
            ("packages/a/package.json", "{}"),
            ("packages/a/src/x", ""),
            ("packages/b/package.json", "{}"),
        ];
        let scratch = scratch("install-member", &files);
        let project = Project::around(&scratch.path().join("packages/a/src"), &[]).expect("a project");
        assert_eq!(project.root, scratch.path());
        assert_eq!(project.here, Path::new("packages/a"));
        assert_eq!(project.members, [Path::new("packages/a"), Path::new("packages/b")]);
        assert!(project.reads.contains(&scratch.path().join("packages/b/node_modules")));
    }

    #[test]
    fn of_what_lies_elsewhere_only_packages_are_read() {
        let dependencies = r#"{"dependencies":{"a":"file:../a","b":"./b.tgz","c":"file:/etc/passwd","d":"../secret","e":"https://x.example/e.tgz"}}"#;
        let scratch = scratch(
            "install-local",
            &[("p/package.json", dependencies), ("a/package.json", "{}"), ("p/b.tgz", ""), ("secret", "")],
        );
        let project = Project::around(&scratch.path().join("p"), &[]).expect("a project");
        let beyond: Vec<_> = project
            .reads
            .iter()
            .filter(|path| !FILES.iter().any(|name| path.ends_with(name) && path.starts_with(scratch.path().join("p"))))
            .collect();
        assert_eq!(beyond, [&scratch.path().join("a/package.json"), &scratch.path().join("p/b.tgz")]);
        assert_eq!(project.tarballs, ["https://x.example/e.tgz"]);
    }

    #[test]
    fn what_is_typed_is_read_as_if_it_were_written() {
        let scratch = scratch("install-words", &[("p/package.json", "{}"), ("p/b.tgz", ""), ("p/secret", "")]);
        let mut project = Project::around(&scratch.path().join("p"), &[]).expect("a project");
        let before = project.reads.len();
        let words = ["./b.tgz", "./secret", "x@https://x.example/x.tgz", "lodash@4", "@s/x@file:./b.tgz"];
        project.add_words(&scratch.path().join("p"), &words.map(str::to_owned));
        assert_eq!(project.reads[before..], [scratch.path().join("p/b.tgz"), scratch.path().join("p/b.tgz")]);
        assert_eq!(project.tarballs, ["https://x.example/x.tgz"]);
    }

    #[test]
    fn homes_are_no_project() {
        let scratch = scratch("install-home", &[("package.json", "{}")]);
        assert!(Project::around(scratch.path(), &[scratch.path().to_path_buf()]).is_err());
    }
}
