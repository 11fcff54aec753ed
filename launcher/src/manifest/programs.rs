//! Programs of `run` grants: where their names lead, and what scripts among them need.

use super::error::{Error, Problem, quoted, shown};
use super::path::{Walked, refuse_planted, walk, walk_wish};
use super::section::Wish;
use crate::policy::{Grant, Program};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What names are looked up with.
#[derive(Debug)]
pub struct Search<'a> {
    /// The user's PATH.
    pub path: &'a [PathBuf],
    /// The engine, which the name `node` means.
    pub engine: &'a Path,
    /// The project's root, whose folders in PATH are passed over.
    pub root: Option<&'a Path>,
    /// Folders that the target may write.
    pub writable: &'a [PathBuf],
}

impl Search<'_> {
    /// The program that `wish` names; `None` where this machine has none of that name.
    pub fn program(&self, wish: &Wish) -> Result<Option<Grant<Program>>, Error> {
        let grant = |name: &str, path: PathBuf| Grant {
            pattern: Program { name: name.to_owned(), path },
            text: wish.text.clone(),
            origin: wish.place.origin.clone(),
        };
        if wish.text == "node" {
            return Ok(Some(grant("node", self.engine.to_path_buf())));
        }
        if wish.text == "*" || wish.text.contains(['\0', ' ']) {
            let what = format!("{} is not a program", quoted(&wish.text));
            return Err(Problem::new(what, "name each program, without arguments").at(&wish.place));
        }
        if !wish.text.contains('/') {
            return Ok(self.in_path(&wish.text).map(|path| grant(&wish.text, path)));
        }
        let walked = walk_wish(wish)?;
        refuse_planted(&walked, self.writable, wish)?;
        if self.is_writable(&walked.real) {
            let what = format!("{} lies where the program may write", quoted(&wish.text));
            return Err(Problem::new(what, "grant a program that only you can change").at(&wish.place));
        }
        let name = Path::new(&wish.text).file_name().and_then(|name| name.to_str()).unwrap_or(&wish.text);
        Ok(is_program(&walked.real).then(|| grant(name, walked.real)))
    }

    /// As a shell finds it, but never in the project, in a folder that the target or everybody may write, or by a
    /// relative entry.
    fn in_path(&self, name: &str) -> Option<PathBuf> {
        let closed =
            |folder: &Path| fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o002 == 0);
        let folders = self.path.iter().filter(|folder| folder.is_absolute() && closed(folder));
        folders
            .filter_map(|folder| walk(&folder.join(name)).ok())
            .find(|found| self.is_safe(found))
            .map(|found| found.real)
    }

    fn is_safe(&self, found: &Walked) -> bool {
        let own = |path: &Path| self.root.is_some_and(|root| path.starts_with(root)) || self.is_writable(path);
        found.exists
            && !own(&found.real)
            && !found.link_folders.iter().any(|folder| own(folder))
            && is_program(&found.real)
    }

    fn is_writable(&self, path: &Path) -> bool {
        self.writable.iter().any(|folder| path.starts_with(folder))
    }

    /// Refuses a script whose interpreter is not granted: it could not start.
    pub fn refuse_open_closures(&self, grants: &[(Grant<Program>, &Wish)]) -> Result<(), Error> {
        for (grant, wish) in grants {
            for needed in self.interpreters(&grant.pattern.path) {
                let granted = grants.iter().any(|(other, _)| match &needed {
                    Needed::Path(path) => other.pattern.path == *path,
                    Needed::Name(name) => other.pattern.name == *name,
                });
                if !granted {
                    let name = needed.text();
                    let what = format!("{} is a script that needs {}", quoted(&wish.text), quoted(&name));
                    return Err(Problem::new(what, format!("grant run of {} too", quoted(&name))).at(&wish.place));
                }
            }
        }
        Ok(())
    }

    /// What the `#!` line of a script starts (execve(2)); nothing for a native program.
    fn interpreters(&self, path: &Path) -> Vec<Needed> {
        let mut start = [0; 256];
        let length = File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
        let Some(line) = start[..length].strip_prefix(b"#!") else { return Vec::new() };
        let line = String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next().unwrap_or(line)).into_owned();
        let mut words = line.split_ascii_whitespace();
        let Some(interpreter) = words.next() else { return Vec::new() };
        let real = walk(Path::new(interpreter)).map_or_else(|_| PathBuf::from(interpreter), |walked| walked.real);
        let mut needed = vec![Needed::Path(real)];
        if Path::new(interpreter).file_name().is_some_and(|name| name == "env") {
            let name = words.find(|word| !word.starts_with('-') && !word.contains('='));
            needed.extend(name.map(|name| Needed::Name(name.to_owned())));
        }
        needed
    }
}

enum Needed {
    Path(PathBuf),
    /// A program that env(1) looks up in the jail's PATH.
    Name(String),
}

impl Needed {
    fn text(&self) -> String {
        match self {
            Needed::Path(path) => shown(path),
            Needed::Name(name) => name.clone(),
        }
    }
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
