//! Paths by their names alone: nothing here asks what is a symlink.

use std::path::{Component, Path, PathBuf};

/// `/a/./b/../c` as `/a/c`.
pub fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}
