//! What was accepted, outside every project: one file for each manifest, in XDG's state folder.

use super::hash::sha256;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "cordon trust 1";

/// Where records are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

/// One accepted manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The manifest's path, escaped.
    pub manifest: String,
    /// What it asked for and denied, a line each, as `Wish::line` writes them.
    pub lines: BTreeSet<String>,
}

impl Record {
    /// The hash of what was accepted.
    pub fn hash(&self) -> String {
        let text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        sha256(text.as_bytes())
    }
}

impl Store {
    /// The store of the user whose variables `variable` gives (XDG Base Directory Specification); relative paths
    /// count as unset there.
    pub fn of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<Store> {
        Some(Store { folder: state_folder(variable)?.join("trust") })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, manifest: &Path) -> PathBuf {
        self.folder.join(sha256(manifest.as_os_str().as_bytes()))
    }

    pub fn read(&self, manifest: &Path) -> io::Result<Option<Record>> {
        match fs::read_to_string(self.file(manifest)) {
            Ok(text) => Ok(parse(&text)),
            // In another user's home, as sudo leaves it, nothing was accepted by this one.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// In one step: a reader sees the old record or the new one.
    pub fn write(&self, manifest: &Path, record: &Record) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let next = self.folder.join(format!(".next-{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
        writeln!(file, "{FIRST_LINE}\n{}", record.manifest)?;
        for line in &record.lines {
            writeln!(file, "{line}")?;
        }
        file.sync_all()?;
        fs::rename(&next, self.file(manifest))
    }

    /// Whether there was one.
    pub fn forget(&self, manifest: &Path) -> io::Result<bool> {
        match fs::remove_file(self.file(manifest)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Forgets everything, and tells how many records there were.
    pub fn clear(&self) -> io::Result<usize> {
        let count = self.list()?.len();
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(count),
        }
    }

    /// All records, by their manifests' paths.
    pub fn list(&self) -> io::Result<Vec<Record>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut records = Vec::new();
        for entry in entries {
            let text = fs::read_to_string(entry?.path()).unwrap_or_default();
            records.extend(parse(&text));
        }
        records.sort_by(|one: &Record, other| one.manifest.cmp(&other.manifest));
        Ok(records)
    }
}

/// Where cordon keeps what outlives a run, in XDG's state folder.
pub fn state_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("cordon"))
}

/// `None` for what is not a record: then the question is asked again.
fn parse(text: &str) -> Option<Record> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return None;
    }
    let manifest = lines.next()?.to_owned();
    Some(Record { manifest, lines: lines.map(str::to_owned).collect() })
}
