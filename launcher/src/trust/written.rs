//! Where programs could write: a package.json there may be one of theirs, also when a later run grants that folder no more.

use super::state_folder;
use crate::manifest::walk;
use crate::policy::Policy;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Folders between the list and the home that it lies in: `.local/state/cordon`.
const DEPTH: usize = 4;
/// Lines from which on paths that are gone are dropped.
const MANY: usize = 2000;

/// The list of one user: a path in each line, escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    file: PathBuf,
}

impl Written {
    pub fn of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<Written> {
        Some(Written { file: state_folder(variable)?.join("written") })
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Adds what `policy` lets be written.
    pub fn note(&self, policy: &Policy) -> io::Result<()> {
        if policy.allow.write.is_empty() {
            return Ok(());
        }
        let known = self.lines();
        let lines: BTreeSet<String> = policy.allow.write.iter().map(|grant| line(&grant.pattern)).collect();
        // Some accounts have a home that is not there; it is not made.
        if self.file.ancestors().nth(DEPTH).is_some_and(|home| !home.is_dir()) {
            return Ok(());
        }
        let new: String = lines.difference(&known).map(|line| format!("{line}\n")).collect();
        if new.is_empty() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(self.file.parent().unwrap_or(Path::new("/")))?;
        OpenOptions::new().append(true).create(true).mode(0o600).open(&self.file)?.write_all(new.as_bytes())?;
        if known.len() > MANY { self.forget_what_is_gone(&known, &new) } else { Ok(()) }
    }

    /// Programs of a build machine leave many folders behind that are soon removed. What is `new` is yet to be made.
    fn forget_what_is_gone(&self, known: &BTreeSet<String>, new: &str) -> io::Result<()> {
        let place = |line: &str| line.strip_prefix('"')?.strip_suffix('"').map(PathBuf::from);
        // A path with escapes in its line is not found by it, and stays.
        let gone =
            |line: &&String| !line.contains('\\') && place(line).is_some_and(|path| path.symlink_metadata().is_err());
        let left: String = known.iter().filter(|line| !gone(line)).map(|line| format!("{line}\n")).collect();
        let next = self.file.with_extension(std::process::id().to_string());
        fs::write(&next, left + new)?;
        fs::rename(next, &self.file)
    }

    /// The folder, or the file itself, that some program could write and that holds `manifest`, or what that leads to.
    pub fn around(&self, manifest: &Path) -> Option<PathBuf> {
        let known = self.lines();
        let real = walk(manifest).map_or_else(|_| manifest.to_path_buf(), |walked| walked.real);
        let mut places = manifest.ancestors().chain(real.ancestors());
        places.find(|place| known.contains(&line(place))).map(Path::to_path_buf)
    }

    /// None where there is no list yet; one that can't be read says nothing about any folder either.
    fn lines(&self) -> BTreeSet<String> {
        fs::read_to_string(&self.file).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

fn line(path: &Path) -> String {
    format!("{path:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Grant, Grants, Origin};

    fn policy(paths: &[&str]) -> Policy {
        let grant = |path: &&str| Grant {
            pattern: PathBuf::from(path),
            text: (*path).to_owned(),
            origin: Origin::Default("test"),
        };
        Policy { allow: Grants { write: paths.iter().map(grant).collect(), ..Grants::default() }, ..Policy::default() }
    }

    #[test]
    fn what_some_run_could_write_is_known_to_later_ones() {
        let folder = std::env::temp_dir().join(format!("cordon-written-{}", std::process::id()));
        let written =
            || Written::of_user(|name| (name == "XDG_STATE_HOME").then(|| folder.clone().into())).expect("a place");
        let around = |path: &'static str| written().around(Path::new(path));
        assert_eq!(around("/p/data/package.json"), None);
        written().note(&policy(&["/p/data", "/p/a\nb"])).expect("kept");
        written().note(&policy(&["/p/data", "/q/package.json"])).expect("kept");
        written().note(&policy(&[])).expect("nothing to keep");
        assert_eq!(around("/p/data/deep/package.json"), Some("/p/data".into()));
        assert_eq!(around("/p/a\nb/package.json"), Some("/p/a\nb".into()));
        assert_eq!(around("/q/package.json"), Some("/q/package.json".into()));
        for other in ["/p/package.json", "/p/data2/package.json", "/p/a/package.json", "/q/x/package.json"] {
            assert_eq!(around(other), None, "{other}");
        }
        assert_eq!(fs::read_to_string(written().file()).expect("a list").lines().count(), 3);
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn what_is_gone_is_dropped_from_a_long_list_and_no_home_is_made() {
        let folder = std::env::temp_dir().join(format!("cordon-long-{}", std::process::id()));
        let of = |home: PathBuf| {
            Written::of_user(move |name| (name == "HOME").then(|| home.clone().into())).expect("a place")
        };
        of(folder.clone()).note(&policy(&["/p"])).expect("nothing is made");
        assert!(!folder.exists());
        let written = of(folder.clone());
        fs::create_dir_all(written.file().parent().expect("a folder")).expect("made");
        let gone: String = (0..=MANY).map(|number| format!("\"/none/{number}\"\n")).collect();
        fs::write(written.file(), format!("{gone}\"/usr\"\n\"/none/\\n\"\n")).expect("written");
        written.note(&policy(&["/q"])).expect("kept");
        written.note(&policy(&["/etc"])).expect("kept");
        let left = fs::read_to_string(written.file()).expect("a list");
        assert_eq!(left.lines().collect::<Vec<_>>(), ["\"/none/\\n\"", "\"/usr\"", "\"/q\"", "\"/etc\""]);
        fs::remove_dir_all(folder).expect("removed");
    }
}
