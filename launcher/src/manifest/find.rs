//! Which package.json counts, and what the program's own code is.

use super::error::{Error, file_place};
use super::file::{self, Document};
use super::path::walk;
use super::section::{Key, Section, Wish};
use super::workspace::Patterns;
use crate::policy::Permission;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What is started, as far as the search for its package.json goes.
#[derive(Clone, Debug)]
pub struct Start {
    /// The real folder of the entry file, or the current folder where there is no file.
    pub folder: PathBuf,
    /// The entry file, without symlinks.
    pub file: Option<PathBuf>,
}

/// The project that a program belongs to.
#[derive(Debug, Default)]
pub struct Project {
    /// The package.json that counts.
    pub manifest: Option<PathBuf>,
    pub key: Key,
    /// The folder that the manifest's relative paths start at.
    pub folder: PathBuf,
    /// The folder of the whole package or workspace; none where the program lies in HOME or the like.
    pub root: Option<PathBuf>,
    /// Own code, before secrets are taken out.
    pub readable: Vec<PathBuf>,
    pub workspace: Patterns,
    /// Folders that the manifests around this one let their programs write.
    pub writable: Vec<PathBuf>,
    /// package.json files that do not count though they lie above the program, and why.
    pub passed_over: Vec<(PathBuf, &'static str)>,
}

/// Folders that are nobody's own code, whatever lies in them.
const SYSTEM: [&str; 22] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/dev/shm",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/local",
    "/var",
    "/var/tmp",
];

/// Whether `folder` holds more than one program's own code: HOME, `/`, what is above them, and the system's own folders.
pub fn never_own(folder: &Path, homes: &[PathBuf]) -> bool {
    SYSTEM.iter().any(|system| folder == Path::new(system)) || homes.iter().any(|home| home.starts_with(folder))
}

/// Finds the project of `start`. `flags` are the write wishes of the command line.
pub fn project(start: &Start, homes: &[PathBuf], flags: &Section) -> Result<Project, Error> {
    let mut writable = writes(&flags.allow);
    let Around { mut accepted, passed_over } = around(&start.folder, homes, &mut writable)?;
    let Some(nearest) = accepted.pop() else {
        return Ok(Project { passed_over, ..without_manifest(start, homes, writable) });
    };
    let folder = folder_of(&nearest);
    let workspace = workspace_of(&folder, &accepted, &nearest)?;
    let own_key = nearest.key()?;
    let (root, patterns, counts, key) = match workspace {
        Some((root, patterns)) if own_key.is_some() => (folder_of(root), patterns, nearest.file.clone(), own_key),
        Some((root, patterns)) => (folder_of(root), patterns, root.file.clone(), root.key()?),
        None => (folder.clone(), Patterns::of(&nearest)?, nearest.file.clone(), own_key),
    };
    Ok(Project {
        folder: counts.parent().unwrap_or(&root).to_path_buf(),
        manifest: Some(counts),
        key: key.unwrap_or_default(),
        readable: vec![root.clone()],
        root: Some(root),
        workspace: patterns,
        writable,
        passed_over,
    })
}

fn folder_of(document: &Document) -> PathBuf {
    document.file.parent().unwrap_or(Path::new("/")).to_path_buf()
}

/// Folders and files that the manifests around `folder` let programs write.
pub fn writable_around(folder: &Path, homes: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut writable = Vec::new();
    around(folder, homes, &mut writable)?;
    Ok(writable)
}

/// The package.json files above `folder` that may count, the outermost first. What lies in a folder that one further
/// out, or a flag, lets its programs write is not among them: a program could have put it there.
fn around(folder: &Path, homes: &[PathBuf], writable: &mut Vec<PathBuf>) -> Result<Around, Error> {
    let mut around = Around::default();
    let mut above: Vec<&Path> = folder.ancestors().filter(|folder| may_count(folder, homes)).collect();
    above.reverse();
    for folder in above {
        let file = folder.join("package.json");
        if writable.iter().any(|own| folder.starts_with(own) || file == *own) {
            around.passes_over(file, "it lies where programs may write");
            continue;
        }
        let Some(document) = file::document_of(folder, |owner| counts_as_own(folder, owner))? else {
            around.passes_over(file, "it belongs to somebody else, in a folder that everybody may write");
            continue;
        };
        if is_planted(&document, writable)? {
            around.passes_over(file, "it is a symlink to where programs may write");
            continue;
        }
        if document.cordon()?.is_some() {
            let key = document.key()?.unwrap_or_default();
            writable.extend(writes(&key.section.allow));
            key.scripts.iter().for_each(|(_, section)| writable.extend(writes(&section.allow)));
        }
        around.accepted.push(document);
    }
    Ok(around)
}

