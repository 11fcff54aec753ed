//! What `write` may never cover, and the files and folders that it makes.

use super::error::{Error, Place, Problem, quoted, shown};
use super::find::Project;
use super::path::Walked;
use super::section::Wish;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Folders of node_modules that tools keep caches in.
const CACHES: [&str; 4] = [".vite", ".vite-temp", ".cache", ".astro"];

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
    if real.starts_with("/proc") || real.starts_with("/sys") {
        return Some(("is the kernel's own".into(), "remove it".into()));
    }
    if real.iter().any(|name| name == ".git") || real.join(".git").symlink_metadata().is_ok() {
        return Some(("is, contains or lies in a .git folder, whose hooks other programs run".into(), below));
    }
    if in_node_modules(real) || real.join("node_modules").symlink_metadata().is_ok() {
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

/// Whether `path` is in node_modules, the caches aside.
fn in_node_modules(path: &Path) -> bool {
    let mut names = path.iter();
    if !names.any(|name| name == "node_modules") {
        return false;
    }
    let cache = names.next().is_some_and(|name| CACHES.iter().any(|cache| name == *cache));
    !cache || names.any(|name| name == "node_modules")
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
    /// Makes it, and the folders above it. Each name is made or found to be a real folder in turn, so that nothing is
    /// made through a symlink.
    pub fn make(&self) -> Result<(), Error> {
        self.try_make().map_err(|error| {
            let what = format!("{} cannot be made: {error}", shown(&self.path));
            Problem::new(what, "make it, or grant what exists").at(&self.place)
        })
    }

    fn try_make(&self) -> io::Result<()> {
        let mut above: Vec<&Path> = self.path.ancestors().skip(1).collect();
        above.reverse();
        above.into_iter().try_for_each(real_folder)?;
        if self.folder {
            return real_folder(&self.path);
        }
        let made = OpenOptions::new().write(true).create_new(true).custom_flags(libc::O_NOFOLLOW).open(&self.path);
        match made {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.path.symlink_metadata()?.is_file() => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

fn real_folder(path: &Path) -> io::Result<()> {
    match DirBuilder::new().create(path) {
        Err(error) if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()) => Err(error),
        _ => Ok(()),
    }
}
