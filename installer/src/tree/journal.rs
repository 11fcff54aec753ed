//! The renames that turn the old tree into the new one. Each step can be done twice: what is done already is seen.

use super::{STAGING, TRASH, Tree, make_real_folder, write_new};
use crate::error::{Error, Result, cannot, denied, quoted, refused};
use crate::names::steps_down;
use crate::store::open_folder;
use rustix::fs::{AtFlags, RenameFlags, renameat, renameat_with, statat};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// What is staged under this number takes the place of what is at the path.
    Put { number: usize, path: String },
    /// What is at the path goes.
    Take { number: usize, path: String },
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Journal {
    pub steps: Vec<Step>,
}

const NAME: &str = "journal";
const HEADER: &str = "cordon journal 1";

impl Journal {
    fn parse(text: &str) -> Option<Journal> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != HEADER {
            return None;
        }
        let mut journal = Journal::default();
        for line in lines {
            let mut words = line.splitn(3, ' ');
            let (kind, number) = (words.next()?, words.next()?.parse().ok()?);
            let path = words.next().filter(|path| steps_down(path))?.to_owned();
            journal.steps.push(match kind {
                "put" => Step::Put { number, path },
                "take" => Step::Take { number, path },
                _ => return None,
            });
        }
        Some(journal)
    }

    fn text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for step in &self.steps {
            text.push_str(&match step {
                Step::Put { number, path } => format!("put {number} {path}\n"),
                Step::Take { number, path } => format!("take {number} {path}\n"),
            });
        }
        text
    }

    pub fn read(own: &Path) -> Result<Option<Journal>> {
        let path = own.join(NAME);
        // It may have come with the project, as a symlink to a device without an end.
        let text = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => Some(std::fs::read_to_string(&path).map_err(cannot("read", &path))?),
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot("read", &path)(error)),
        };
        match text.and_then(|text| Journal::parse(&text)) {
            Some(journal) => Ok(Some(journal)),
            None => Err(Error::Failed(format!("{} is damaged; remove node_modules and install again", path.display()))),
        }
    }

    /// Folders that are not there yet, and whether the jail lets anything be put into those outside of the project's own
    /// node_modules: afterwards a step that can't be done could not be taken back either.
    pub fn prepare(&self, tree: &Tree) -> Result<()> {
        let mut known = BTreeSet::new();
        for step in &self.steps {
            let (Step::Put { path, .. } | Step::Take { path, .. }) = step;
            stays_inside(tree, path)?;
            let Some((folder, _)) = path.rsplit_once("node_modules/") else { continue };
            if folder.is_empty() || folder.starts_with("node_modules/") || !known.insert(folder) {
                continue;
            }
            let probe = tree.project.join(folder).join("node_modules/.cordon-probe");
            std::fs::create_dir_all(&probe).map_err(cannot("write into", &probe))?;
            std::fs::remove_dir(&probe).map_err(cannot("write into", &probe))?;
        }
        Ok(())
    }

    /// From here on the new tree is what the project will have.
    pub fn write(&self, own: &Path) -> Result<()> {
        let (next, path) = (own.join("journal.next"), own.join(NAME));
        write_new(&next, &self.text())?;
        std::fs::rename(&next, &path).map_err(cannot("write", &path))
    }

    pub fn perform(&self, tree: &Tree) -> Result<()> {
        make_real_folder(&tree.own.join(TRASH))?;
        make_real_folder(&tree.staging())?;
        // From open folders: each path is walked from there, and not from the root.
        let (own, project) = (open_folder(&tree.own)?, open_folder(&tree.project)?);
        for step in &self.steps {
            // Again: what comes with a project may have a journal in it, whose first step makes a way for the second.
            let (Step::Put { path, .. } | Step::Take { path, .. }) = step;
            stays_inside(tree, path)?;
            step.perform(tree, &own, &project)?;
        }
        let path = tree.own.join(NAME);
        std::fs::remove_file(&path).map_err(cannot("remove", &path))
    }
}

impl Step {
    fn perform(&self, tree: &Tree, own: &OwnedFd, project: &OwnedFd) -> Result<()> {
        match self {
            Step::Take { number, path } => discard(tree, (project, path), own, &format!("{TRASH}/take-{number}")),
            Step::Put { number, path } => {
                let staged = format!("{STAGING}/{number}");
                loop {
                    match renameat_with(own, &staged, project, path, RenameFlags::NOREPLACE) {
                        Ok(()) => return Ok(()),
                        Err(Errno::NOENT) if statat(own, &staged, AtFlags::SYMLINK_NOFOLLOW).is_err() => return Ok(()),
                        Err(Errno::NOENT) => make_folder_of(&tree.project.join(path))?,
                        Err(Errno::EXIST | Errno::NOTEMPTY) => {
                            discard(tree, (project, path), own, &format!("{TRASH}/put-{number}"))?;
                        }
                        Err(error) => return Err(denied("move a new package to", &tree.project.join(path))(error)),
                    }
                }
            }
        }
    }
}

/// What is not there is gone already.
fn discard(tree: &Tree, (project, path): (&OwnedFd, &str), own: &OwnedFd, trash: &str) -> Result<()> {
    match renameat(project, path, own, trash) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(denied("take away", &tree.project.join(path))(error)),
    }
}

/// A symlink above a place would lead the renames elsewhere: into the store, which this process may write, too.
fn stays_inside(tree: &Tree, path: &str) -> Result<()> {
    if !steps_down(path) {
        return refused(format!(
            "{} is not a place in the project; remove node_modules and install again",
            quoted(path)
        ));
    }
    for (at, _) in path.match_indices('/') {
        match std::fs::symlink_metadata(tree.project.join(&path[..at])) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return refused(format!("{} is not a folder; move it away", quoted(&path[..at]))),
            Err(_) => break,
        }
    }
    Ok(())
}

fn make_folder_of(place: &Path) -> Result<()> {
    let folder = place.parent().unwrap_or(place);
    std::fs::create_dir_all(folder).map_err(cannot("make", folder))
}
