//! Removing a folder that a target filled: of any depth, with any modes, and never through a symlink.

use crate::sys::{file, listing};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// Removes the folder `name` of `parent`, which is open as `top`, and everything in it. Nothing may change it meanwhile
/// but other removals.
///
/// Folders found below are moved up to `top` before they are looked into, so that depth costs neither stack nor
/// descriptors.
pub fn remove(parent: BorrowedFd<'_>, name: &CStr, top: &OwnedFd) -> io::Result<()> {
    let top = top.as_fd();
    for usual in [c"home", c"tmp", c"bin", c"root", c"none"] {
        // Mostly they are empty, and then this is all.
        let _ = file::remove_folder(top, usual);
    }
    if file::remove_folder(parent, name).is_ok() {
        return Ok(());
    }
    let mut moved = 0_u64;
    loop {
        let entries = names(top, "", usize::MAX);
        if entries.is_empty() {
            return file::remove_folder(parent, name);
        }
        for entry in entries {
            remove_entry(top, top, &entry, &mut moved)?;
        }
    }
}

/// Removes `name` of `folder`, or empties it: folders in it become entries of `top`.
fn remove_entry(top: BorrowedFd<'_>, folder: BorrowedFd<'_>, name: &CStr, moved: &mut u64) -> io::Result<()> {
    let status = file::status_at(folder, name)?;
    if status.st_mode & libc::S_IFMT != libc::S_IFDIR {
        return file::remove_file(folder, name);
    }
    // Searching, listing and renaming need these bits of the folder itself; the owner may always set them.
    if status.st_mode & 0o700 != 0o700 {
        file::set_mode(folder, name, 0o700)?;
    }
    if file::remove_folder(folder, name).is_ok() {
        return Ok(());
    }
    if folder.as_raw_fd() != top.as_raw_fd() {
        *moved += 1;
        return file::rename(folder, name, top, &unused_name(top, moved)?);
    }
    let inner = file::open_at(Some(folder), name, libc::O_DIRECTORY | libc::O_NOFOLLOW)?;
    for entry in names(inner.as_fd(), "", usize::MAX) {
        remove_entry(top, inner.as_fd(), &entry, moved)?;
    }
    file::remove_folder(folder, name)
}

fn unused_name(top: BorrowedFd<'_>, moved: &mut u64) -> io::Result<CString> {
    loop {
        let name = CString::new(format!("moved-{moved}"))?;
        match file::status_at(top, &name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(name),
            _ => *moved += 1,
        }
    }
}

/// Names in `folder` that begin with `prefix`, among its first `most`; none where it can't be listed.
pub fn names(folder: BorrowedFd<'_>, prefix: &str, most: usize) -> Vec<CString> {
    let mut names = listing::names(folder, most).unwrap_or_default();
    names.retain(|name| name.to_bytes().starts_with(prefix.as_bytes()));
    names
}
