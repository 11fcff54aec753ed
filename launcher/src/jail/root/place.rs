//! Where things go in the new root: empty folders and files to mount on, and the machine's symlinks on the way there.

use super::super::view::{Shown, View};
use super::{inside, system};
use crate::policy::without_dots;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, DirBuilder, File, FileType};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

/// Symlinks that may follow each other, as in the kernel.
const MOST_LINKS: usize = 40;

/// What is shown where; folders come before what is in them.
pub struct Places {
    shown: Vec<(PathBuf, Shown)>,
}

impl Places {
    /// Makes them all, in the current folder. What is absent is left out.
    pub fn make(view: &View) -> io::Result<Places> {
        let mut survey = Survey::default();
        let mut wanted: BTreeMap<PathBuf, (Shown, FileType)> = BTreeMap::new();
        for (path, shown) in &view.shown {
            if let Some((path, kind)) = survey.resolve(path)? {
                let entry = wanted.entry(path).or_insert((*shown, kind));
                entry.0 = entry.0.max(*shown);
            }
        }
        let mut building = Building::default();
        for (path, (shown, kind)) in &wanted {
            building.place(path, *shown, *kind)?;
        }
        for (link, target) in &survey.links {
            building.link(link, target)?;
        }
        for (link, target) in system::DEVICE_LINKS {
            building.link(Path::new(link), Path::new(target))?;
        }
        building.folders(Path::new("/proc"))?;
        Ok(Places { shown: building.shown })
    }

    pub fn of(&self, wanted: Shown) -> impl Iterator<Item = &Path> {
        self.shown.iter().filter(move |(_, shown)| *shown == wanted).map(|(path, _)| path.as_path())
    }

    /// Whether `path` can be seen.
    pub fn is_shown(&self, path: &Path) -> bool {
        self.shown.iter().any(|(shown, _)| path.starts_with(shown))
    }
}

/// What was found on the machine.
#[derive(Default)]
struct Survey {
    kinds: HashMap<PathBuf, Option<FileType>>,
    links: BTreeMap<PathBuf, PathBuf>,
}

impl Survey {
    /// The path without symlinks, and what is there; `None` where there is nothing.
    fn resolve(&mut self, path: &Path) -> io::Result<Option<(PathBuf, FileType)>> {
        let mut path = path.to_path_buf();
        for _ in 0..MOST_LINKS {
            match self.walk(&path)? {
                Step::There(kind) => return Ok(Some((path, kind))),
                Step::Nowhere => return Ok(None),
                Step::Elsewhere(next) => path = next,
            }
        }
        Ok(None)
    }

    fn walk(&mut self, path: &Path) -> io::Result<Step> {
        let mut way = PathBuf::from("/");
        let mut rest = inside(path).components();
        let mut found = Step::Nowhere;
        while let Some(part) = rest.next() {
            way.push(part);
            let Some(kind) = self.kind(&way)? else { return Ok(Step::Nowhere) };
            if kind.is_symlink() {
                let target = fs::read_link(&way)?;
                let next = way.parent().unwrap_or(Path::new("/")).join(&target).join(rest.as_path());
                self.links.insert(way, target);
                // Every part before a `..` was found not to be a symlink.
                return Ok(Step::Elsewhere(without_dots(&next)));
            }
            found = Step::There(kind);
        }
        Ok(found)
    }

    /// `None` where there is nothing, or nothing that this user may look at.
    fn kind(&mut self, path: &Path) -> io::Result<Option<FileType>> {
        if let Some(known) = self.kinds.get(path) {
            return Ok(*known);
        }
        let kind = match fs::symlink_metadata(path) {
            Ok(status) => Some(status.file_type()),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => None,
                _ => return Err(error),
            },
        };
        self.kinds.insert(path.to_path_buf(), kind);
        Ok(kind)
    }
}

enum Step {
    There(FileType),
    Nowhere,
    Elsewhere(PathBuf),
}

/// What was made so far.
#[derive(Default)]
struct Building {
    folders: HashSet<PathBuf>,
    shown: Vec<(PathBuf, Shown)>,
}

impl Building {
    /// Something to mount on. What is in a place that is shown comes with it, unless it is to be more than that.
    fn place(&mut self, path: &Path, shown: Shown, kind: FileType) -> io::Result<()> {
        let around = self.shown.iter().rev().find(|(other, _)| path.starts_with(other)).map(|(_, shown)| *shown);
        match around {
            Some(around) if around >= shown => return Ok(()),
            Some(_) => {}
            None if kind.is_dir() => self.folders(path)?,
            None => {
                self.folders(path.parent().unwrap_or(Path::new("/")))?;
                File::create(inside(path))?;
            }
        }
        if shown != Shown::Name {
            self.shown.push((path.to_path_buf(), shown));
        }
        Ok(())
    }

    fn link(&mut self, link: &Path, target: &Path) -> io::Result<()> {
        if self.shown.iter().any(|(shown, _)| link.starts_with(shown)) {
            return Ok(());
        }
        self.folders(link.parent().unwrap_or(Path::new("/")))?;
        symlink(target, inside(link))
    }

    /// The folder and those around it.
    fn folders(&mut self, path: &Path) -> io::Result<()> {
        if path == Path::new("/") || self.folders.contains(path) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.folders(parent)?;
        }
        match DirBuilder::new().mode(0o755).create(inside(path)) {
            // The session's folder is in there.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        self.folders.insert(path.to_path_buf());
        Ok(())
    }
}
