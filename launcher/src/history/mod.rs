//! What recorded runs used (`cordon run --record`), kept outside every project, and what that says about the manifest.

mod check;
mod lines;

pub use check::{Finding, check, json, scripts_without_effect, text};

use crate::supervisor::record::Recorded;
use crate::trust::{sha256, state_folder};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Larger histories are not added to: a program that makes up names fills no disk.
const LARGEST: u64 = 16 << 20;

/// The uses of one manifest's programs, over all recorded runs. Opened before the target starts, as the launcher sees
/// another root afterwards.
#[derive(Debug)]
pub struct History {
    file: File,
    known: BTreeSet<String>,
}

impl History {
    /// Opens it for adding to; made if it was absent.
    pub fn open(folder: &Path, manifest: &Path) -> io::Result<History> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(name(folder, manifest))?;
        let known = read(&mut file)?;
        Ok(History { file, known })
    }

    /// Adds what is new, in one write: another run that adds at the same time does not mix with it.
    pub fn add(&mut self, recorded: &Recorded) -> io::Result<()> {
        let new: String = lines::write(recorded)
            .into_iter()
            .filter(|line| !self.known.contains(line))
            .map(|line| line + "\n")
            .collect();
        if new.is_empty() || self.file.metadata()?.len() > LARGEST {
            return Ok(());
        }
        self.file.write_all(new.as_bytes())
    }
}

/// What was recorded for `manifest`; `None` where no run was.
pub fn load(folder: &Path, manifest: &Path) -> io::Result<Option<Recorded>> {
    match File::open(name(folder, manifest)) {
        Ok(mut file) => Ok(Some(lines::parse(&read(&mut file)?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// XDG's state folder of the user whose variables `variable` gives.
pub fn folder_of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    Some(state_folder(variable)?.join("history"))
}

fn name(folder: &Path, manifest: &Path) -> PathBuf {
    folder.join(sha256(manifest.as_os_str().as_bytes()))
}

fn read(file: &mut File) -> io::Result<BTreeSet<String>> {
    let mut bytes = Vec::new();
    (&*file).take(2 * LARGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
}
