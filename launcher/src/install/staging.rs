//! The folder in which the resolver leaves package.json and the lockfile, and the step that puts them in place.
//!
//! Nobody but the launcher changes them in a project. What the jailed resolver left is taken by name and kind: files that
//! are files, nothing through a symlink, and of a package.json nothing but the lists of dependencies may differ.

use super::package_json;
use crate::manifest::shown;
use crate::supervisor::remove_folder;
use crate::sys::{file, listing, mount, random};
use std::ffi::{CStr, CString};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

const PREFIX: &str = ".cordon-install-";
const TREE: &CStr = c"node_modules";
/// In the staging folder.
const ASIDE: &CStr = c"tree";
/// A lockfile of the largest monorepos has some ten megabytes.
const LARGEST: u64 = 256 << 20;
/// Entries of a project's folder that are looked at for what a killed run left.
const SWEPT: usize = 20_000;

#[derive(Debug)]
pub enum Error {
    Step {
        action: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    /// What was to be put in place is not what an installation makes.
    Refused(String),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Step { action, path, cause } if cause.raw_os_error() == Some(libc::EBUSY) => {
                write!(out, "Cannot {action} {}: it is a mount point; mount the folder above it instead", shown(path))
            }
            Error::Step { action, path, cause } => write!(out, "Cannot {action} {}: {cause}", shown(path)),
            Error::Refused(what) => write!(out, "Cannot put what was installed in place: {what}; nothing was changed"),
        }
    }
}

impl std::error::Error for Error {}

fn step<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T, Error> {
    result.map_err(|cause| Error::Step { action, path: path.to_path_buf(), cause })
}

/// Files that were put in place.
#[derive(Debug, Default)]
pub struct Published {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    place: PathBuf,
    /// In the staging folder.
    name: &'static CStr,
    /// In the project.
    target: &'static CStr,
    /// Whether there was one before.
    replaced: bool,
}

/// A project's folder, locked against other installations, and the staging folder in it.
#[derive(Debug)]
pub struct Staging {
    root: PathBuf,
    project: OwnedFd,
    name: CString,
    folder: OwnedFd,
}

impl Staging {
    /// How such folders are called, for people.
    pub const NAME: &str = ".cordon-install-…";

    /// Waits for another installation in the same project to end, removes what a killed one left, and makes the folder.
    pub fn make(root: &Path) -> Result<Staging, Error> {
        let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
        let project = step("open", root, c_string(root).and_then(|path| file::open_at(None, &path, flags)))?;
        if file::try_lock(project.as_fd()).is_err() {
            eprintln!("cordon: another installation runs in {}; waiting for it", shown(root));
            step("lock", root, file::lock(project.as_fd()))?;
        }
        for left in listing::names(project.as_fd(), SWEPT).unwrap_or_default().iter().filter(|name| is_staging(name)) {
            step("remove what an earlier run left in", root, remove(project.as_fd(), left))?;
        }
        let (name, folder) = step("make a folder in", root, new_folder(project.as_fd()))?;
        Ok(Staging { root: root.to_path_buf(), project, name, folder })
    }

    pub fn path(&self) -> PathBuf {
        self.root.join(std::ffi::OsStr::from_bytes(self.name.to_bytes()))
    }

    /// Puts what was resolved in place: package.json files first, then the lockfile. What was there before is kept in the
    /// staging folder, for `take_back`.
    pub fn publish(&self, members: &[PathBuf]) -> Result<Published, Error> {
        let mut published = Published::default();
        let done = self.publish_all(members, &mut published);
        if let Err(error) = done {
            self.take_back(published)?;
            return Err(error);
        }
        Ok(published)
    }

    fn publish_all(&self, members: &[PathBuf], published: &mut Published) -> Result<(), Error> {
        let root = PathBuf::new();
        for place in std::iter::once(&root).chain(members) {
            if let Some(step) = self.publish_manifest(place)? {
                published.steps.push(step);
            }
        }
        let shrinkwrap = file::status_at(self.project.as_fd(), c"npm-shrinkwrap.json").is_ok();
        let lockfile = if shrinkwrap { c"npm-shrinkwrap.json" } else { c"package-lock.json" };
        published.steps.extend(self.publish_file(&root, c"package-lock.json", lockfile)?);
        Ok(())
    }

