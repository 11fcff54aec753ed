//! Granting a folder without some of what is in it. Landlock only adds, so what lies beside is granted one by one.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder after something was taken from it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Carved {
    /// Files and folders to grant whole.
    pub whole: Vec<PathBuf>,
    /// Folders that hold something that was taken, somewhere below.
    pub opened: Vec<PathBuf>,
}

/// What remains of `root` without `taken`. Symlinks are left out: they need no grant, and a grant would go to what they
/// name. What appears later in a folder of `opened` is not covered.
pub fn carve(root: &Path, taken: &[&Path]) -> io::Result<Carved> {
    let mut carved = Carved::default();
    if taken.iter().any(|one| root.starts_with(one)) {
        return Ok(carved);
    }
    // In the order of paths, whatever lies below one follows it: a project may hold thousands of secrets.
    let taken: BTreeSet<&Path> = taken.iter().copied().collect();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(path) = waiting.pop() {
        if taken.contains(path.as_path()) {
            continue;
        }
        if !taken.range(path.as_path()..).next().is_some_and(|one| one.starts_with(&path)) {
            carved.whole.push(path);
            continue;
        }
        let Some(entries) = list(&path)? else { continue };
        for entry in entries {
            let entry = entry?;
            if !entry.file_type()?.is_symlink() {
                waiting.push(entry.path());
            }
        }
        carved.opened.push(path);
    }
    Ok(carved)
}

/// The entries of a folder; `None` where it is not one, is gone, or can't be listed: then nothing of it is granted.
fn list(path: &Path) -> io::Result<Option<fs::ReadDir>> {
    match fs::read_dir(path) {
        Ok(entries) => Ok(Some(entries)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied => Ok(None),
            _ => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn tree(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("carve-{name}-{}", std::process::id()));
        for file in ["a/one", "a/deep/two", "b/three", ".env"] {
            let file = root.join(file);
            fs::create_dir_all(file.parent().expect("it has one")).expect("a folder");
            fs::write(file, "").expect("a file");
        }
        root
    }

    fn sorted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
        paths.sort();
        paths
    }

    #[test]
    fn a_folder_with_nothing_taken_stays_whole() {
        let root = tree("whole");
        let elsewhere = root.with_extension("other");
        let carved = carve(&root, &[&elsewhere]).expect("it can be read");
        assert_eq!(carved, Carved { whole: vec![root.clone()], opened: vec![] });
        fs::remove_dir_all(root).expect("it is ours");
    }

    #[test]
    fn siblings_along_the_way_to_what_is_taken_are_granted_one_by_one() {
        let root = tree("siblings");
        let taken = [root.join("a/deep"), root.join(".env")];
        let carved = carve(&root, &[&taken[0], &taken[1]]).expect("it can be read");
        assert_eq!(sorted(carved.whole), [root.join("a/one"), root.join("b")]);
        assert_eq!(sorted(carved.opened), [root.clone(), root.join("a")]);
        fs::remove_dir_all(root).expect("it is ours");
    }

    #[test]
    fn a_symlink_beside_what_is_taken_grants_nothing() {
        let root = tree("symlink");
        symlink("/etc", root.join("link")).expect("a link");
        let carved = carve(&root, &[&root.join(".env")]).expect("it can be read");
        assert_eq!(sorted(carved.whole), [root.join("a"), root.join("b")]);
        fs::remove_dir_all(root).expect("it is ours");
    }
}
