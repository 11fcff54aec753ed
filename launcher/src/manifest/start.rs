//! Where a program starts, as far as the search for its package.json goes.

use super::error::{Error, shown};
use super::find::{Start, writable_around};
use super::path::walk;
use crate::policy::{Grant, Origin};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

impl Start {
    /// From the file or folder on the command line, or `None` for code that is in no file. What does not exist is left
    /// for the engine to report.
    pub fn new(file: Option<&Path>, current: &Path, homes: &[PathBuf]) -> Result<Start, Error> {
        let Some(file) = file else {
            let folder = fs::canonicalize(current).map_err(|error| {
                Error::new(format!("Cannot find the current folder: {error}"), "change to one that is there")
            })?;
            return Ok(Start { folder, file: None });
        };
        let walked = walk(&current.join(file))
            .map_err(|error| Error::new(format!("Cannot follow {}: {error}", shown(file)), ""))?;
        for folder in &walked.link_folders {
            if writable_around(folder, homes)?.iter().any(|own| folder.starts_with(own)) {
                let what = format!(
                    "Cannot run {}: it crosses a symlink in {}, which programs may write",
                    shown(file),
                    shown(folder)
                );
                return Err(Error::new(what, format!("name the file itself, {}", shown(&walked.real))));
            }
        }
        if walked.real.is_dir() {
            return Ok(Start { folder: walked.real, file: None });
        }
        let existing = walked.real.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
        Ok(Start { folder: existing.to_path_buf(), file: Some(walked.real) })
    }
}

/// For a folder that is run, the engine looks for a package.json in the folders above it, and ends where it may not read the
/// first that is there.
pub fn package_above(start: &Start) -> Option<Grant<PathBuf>> {
    let above = start.folder.ancestors().skip(1).map(|folder| folder.join("package.json"));
    let found = above.into_iter().find(|file| fs::symlink_metadata(file).is_ok())?;
    let is_file = fs::symlink_metadata(&found).is_ok_and(|metadata| metadata.is_file());
    let origin = Origin::Default("the engine looks for a package.json above a folder that it runs");
    is_file.then(|| Grant { text: found.to_string_lossy().into_owned(), pattern: found, origin })
}

/// The user's HOME, as real paths: by the variable, and by the list of users where there is none.
pub fn homes() -> Vec<PathBuf> {
    let variable = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let home = variable.or_else(listed_home);
    home.map(|home| fs::canonicalize(&home).unwrap_or(home)).into_iter().collect()
}

/// From passwd(5).
fn listed_home() -> Option<PathBuf> {
    let user = fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields
        .into_iter()
        .find(|fields| fields.get(2) == Some(&user.as_str()))
        .and_then(|fields| fields.get(5).map(PathBuf::from))
}
