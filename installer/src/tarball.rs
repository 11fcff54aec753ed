//! Reads a package's tarball, whose bytes have the locked digest already, as if its author were an enemy.
//!
//! What npm would put on disk is put on disk (one step stripped, links left out, `.gitignore` renamed); what only an attack
//! has is refused: ways out of the folder, devices, setuid, names that collide, bombs.

mod header;
mod reader;

pub use reader::{Entry, Kind, Limits, Reader};

use crate::error::{Result, quoted, refused};
use crate::names::steps_down;
use flate2::bufread::MultiGzDecoder;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};

/// Inflating a few bytes at a time, a header's or a short file's, costs far more than passing them on.
const INFLATED_AT_ONCE: usize = 96 << 10;

/// Gzip as registries serve it, or plain tar.
pub fn decoder(bytes: &[u8]) -> Box<dyn BufRead + '_> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(INFLATED_AT_ONCE, MultiGzDecoder::new(bytes)))
    } else {
        Box::new(bytes)
    }
}

/// Where the files of one package go: below its folder, each name once.
#[derive(Default)]
pub struct Paths {
    /// The path in lower case → the path, and whether it is a folder.
    seen: HashMap<String, (String, bool)>,
    /// The one that the last file was in: most files lie beside the one before.
    last_folder: String,
    ignores: Vec<String>,
    new_folders: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// npm leaves this one out, too.
    Skip,
    /// `again`: the same path was there before.
    At { path: String, again: bool },
}

impl Paths {
    pub fn place(&mut self, entry: &Entry) -> Result<Place> {
        let path = stripped(&entry.path)?;
        let Some(path) = path else { return Ok(Place::Skip) };
        let Some(path) = self.renamed(path) else { return Ok(Place::Skip) };
        self.folders_above(&path)?;
        let again = self.take(&path, false)?;
        Ok(Place::At { path, again })
    }

    /// A folder is made when a file needs it; where a tarball's folder leads is looked at all the same.
    pub fn check_folder(&self, entry: &Entry) -> Result<()> {
        stripped(&entry.path).map(drop)
    }

    /// The folders that the last place needs and that no place before it needed, parents first.
    pub fn new_folders(&mut self) -> Vec<String> {
        std::mem::take(&mut self.new_folders)
    }

    /// npm packs `.gitignore` as what it is and unpacks it as `.npmignore`, unless there is one.
    fn renamed(&mut self, path: String) -> Option<String> {
        let base = path.rsplit('/').next().unwrap_or_default();
        if base == ".npmignore" {
            self.ignores.push(path.clone());
        }
        if base != ".gitignore" {
            return Some(path);
        }
        let other = format!("{}.npmignore", path.strip_suffix(".gitignore").unwrap_or_default());
        (!self.ignores.contains(&other)).then_some(other)
    }

    fn folders_above(&mut self, path: &str) -> Result<()> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folder == self.last_folder {
            return Ok(());
        }
        for (at, _) in path.match_indices('/') {
            if !self.take(&path[..at], true)? {
                self.new_folders.push(path[..at].to_owned());
            }
        }
        folder.clone_into(&mut self.last_folder);
        Ok(())
    }

    fn take(&mut self, path: &str, folder: bool) -> Result<bool> {
        let folded = path.to_lowercase();
        match self.seen.get(&folded) {
            None => {
                self.seen.insert(folded, (path.to_owned(), folder));
                Ok(false)
            }
            Some((known, as_folder)) if known == path && *as_folder == folder => Ok(true),
            Some((known, _)) if known == path => refused(format!("{} is a file and a folder", quoted(path))),
            Some((known, _)) => refused(format!("{} and {} differ by case only", quoted(known), quoted(path))),
        }
    }
}

/// Without its first step, as `tar --strip-components=1`; nothing for what has no other step.
fn stripped(path: &str) -> Result<Option<String>> {
    if path.starts_with('/') {
        return refused(format!("{} is an absolute path", quoted(path)));
    }
    if path.split('/').any(|step| step == "..") {
        return refused(format!("{} leads out of the package", quoted(path)));
    }
    let Some((_, rest)) = path.split_once('/') else { return Ok(None) };
    let steps: Vec<&str> = rest.split('/').filter(|step| !step.is_empty() && *step != ".").collect();
    let rest = steps.join("/");
    if rest.is_empty() {
        return Ok(None);
    }
    if !steps_down(&rest) || steps.len() > 100 {
        return refused(format!("{} is no name that a package's file can have", quoted(path)));
    }
    Ok(Some(rest))
}

/// A link that stays inside is left out, as npm leaves it out; one that leads out is an attack.
pub fn check_link(entry: &Entry, target: &str, symbolic: bool) -> Result<()> {
    let out =
        || refused(format!("{} is a link to {}, which is outside of the package", quoted(&entry.path), quoted(target)));
    if target.starts_with('/') {
        return out();
    }
    let folder = if symbolic { entry.path.rsplit_once('/').map_or("", |(folder, _)| folder) } else { "" };
    let mut depth = 0usize;
    for step in folder.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." if depth <= 1 => return out(),
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
