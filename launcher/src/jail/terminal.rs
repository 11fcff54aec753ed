//! The terminal that the target shares with the launcher.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The devices behind stdin, stdout and stderr where they are terminals, and /dev/tty: a program opens them again by
/// name, to ask for a password say.
pub fn devices() -> Vec<PathBuf> {
    let mut devices: Vec<PathBuf> = (0..3).filter_map(terminal).collect();
    devices.dedup();
    if !devices.is_empty() {
        devices.push(PathBuf::from("/dev/tty"));
    }
    devices
}

/// The name of a pseudo-terminal or a virtual console that is open as `number`.
fn terminal(number: u32) -> Option<PathBuf> {
    let open = fs::metadata(format!("/proc/self/fd/{number}")).ok()?;
    if !open.file_type().is_char_device() {
        return None;
    }
    // Major numbers (Documentation/admin-guide/devices.txt): 136 to 143 pseudo-terminals, 4 consoles and serial lines.
    let major = open.rdev() >> 8 & 0xfff;
    if !matches!(major, 4 | 136..=143) {
        return None;
    }
    let name = fs::read_link(format!("/proc/self/fd/{number}")).ok()?;
    let same = fs::metadata(&name).ok().is_some_and(|named| named.rdev() == open.rdev());
    (same && name.starts_with(Path::new("/dev"))).then_some(name)
}