/// The package.json files around a program, the outermost first.
#[derive(Debug, Default)]
struct Around {
    accepted: Vec<Document>,
    passed_over: Vec<(PathBuf, &'static str)>,
}

impl Around {
    fn passes_over(&mut self, file: PathBuf, why: &'static str) {
        if file.is_file() {
            self.passed_over.push((file, why));
        }
    }
}

fn may_count(folder: &Path, homes: &[PathBuf]) -> bool {
    !folder.iter().any(|name| name == "node_modules") && !never_own(folder, homes)
}

/// Where anybody may make files, only the user's and root's own count.
fn counts_as_own(folder: &Path, owner: u32) -> bool {
    let open = fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o002 != 0);
    !open || owner == 0 || fs::metadata("/proc/self").is_ok_and(|own| own.uid() == owner)
}

/// A package.json that is a symlink into a folder that programs may write.
fn is_planted(document: &Document, writable: &[PathBuf]) -> Result<bool, Error> {
    if writable.is_empty() {
        return Ok(false);
    }
    let walked = walk(&document.file).map_err(|error| Error {
        place: Some(file_place(&document.file)),
        what: format!("it cannot be followed: {error}"),
        fix: String::new(),
    })?;
    Ok(writable.iter().any(|own| walked.real.starts_with(own)))
}

/// Real paths of write wishes; what cannot be followed is reported when the wish itself is resolved.
fn writes(wishes: &[Wish]) -> Vec<PathBuf> {
    let write = wishes.iter().filter(|wish| wish.permission == Permission::Write);
    write.filter_map(|wish| super::path::walk_wish(wish).ok()).map(|walked| walked.real).collect()
}

/// The workspace's root that has `folder` as a member: the nearest one further out.
fn workspace_of<'a>(
    folder: &Path,
    above: &'a [Document],
    nearest: &Document,
) -> Result<Option<(&'a Document, Patterns)>, Error> {
    for document in above.iter().rev() {
        let patterns = Patterns::of(document)?;
        let relative = folder.strip_prefix(folder_of(document)).unwrap_or(Path::new(""));
        if patterns.names(relative) && document.file != nearest.file {
            return Ok(Some((document, patterns)));
        }
    }
    Ok(None)
}

/// Without a package.json own code is the entry file's folder; the outermost node_modules for a program in one (a
/// global installation); the file alone in a folder that is nobody's own.
fn without_manifest(start: &Start, homes: &[PathBuf], writable: Vec<PathBuf>) -> Project {
    let modules =
        start.folder.ancestors().filter(|folder| folder.file_name().is_some_and(|name| name == "node_modules")).last();
    let root = modules.unwrap_or(&start.folder).to_path_buf();
    let (root, mut readable) = if never_own(&root, homes) {
        (None, start.file.iter().cloned().collect())
    } else {
        (Some(root.clone()), vec![root])
    };
    readable.extend(engine_looks_at(&start.folder));
    Project { folder: start.folder.clone(), root, readable, writable, ..Project::default() }
}

/// The package.json that the engine takes a file's type from: it ends at once when that one cannot be read.
fn engine_looks_at(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join("package.json")).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::testing::Scratch;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn where_anybody_may_make_files_a_strangers_do_not_count() {
        let scratch = Scratch::new("owners");
        let own = fs::metadata("/proc/self").expect("there").uid();
        assert!(counts_as_own(scratch.path(), own + 1), "only the user may make files there");
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o1777)).expect("a mode");
        assert!(!counts_as_own(scratch.path(), own + 1));
        assert!(counts_as_own(scratch.path(), own) && counts_as_own(scratch.path(), 0));
    }

    #[test]
    fn home_what_is_above_and_the_systems_folders_are_nobodys_own_code() {
        let homes = [PathBuf::from("/home/user")];
        for folder in ["/", "/home", "/home/user", "/etc", "/tmp", "/usr", "/var/tmp", "/root"] {
            assert!(never_own(Path::new(folder), &homes), "{folder}");
        }
        for folder in ["/home/user/project", "/home/other", "/app", "/srv/app", "/tmp/x"] {
            assert!(!never_own(Path::new(folder), &homes), "{folder}");
        }
    }
}
