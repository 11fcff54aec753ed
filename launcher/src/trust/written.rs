//! Where programs could write: a package.json there may be one of theirs, also when a later run grants that folder no more.

use super::state_folder;
use crate::manifest::walk;
use crate::policy::Policy;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Folders between the list and the home that it lies in: `.local/state/cordon`.
const DEPTH: usize = 4;
/// Lines from which on paths that are gone are dropped.
const MANY: usize = 2000;
/// The last lines stay: what they name may be gone because it is yet to be made.
const RECENT: usize = 1000;
/// How long another run may have the list for itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// The list of one user: a path in each line, escaped, the newest last.
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
        let wanted: BTreeSet<String> = policy.allow.write.iter().map(|grant| line(&grant.pattern)).collect();
        if missing(&self.lines(), &wanted).is_empty() {
            return Ok(());
        }
        // Some accounts have a home that is not there; it is not made.
        if self.file.ancestors().nth(DEPTH).is_some_and(|home| !home.is_dir()) {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(self.file.parent().unwrap_or(Path::new("/")))?;
        let mut list = self.hold()?;
        let mut lines = self.lines();
        let new = missing(&lines, &wanted);
        let text: String = new.iter().map(|line| format!("{line}\n")).collect();
        list.file.write_all(text.as_bytes())?;
        lines.extend(new);
        if lines.len() > MANY && list.locked { self.forget_what_is_gone(&lines) } else { Ok(()) }
    }

    /// The list, which others change meanwhile only where this process could not get it for itself.
    fn hold(&self) -> io::Result<Held> {
        let end = Instant::now() + PATIENCE;
        loop {
            let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.file)?;
            match file.try_lock() {
                // Whoever had it before may have put another in its place.
                Ok(()) if is_at(&file, &self.file) => return Ok(Held { file, locked: true }),
                Ok(()) if Instant::now() < end => {}
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_millis(1)),
                _ => return Ok(Held { file, locked: false }),
            }
        }
    }

    /// Programs of a build machine leave many folders behind that are soon removed. For who has the list for itself.
    fn forget_what_is_gone(&self, lines: &[String]) -> io::Result<()> {
        let (old, recent) = lines.split_at(lines.len().saturating_sub(RECENT));
        let mut left: Vec<&String> = old.iter().filter(|line| !is_gone(line) && !recent.contains(line)).collect();
        left.extend(recent);
        let text: String = left.iter().map(|line| format!("{line}\n")).collect();
        let next = self.file.with_extension(std::process::id().to_string());
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
        file.write_all(text.as_bytes())?;
        fs::rename(next, &self.file)
    }

    /// The folder, or the file itself, that some program could write and that holds `manifest`, or what that leads to.
    pub fn around(&self, manifest: &Path) -> Option<PathBuf> {
        let known: BTreeSet<String> = self.lines().into_iter().collect();
        let real = walk(manifest).map_or_else(|_| manifest.to_path_buf(), |walked| walked.real);
        let mut places = manifest.ancestors().chain(real.ancestors());
        places.find(|place| known.contains(&line(place))).map(Path::to_path_buf)
    }

    /// None where there is no list yet; one that can't be read says nothing about any folder either.
    fn lines(&self) -> Vec<String> {
        fs::read_to_string(&self.file).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

struct Held {
    file: File,
    locked: bool,
}

fn is_at(file: &File, path: &Path) -> bool {
    let same = |one: fs::Metadata, other: fs::Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
    file.metadata().is_ok_and(|open| fs::metadata(path).is_ok_and(|there| same(open, there)))
}

/// What has to be added. A known path that is gone is as good as new once it is no recent one.
fn missing(lines: &[String], wanted: &BTreeSet<String>) -> Vec<String> {
    let recent = &lines[lines.len().saturating_sub(RECENT)..];
    let stands = |line: &String| recent.contains(line) || (lines.contains(line) && !is_gone(line));
    wanted.iter().filter(|line| !stands(line)).cloned().collect()
}

/// A path with escapes in its line is not found by it, and one that can't be looked at may be there: both stay.
fn is_gone(line: &str) -> bool {
    let path = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).filter(|line| !line.contains('\\'));
    path.is_some_and(|path| {
        let found = Path::new(path).symlink_metadata();
        found.is_err_and(|error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
    })
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
        long_list(&written, &["/usr", "/none/\n"]);
        written.note(&policy(&["/q"])).expect("kept");
        written.note(&policy(&["/etc"])).expect("kept");
        let left = fs::read_to_string(written.file()).expect("a list");
        let left: Vec<&str> = left.lines().collect();
        // Two of what was among the last are older now, and in a list that is no longer long.
        assert_eq!(left.len(), 2 + RECENT + 1);
        assert_eq!(left[..2], ["\"/usr\"", "\"/none/\\n\""]);
        assert_eq!(left[2], format!("\"/none/{}\"", MANY + 2 - RECENT));
        assert_eq!(left[left.len() - 2..], ["\"/q\"", "\"/etc\""]);
        fs::remove_dir_all(folder).expect("removed");
    }

    /// One that begins with `first`, and with as many paths as make it long, none of which is there.
    fn long_list(written: &Written, first: &[&str]) {
        fs::create_dir_all(written.file().parent().expect("a folder")).expect("made");
        let gone = (0..=MANY).map(|number| format!("/none/{number}"));
        let all = first.iter().map(|path| (*path).to_owned()).chain(gone);
        let text: String = all.map(|path| format!("{path:?}\n")).collect();
        fs::write(written.file(), text).expect("written");
    }

    #[test]
    fn a_list_that_is_a_link_is_kept_where_it_leads() {
        let folder = std::env::temp_dir().join(format!("cordon-link-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("made");
        let written = Written { file: folder.join("written") };
        std::os::unix::fs::symlink(folder.join("elsewhere"), written.file()).expect("linked");
        written.note(&policy(&["/p/data"])).expect("kept");
        assert_eq!(fs::read_to_string(folder.join("elsewhere")).expect("a list"), "\"/p/data\"\n");
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_known_path_that_is_gone_is_new_again_when_a_run_may_make_it() {
        let folder = std::env::temp_dir().join(format!("cordon-again-{}", std::process::id()));
        let written = Written { file: folder.join("written") };
        long_list(&written, &["/none/again", "/usr"]);
        written.note(&policy(&["/none/again", "/usr"])).expect("kept");
        let left = fs::read_to_string(written.file()).expect("a list");
        assert_eq!(left.lines().last(), Some("\"/none/again\""));
        assert_eq!(left.lines().filter(|line| *line == "\"/usr\"").count(), 1);
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn no_note_is_lost_when_many_runs_note_in_a_long_list_at_once() {
        let folder = std::env::temp_dir().join(format!("cordon-crowd-{}", std::process::id()));
        let written = Written { file: folder.join("written") };
        // Paths that are there, so that the list stays long and is written anew each time.
        fs::create_dir(&folder).expect("made");
        let there = (0..=MANY).map(|number| folder.join(number.to_string()));
        let text: String =
            there.map(|file| File::create(&file).map(|_| format!("{file:?}\n")).expect("made")).collect();
        fs::write(written.file(), text).expect("written");
        std::thread::scope(|scope| {
            for run in 0..4 {
                let written = written.clone();
                scope.spawn(move || {
                    for number in 0..40 {
                        written.note(&policy(&[&format!("/none/{run}/{number}")])).expect("kept");
                    }
                });
            }
        });
        let left = fs::read_to_string(written.file()).expect("a list");
        let noted = |path: String| left.lines().any(|line| line == format!("{path:?}"));
        for run in 0..4 {
            assert!((0..40).all(|number| noted(format!("/none/{run}/{number}"))), "of run {run}");
        }
        fs::remove_dir_all(folder).expect("removed");
    }
}