    /// The same folder in the staging folder and in the project; `None` where one of them is not there.
    fn both(&self, place: &Path) -> Result<Option<(OwnedFd, OwnedFd)>, Error> {
        let staged = step("open", &self.path().join(place), below(self.folder.as_fd(), place))?;
        let project = step("open", &self.root.join(place), below(self.project.as_fd(), place))?;
        Ok(staged.zip(project))
    }

    fn publish_manifest(&self, place: &Path) -> Result<Option<Step>, Error> {
        let Some((staged, project)) = self.both(place)? else { return Ok(None) };
        let name = c"package.json";
        let path = self.root.join(place).join("package.json");
        let Some(new) = step("read", &path, text(staged.as_fd(), name))? else { return Ok(None) };
        let old = step("read", &path, text(project.as_fd(), name))?.unwrap_or_else(|| "{}".into());
        package_json::refuse_other_changes(&old, &new).map_err(Error::Refused)?;
        self.publish_file(place, name, name)
    }

    fn publish_file(&self, place: &Path, name: &'static CStr, target: &'static CStr) -> Result<Option<Step>, Error> {
        let Some((staged, project)) = self.both(place)? else { return Ok(None) };
        let path = self.root.join(place).join(std::ffi::OsStr::from_bytes(target.to_bytes()));
        if !step("examine", &path, is_kind(staged.as_fd(), name, libc::S_IFREG))? {
            return Ok(None);
        }
        let replaced = step("examine", &path, is_kind(project.as_fd(), target, libc::S_IFREG))?;
        let (staged, project) = (staged.as_fd(), project.as_fd());
        if replaced {
            step("write", &path, file::exchange(staged, name, project, target))?;
        } else {
            step("write", &path, file::rename(staged, name, project, target))?;
        }
        Ok(Some(Step { place: place.to_path_buf(), name, target, replaced }))
    }

    /// Undoes what `publish` did, the last first.
    pub fn take_back(&self, published: Published) -> Result<(), Error> {
        for Step { place, name, target, replaced } in published.steps.into_iter().rev() {
            let Some((staged, project)) = self.both(&place)? else { continue };
            let (staged, project) = (staged.as_fd(), project.as_fd());
            let undone = if replaced {
                file::exchange(staged, name, project, target)
            } else {
                file::rename(project, target, staged, name)
            };
            step("take back a file in", &self.root.join(place), undone)?;
        }
        Ok(())
    }

    /// Makes the folders that trees are filled in, where they are not there: only what exists can be granted.
    pub fn make_trees(&self, places: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
        let mut made = Vec::new();
        for place in places {
            let path = self.root.join(place);
            let Some(folder) = step("open", &path, below(self.project.as_fd(), place))? else { continue };
            let tree = path.join("node_modules");
            match file::make_folder(folder.as_fd(), c"node_modules", 0o755) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    step("examine", &tree, is_kind(folder.as_fd(), c"node_modules", libc::S_IFDIR))?;
                }
                other => step("make", &tree, other)?,
            }
            made.push(tree);
        }
        Ok(made)
    }

    /// Where a node_modules is cordon's to remove again when nothing is put into it: in members always, at the root where
    /// there is none yet. To be asked for before `make_trees`.
    pub fn removable(&self, places: &[PathBuf]) -> Vec<PathBuf> {
        let is_new =
            |place: &Path| !place.as_os_str().is_empty() || file::status_at(self.project.as_fd(), TREE).is_err();
        places.iter().filter(|place| is_new(place)).cloned().collect()
    }

    /// Removes folders of `make_trees` that nothing was put into.
    pub fn remove_empty_trees(&self, removable: &[PathBuf]) {
        for place in removable {
            if let Ok(Some(folder)) = below(self.project.as_fd(), place) {
                // What is not empty stays, which is what this is for.
                let _ = file::remove_folder(folder.as_fd(), c"node_modules");
            }
        }
    }

    /// A folder in which a whole new node_modules may be made; `None` where it could not take the place of the old one, a
    /// mount point.
    pub fn make_aside(&self) -> Result<Option<PathBuf>, Error> {
        let tree = self.root.join("node_modules");
        let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
        let old = step("open", &tree, file::open_at(Some(self.project.as_fd()), TREE, flags))?;
        let mounts = (mount::of(old.as_fd()), mount::of(self.project.as_fd()));
        if !matches!(mounts, (Ok(one), Ok(other)) if one == other) {
            return Ok(None);
        }
        let path = self.path().join("tree");
        match file::make_folder(self.folder.as_fd(), ASIDE, 0o755) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => step("make", &path, made)?,
        }
        Ok(Some(path))
    }

    /// Gives what was made in `make_aside`'s folder and the project's node_modules each other's names, in one step: nobody
    /// ever sees a part of one and a part of the other. The old one goes with the staging folder.
    pub fn swap_trees(&self) -> Result<(), Error> {
        let path = self.root.join("node_modules");
        let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
        let aside = step("open", &path, file::open_at(Some(self.folder.as_fd()), ASIDE, flags))?;
        for folder in [aside.as_fd(), self.project.as_fd()] {
            if !step("examine", &path, is_kind(folder, TREE, libc::S_IFDIR))? {
                return Err(Error::Refused("there is no node_modules".into()));
            }
        }
        step("write", &path, file::exchange(aside.as_fd(), TREE, self.project.as_fd(), TREE))
    }

    /// Whether renames are left to do that a killed installation did not get to.
    pub fn is_interrupted(root: &Path) -> bool {
        fs::symlink_metadata(root.join("node_modules/.cordon/journal")).is_ok_and(|found| found.is_file())
    }

    /// Removes the staging folder with what is left in it.
    pub fn remove(self) -> Result<(), Error> {
        step("remove", &self.path(), remove_folder(self.project.as_fd(), &self.name, &self.folder))
    }
}

