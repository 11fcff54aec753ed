//! Folders instead of two hundred files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// So many files in one folder are granted as the folder.
const MANY: usize = 4;

/// The fewest paths that cover `files` and `folders`: a folder where it was listed, or where many paths lie side by
/// side; never one that is `too_wide`.
pub fn group(files: &BTreeSet<PathBuf>, folders: &BTreeSet<PathBuf>, too_wide: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let listed = folders.iter().filter(|folder| !too_wide(folder)).cloned();
    let mut paths = without_covered(files.iter().cloned().chain(listed).collect());
    loop {
        let mut beside: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for parent in paths.iter().filter_map(|path| path.parent()).filter(|parent| !too_wide(parent)) {
            *beside.entry(parent.to_path_buf()).or_default() += 1;
        }
        let crowded: Vec<PathBuf> =
            beside.into_iter().filter(|(_, count)| *count >= MANY).map(|(folder, _)| folder).collect();
        if crowded.is_empty() {
            return paths.into_iter().collect();
        }
        paths.extend(crowded);
        paths = without_covered(paths);
    }
}

/// Without what lies in another of them.
pub fn without_covered(paths: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
    // A folder comes before what is in it.
    for path in paths {
        if !path.ancestors().any(|above| kept.contains(above)) {
            kept.insert(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(paths: &[&str]) -> BTreeSet<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    fn grouped(files: &[&str], folders: &[&str]) -> Vec<PathBuf> {
        group(&set(files), &set(folders), |folder| folder == Path::new("/") || folder == Path::new("/opt"))
    }

    #[test]
    fn many_files_of_one_folder_are_that_folder() {
        let files = ["/opt/app/a", "/opt/app/b", "/opt/app/c", "/opt/app/d", "/opt/one"];
        assert_eq!(grouped(&files, &[]), [PathBuf::from("/opt/app"), PathBuf::from("/opt/one")]);
    }

    #[test]
    fn folders_that_are_too_wide_are_never_proposed() {
        let files = ["/opt/a/x", "/opt/b/x", "/opt/c/x", "/opt/d/x", "/opt/e/x"];
        assert_eq!(grouped(&files, &["/opt"]).len(), 5);
    }

    #[test]
    fn what_lies_in_a_listed_folder_is_covered() {
        assert_eq!(grouped(&["/data/a/b", "/data/c"], &["/data"]), [PathBuf::from("/data")]);
    }
}
