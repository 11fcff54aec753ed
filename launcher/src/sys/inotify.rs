//! Changes of files (inotify(7)).

use super::{check, descriptor};
use std::ffi::{CStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

/// One change of a name in a watched folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What `add` gave for the folder.
    pub folder: i32,
    pub name: OsString,
    pub is_folder: bool,
}

/// A descriptor that changes are read from.
pub fn open() -> io::Result<OwnedFd> {
    // SAFETY: inotify_init1 touches no memory.
    let number = check(unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) })?;
    // SAFETY: inotify_init1 just gave us the number, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Watches names in a folder appear, go, and be written.
pub fn add(watcher: &OwnedFd, folder: &CStr) -> io::Result<i32> {
    let mask = libc::IN_CLOSE_WRITE
        | libc::IN_CREATE
        | libc::IN_DELETE
        | libc::IN_MOVE
        | libc::IN_ONLYDIR
        | libc::IN_EXCL_UNLINK;
    // SAFETY: the kernel reads the string, which ends with a zero.
    check(unsafe { libc::inotify_add_watch(watcher.as_raw_fd(), folder.as_ptr(), mask) })
}

/// The changes that wait; none where there are none.
pub fn read(watcher: &OwnedFd) -> io::Result<Vec<Change>> {
    let mut bytes = vec![0; 64 * 1024];
    match descriptor::read(watcher.as_fd(), &mut bytes) {
        Ok(length) => Ok(parse(&bytes[..length])),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// `struct inotify_event`: watch, mask, cookie, length of the name, four bytes each; then the name and zeros.
fn parse(mut bytes: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<16>() {
        let field = |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (name, after) = rest.split_at(rest.len().min(field(12) as usize));
        let length = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        changes.push(Change {
            folder: field(0).cast_signed(),
            name: OsString::from_vec(name[..length].to_vec()),
            is_folder: field(4) & libc::IN_ISDIR != 0,
        });
        bytes = after;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::fs;

    #[test]
    fn written_and_made_names_are_told() {
        let folder = std::env::temp_dir().join(format!("inotify-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let watcher = open().expect("a watcher");
        let path = CString::new(folder.as_os_str().as_encoded_bytes()).expect("no NUL");
        let number = add(&watcher, &path).expect("watched");
        fs::write(folder.join("a.js"), "x").expect("written");
        fs::create_dir(folder.join("sub")).expect("made");
        let changes = read(&watcher).expect("read");
        fs::remove_dir_all(&folder).expect("removed");
        assert!(changes.contains(&Change { folder: number, name: "a.js".into(), is_folder: false }));
        assert!(changes.contains(&Change { folder: number, name: "sub".into(), is_folder: true }));
        assert!(read(&watcher).expect("read").iter().all(|change| change.name != "b.js"));
    }
}
