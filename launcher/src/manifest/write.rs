//! What `write` may never cover, and the files and folders that it makes.

use super::error::{Error, Place, Problem, quoted, shown};
use super::find::Project;
use super::path::Walked;
use super::section::Wish;
use crate::policy::{CACHES, Origin, is_in_node_modules};
use crate::sys::file;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// Files without an ending that tools write; other absent names without one become folders.
const FILES: [&str; 3] = [".eslintcache", ".stylelintcache", ".prettiercache"];

/// A granted file or folder that is not there yet: it is made when everything else is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    pub path: PathBuf,
    pub folder: bool,
    pub place: Place,
}

/// Refuses what would let a program change which code runs, or what it is granted, the next time.
pub fn refuse_project(walked: &Walked, wish: &Wish, project: &Project) -> Result<(), Error> {
    let real = walked.real.as_path();
    let problem =
        protected(real, project).map(|(what, fix)| Problem::new(format!("{} {what}", quoted(&wish.text)), fix));
    problem.map_or(Ok(()), |problem| Err(problem.at(&wish.place)))
}

fn protected(real: &Path, project: &Project) -> Option<(String, String)> {
    let below = "grant a folder below it, such as \"./data\"".to_string();
    if let Some(root) =
        project.root.iter().chain([&project.folder]).find(|root| project.root.is_some() && root.starts_with(real))
    {
        return Some((format!("is or contains the project's folder {}", shown(root)), below));
    }
    let devices = real.starts_with("/dev") && !real.starts_with("/dev/shm");
    if real.starts_with("/proc") || real.starts_with("/sys") || devices || real == Path::new("/dev/shm") {
        return Some(("is the kernel's own".into(), "remove it".into()));
    }
    if real.iter().any(|name| name == ".git") || real.join(".git").symlink_metadata().is_ok() {
        return Some(("is, contains or lies in a .git folder, whose hooks other programs run".into(), below));
    }
    if is_in_node_modules(real) || real.join("node_modules").symlink_metadata().is_ok() {
        let fix =
            format!("grant a folder without code; of node_modules itself only {} can be granted", CACHES.join(", "));
        return Some(("is, contains or lies in node_modules, whose code other runs load".into(), fix));
    }
    if real.file_name().is_some_and(|name| name == "package.json" || name == "pnpm-workspace.yaml") {
        return Some(("decides what is granted".into(), "remove it".into()));
    }
    let root = project.root.as_ref()?;
    let relative = real.strip_prefix(root).ok()?;
    let member = project.workspace.may_be_below(relative)
        || (!project.workspace.is_empty()
            && project.workspace.members(root).iter().any(|member| member.starts_with(real)));
    member.then(|| ("is or contains a workspace member's folder".into(), below))
}

/// What to make for a grant of something that does not exist: a folder when it is written with a `/` at its end, or
/// when its name has no ending.
pub fn absent(walked: &Walked, wish: &Wish) -> Option<Absent> {
    let listed = walked.real.file_name().is_some_and(|name| FILES.iter().any(|file| name == *file));
    let file = walked.real.extension().is_some() || listed;
    let folder = wish.text.ends_with('/') || !file;
    (!walked.exists).then(|| Absent { path: walked.real.clone(), folder, place: wish.place.clone() })
}

impl Absent {
    /// Makes it, and the folders above it; never through a symlink.
    pub fn make(&self) -> Result<(), Error> {
        self.try_make().map_err(|error| {
            let what = format!("{} cannot be made: {error}", shown(&self.path));
            Problem::new(what, "make it, or grant what exists").at(&self.place)
        })
    }

    fn try_make(&self) -> io::Result<()> {
        let mut names: Vec<CString> = Vec::new();
        for component in self.path.components() {
            if let Component::Normal(name) = component {
                names.push(CString::new(name.as_bytes())?);
            }
        }
        let Some(last) = names.pop() else { return Ok(()) };
        let mut here = file::open_at(None, c"/", FOLDER)?;
        for name in names {
            here = real_folder(here.as_fd(), &name)?;
        }
        if self.folder {
            return real_folder(here.as_fd(), &last).map(drop);
        }
        match file::make_file(here.as_fd(), &last, 0o666) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refuse_other_kinds(here.as_fd(), &last),
            other => other.map(drop),
        }
    }
}

/// A name is made or found in a folder that is held open, and never looked up again: nothing can be put in between.
const FOLDER: i32 = libc::O_PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW;

fn real_folder(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    match file::make_folder(parent, name, 0o777) {
        // Whether it may be made does not matter where it is there.
        Err(error) => file::open_at(Some(parent), name, FOLDER).map_err(|_| error),
        Ok(()) => file::open_at(Some(parent), name, FOLDER),
    }
}

fn refuse_other_kinds(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    let file = file::status_at(parent, name)?.st_mode & libc::S_IFMT == libc::S_IFREG;
    if file { Ok(()) } else { Err(io::Error::other("something that is not a file has its name")) }
}

/// Makes what a program wanted to write: a folder, or an empty file where the name has an ending.
pub fn make_for(path: &Path) -> Result<(), Error> {
    let place = Place { origin: Origin::Default("while learning"), position: None };
    let listed = path.file_name().is_some_and(|name| FILES.iter().any(|file| name == *file));
    Absent { path: path.to_path_buf(), folder: path.extension().is_none() && !listed, place }.make()
}

/// Whether a `write` grant of `path` would be taken.
pub fn may_be_written(path: &Path, project: &Project) -> bool {
    protected(path, project).is_none()
}

/// Whether `path` is one of the folders of node_modules that tools keep caches in.
pub fn is_cache(path: &Path) -> bool {
    path.file_name().is_some_and(|name| CACHES.iter().any(|cache| name == *cache))
}
