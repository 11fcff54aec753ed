//! Texts of paths, and where they really lead.

use super::error::{Error, Problem, quoted, shown};
use super::section::Wish;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// As many symlinks as the kernel follows in one look-up (path_resolution(7)).
const LINKS: usize = 40;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// Absolute, without symlinks; what does not exist is taken as it is written.
    pub real: PathBuf,
    /// The real folders that the crossed symlinks lie in.
    pub link_folders: Vec<PathBuf>,
    pub exists: bool,
}

/// Follows `path`, which is absolute, one name after the other.
pub fn walk(path: &Path) -> io::Result<Walked> {
    let mut ahead: Vec<OsString> = path.components().rev().filter_map(name).collect();
    let mut walked = Walked { real: PathBuf::from("/"), link_folders: Vec::new(), exists: true };
    while let Some(next) = ahead.pop() {
        if next == ".." {
            if !walked.exists {
                return Err(io::Error::other("it goes back out of a folder that does not exist"));
            }
            // The kernel goes back out of folders only.
            if !walked.real.is_dir() {
                return Err(io::Error::from(io::ErrorKind::NotADirectory));
            }
            walked.real.pop();
            continue;
        }
        let here = walked.real.join(&next);
        if !walked.exists {
            walked.real = here;
            continue;
        }
        match fs::symlink_metadata(&here) {
            Ok(metadata) if metadata.is_symlink() => {
                if walked.link_folders.len() == LINKS {
                    return Err(io::Error::other("it crosses too many symlinks"));
                }
                let target = fs::read_link(&here)?;
                walked.link_folders.push(walked.real.clone());
                if target.is_absolute() {
                    walked.real = PathBuf::from("/");
                }
                ahead.extend(target.components().rev().filter_map(name));
            }
            Ok(_) => walked.real = here,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                walked.exists = false;
                walked.real = here;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(walked)
}

fn name(component: Component<'_>) -> Option<OsString> {
    match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    }
}

/// The absolute path that `text` names, symlinks unresolved.
pub fn absolute(text: &str, base: &Path) -> Result<PathBuf, Problem> {
    if text.contains('\0') {
        return Err(Problem::new(format!("{} has a NUL in it", quoted(text)), "remove it"));
    }
    if text == "~" || text.starts_with("~/") || text.starts_with('$') {
        return Err(Problem::new(
            format!("{} is for a shell to expand", quoted(text)),
            "write the absolute path, or one that starts at the package.json's folder",
        ));
    }
    if text.starts_with("file:") {
        return Err(Problem::new(format!("{} is a URL", quoted(text)), "write the path alone"));
    }
    if let Some(star) = text.find(['*', '?']) {
        let folder = match text[..star].rsplit_once('/') {
            Some(("", _)) => "/",
            Some((folder, _)) => folder,
            None => ".",
        };
        return Err(Problem::new(
            format!("{} is a glob, and the kernel grants folders and files", quoted(text)),
            format!("write the folder, {}, or each file", quoted(folder)),
        ));
    }
    Ok(base.join(text))
}

/// Follows the path of a wish.
pub fn walk_wish(wish: &Wish) -> Result<Walked, Error> {
    let path = absolute(&wish.text, &wish.base).map_err(|problem| problem.at(&wish.place))?;
    walk(&path).map_err(|error| {
        Problem::new(format!("{} cannot be followed: {error}", quoted(&wish.text)), "write a path that can")
            .at(&wish.place)
    })
}

/// Refuses a path that crosses a symlink lying in a folder that the target may write: an earlier run may have put it
/// there, so that it leads where nobody granted.
pub fn refuse_planted(walked: &Walked, writable: &[PathBuf], wish: &Wish) -> Result<(), Error> {
    let planted = walked.link_folders.iter().find(|folder| writable.iter().any(|own| folder.starts_with(own)));
    match planted {
        None => Ok(()),
        Some(folder) => Err(Problem::new(
            format!("{} crosses a symlink in {}, which the program may write", quoted(&wish.text), shown(folder)),
            format!("write where it leads, {}, if that is meant", shown(&walked.real)),
        )
        .at(&wish.place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::testing::Scratch;
    use std::os::unix::fs::symlink;

    #[test]
    fn follows_links_and_remembers_where_they_lie() {
        let scratch = Scratch::new("walk");
        let root = scratch.path();
        fs::create_dir_all(root.join("a/b")).expect("made");
        symlink("../a/b", root.join("a/link")).expect("made");
        let walked = walk(&root.join("a/./link/../b//x/y")).expect("walked");
        assert_eq!(walked.real, root.join("a/b/x/y"));
        assert_eq!(walked.link_folders, [root.join("a")]);
        assert!(!walked.exists);
    }

    #[test]
    fn a_loop_of_links_ends() {
        let scratch = Scratch::new("loop");
        symlink("two", scratch.path().join("one")).expect("made");
        symlink("one", scratch.path().join("two")).expect("made");
        assert!(walk(&scratch.path().join("one")).is_err());
    }

    #[test]
    fn nothing_leads_back_out_of_what_does_not_exist() {
        let scratch = Scratch::new("back");
        assert!(walk(&scratch.path().join("absent/../x")).is_err());
    }

    #[test]
    fn what_a_shell_would_expand_is_refused() {
        for text in ["~", "~/x", "$HOME/x", "data/*.json", "a?", "file:///x", "a\0b"] {
            assert!(absolute(text, Path::new("/p")).is_err(), "{text:?}");
        }
        assert_eq!(absolute("pages/[id]", Path::new("/p")).ok(), Some("/p/pages/[id]".into()));
    }
}