fn new_folder(project: BorrowedFd<'_>) -> io::Result<(CString, OwnedFd)> {
    let mut digits = [0; 8];
    random::fill(&mut digits)?;
    let name = CString::new(format!("{PREFIX}{:016x}", u64::from_ne_bytes(digits)))?;
    file::make_folder(project, &name, 0o755)?;
    let folder = file::open_at(Some(project), &name, libc::O_DIRECTORY | libc::O_NOFOLLOW)?;
    // No version control and no watcher that obeys it looks into a folder that is gone in a moment.
    File::from(file::make_file(folder.as_fd(), c".gitignore", 0o644)?).write_all(b"*\n")?;
    Ok((name, folder))
}

fn is_staging(name: &CStr) -> bool {
    let digits = name.to_bytes().strip_prefix(PREFIX.as_bytes()).unwrap_or(b"");
    digits.len() == 16 && digits.iter().all(u8::is_ascii_hexdigit)
}

fn remove(project: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    let folder = file::open_at(Some(project), name, libc::O_DIRECTORY | libc::O_NOFOLLOW)?;
    remove_folder(project, name, &folder)
}

/// The folder at `place` below `top`, by names that are no symlinks.
fn below(top: BorrowedFd<'_>, place: &Path) -> io::Result<Option<OwnedFd>> {
    let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
    let mut here = file::open_at(Some(top), c".", flags)?;
    for component in place.components() {
        let Component::Normal(name) = component else {
            return Err(io::Error::other("it is not below the project"));
        };
        match file::open_at(Some(here.as_fd()), &CString::new(name.as_bytes())?, flags) {
            Ok(inner) => here = inner,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(here))
}

/// Whether `name` is there; an error where it is of another kind.
fn is_kind(folder: BorrowedFd<'_>, name: &CStr, kind: libc::mode_t) -> io::Result<bool> {
    match file::status_at(folder, name) {
        Ok(status) if status.st_mode & libc::S_IFMT == kind => Ok(true),
        Ok(_) => Err(io::Error::other(format!("{} is not what it should be", name.to_string_lossy()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn text(folder: BorrowedFd<'_>, name: &CStr) -> io::Result<Option<String>> {
    if !is_kind(folder, name, libc::S_IFREG)? {
        return Ok(None);
    }
    let opened = file::open_at(Some(folder), name, libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_NONBLOCK)?;
    let mut text = String::new();
    if File::from(opened).take(LARGEST + 1).read_to_string(&mut text)? as u64 > LARGEST {
        return Err(io::Error::other("it is too large"));
    }
    Ok(Some(text))
}

fn c_string(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

#[cfg(test)]
#[path = "staging_tests.rs"]
mod tests;
