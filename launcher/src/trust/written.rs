//! Where programs could write: a package.json there may be one of theirs, also when a later run grants that folder no more.

use super::state_folder;
use crate::policy::Policy;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The list of one user: a path in each line, escaped. It only grows.
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
        let new: String = lines.difference(&known).map(|line| format!("{line}\n")).collect();
        if new.is_empty() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(self.file.parent().unwrap_or(Path::new("/")))?;
        OpenOptions::new().append(true).create(true).mode(0o600).open(&self.file)?.write_all(new.as_bytes())
    }

    /// The folder, or the file itself, that some program could write and that holds `manifest`.
    pub fn around<'a>(&self, manifest: &'a Path) -> Option<&'a Path> {
        let known = self.lines();
        manifest.ancestors().find(|place| known.contains(&line(place)))
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
        let around = |path: &'static str| written().around(Path::new(path)).map(Path::to_path_buf);
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
}
