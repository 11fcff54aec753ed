//! Which processes are the jail's, and whether a number that a call names is one of them.
//!
//! The launcher lives in the target's mount namespace, so its `/proc` is the target's: it numbers processes as the target
//! does, but where a PID namespace has to do with the machine's.

use super::setting::Jail;
use crate::sys::{listing, path};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// A process of the jail. The descriptor is on its folder in `/proc`, and stays with it: when the process is gone, its
/// number means nobody.
#[derive(Debug)]
pub struct Member {
    pub folder: OwnedFd,
}

/// More ancestors than this are a loop in what was read while processes ended.
const DEEPEST: usize = 4096;

/// Whether the process or thread that the target calls `number` may be acted on by that number. ESRCH: there is none.
/// EPERM: another's.
pub fn check(jail: Jail, number: i32) -> io::Result<()> {
    match jail {
        // The target's numbers mean processes of its namespace to the kernel; its init is the guardian.
        Jail::Namespace if number == 1 => Err(io::Error::from_raw_os_error(libc::EPERM)),
        Jail::Namespace => Ok(()),
        Jail::Descendants { .. } => find(jail, number).map(drop),
    }
}

/// The process or thread that `/proc` calls `number`, if it is the jail's. Errors as for `check`.
pub fn find(jail: Jail, number: i32) -> io::Result<Member> {
    let member = Member { folder: folder(number)? };
    let inside = match jail {
        Jail::Namespace => number != 1 && proc_is_the_namespaces(),
        Jail::Descendants { guardian } => descends(member.folder.as_fd(), guardian)?,
    };
    // If the process is alive now, it was while its ancestors were looked at.
    member.status()?;
    if inside { Ok(member) } else { Err(io::Error::from_raw_os_error(libc::EPERM)) }
}

/// Whether `/proc` shows the jail's PID namespace only. Where it is the machine's, as in containers that mask parts of
/// it, the launcher finds itself there.
fn proc_is_the_namespaces() -> bool {
    std::fs::symlink_metadata("/proc/self/status").is_err()
}

/// All processes of the jail, by the numbers that the target knows.
pub fn all(jail: Jail) -> Vec<(i32, Member)> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers.filter_map(|number: i32| Some((number, find(jail, number).ok()?))).collect()
}

impl Member {
    /// `/proc/<number>/status`
    pub fn status(&self) -> io::Result<String> {
        status_below(self.folder.as_fd())
    }

    /// Inodes of the sockets that it has.
    pub fn sockets(&self) -> Vec<u64> {
        let folder = path::open(self.folder.as_fd(), c"fd", libc::O_RDONLY | libc::O_DIRECTORY);
        let Ok(folder) = folder else { return Vec::new() };
        let numbers = listing::names(folder.as_fd(), usize::MAX).unwrap_or_default();
        let links = numbers.iter().filter_map(|number| path::read_link(folder.as_fd(), number).ok());
        links.filter_map(|link| socket_inode(&link)).collect()
    }
}

/// The number in `socket:[4711]`.
fn socket_inode(link: &[u8]) -> Option<u64> {
    let number = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn folder(number: i32) -> io::Result<OwnedFd> {
    if number <= 0 {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    File::open(format!("/proc/{number}")).map(OwnedFd::from).map_err(gone)
}

fn descends(process: BorrowedFd<'_>, guardian: i32) -> io::Result<bool> {
    let mut parent = number(&status_below(process)?, "PPid:")?;
    for _ in 0..DEEPEST {
        match parent {
            _ if parent == guardian => return Ok(true),
            0 | 1 => return Ok(false),
            _ => parent = number(&status_below(folder(parent)?.as_fd())?, "PPid:")?,
        }
    }
    Ok(false)
}

fn status_below(process: BorrowedFd<'_>) -> io::Result<String> {
    read_status(path::open(process, c"status", libc::O_RDONLY).map_err(gone)?)
}

pub fn read_status(file: OwnedFd) -> io::Result<String> {
    // Names of programs are in it, and may be any bytes.
    let mut bytes = Vec::with_capacity(2048);
    File::from(file).read_to_end(&mut bytes).map_err(gone)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last number behind `key` in a status file: the innermost namespace's where there are several.
pub fn number(status: &str, key: &str) -> io::Result<i32> {
    numbers(status, key).last().copied().ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))
}

/// All numbers behind `key`. The first line is the program's name, in which newlines are escaped.
pub fn numbers(status: &str, key: &str) -> Vec<i32> {
    let line = status.lines().skip(1).find_map(|line| line.strip_prefix(key));
    line.unwrap_or_default().split_whitespace().map_while(|number| number.parse().ok()).collect()
}

/// Whether a pidfd is on a process of the jail; seen from the broker's `proc`.
pub fn check_handle(jail: Jail, proc: BorrowedFd<'_>, handle: BorrowedFd<'_>, depth: usize) -> io::Result<()> {
    let name = CString::new(format!("self/fdinfo/{}", handle.as_raw_fd()))?;
    let information = read_status(path::open(proc, &name, libc::O_RDONLY)?)?;
    let numbers = numbers(&information, "NSpid:");
    match (jail, numbers.last()) {
        (_, None) => Err(io::Error::from_raw_os_error(libc::ESRCH)),
        // A process outside has no number in the jail's namespace: fewer numbers.
        (Jail::Namespace, Some(_)) if numbers.len() < depth => Err(io::Error::from_raw_os_error(libc::EPERM)),
        (_, Some(number)) => check(jail, *number),
    }
}

/// A process that ends while it is looked at.
fn gone(_: io::Error) -> io::Error {
    io::Error::from_raw_os_error(libc::ESRCH)
}

/// `self`'s name in `/proc`, for a thread as the broker numbers it.
pub fn in_proc(thread: i32, file: &str) -> CString {
    CString::new(format!("{thread}/{file}")).expect("neither a number nor a file of /proc holds a NUL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_the_innermost_namespaces() {
        let status = "Name:\tPPid:\\n7\nUmask:\t0022\nTgid:\t10\nPPid:\t3\nNStgid:\t10\t2\n";
        assert_eq!(number(status, "PPid:").unwrap(), 3);
        assert_eq!(number(status, "NStgid:").unwrap(), 2);
        assert!(number(status, "Uid:").is_err());
    }

    #[test]
    fn a_process_that_does_not_descend_from_the_guardian_is_not_the_jails() {
        let own = std::process::id().cast_signed();
        let parent = std::os::unix::process::parent_id().cast_signed();
        assert_eq!(find(Jail::Descendants { guardian: own }, own).unwrap_err().raw_os_error(), Some(libc::EPERM));
        assert!(find(Jail::Descendants { guardian: parent }, own).is_ok());
        assert_eq!(find(Jail::Descendants { guardian: own }, 1).unwrap_err().raw_os_error(), Some(libc::EPERM));
        assert_eq!(find(Jail::Namespace, i32::MAX).unwrap_err().raw_os_error(), Some(libc::ESRCH));
    }
}
