//! Files and folders by descriptor.

use super::check;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Opens `path` as a mere handle (O_PATH), through symlinks.
pub fn handle(path: &CStr) -> io::Result<OwnedFd> {
    open_at(None, path, libc::O_PATH)
}

/// Opens `path`, relative to `folder` where there is one; close-on-exec.
pub fn open_at(folder: Option<BorrowedFd<'_>>, path: &CStr, flags: i32) -> io::Result<OwnedFd> {
    let folder = folder.map_or(libc::AT_FDCWD, |folder| folder.as_raw_fd());
    // SAFETY: the kernel reads the string, which ends with a zero.
    let number = check(unsafe { libc::openat(folder, path.as_ptr(), flags | libc::O_CLOEXEC) })?;
    // SAFETY: openat just gave us the number, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Whether a descriptor is of a folder.
pub fn is_folder(descriptor: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(status(descriptor)?.st_mode & libc::S_IFMT == libc::S_IFDIR)
}

pub fn status(descriptor: BorrowedFd<'_>) -> io::Result<libc::stat> {
    // SAFETY: all-zero is a valid stat.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one stat.
    check(unsafe { libc::fstat(descriptor.as_raw_fd(), &raw mut status) })?;
    Ok(status)
}

/// What the file system that a descriptor lies in holds, in bytes.
pub fn bytes_used(descriptor: BorrowedFd<'_>) -> io::Result<u64> {
    let found = file_system(descriptor)?;
    Ok(found.f_blocks.saturating_sub(found.f_bfree).saturating_mul(found.f_bsize as u64))
}

/// Whether the file system that a descriptor lies in takes no more bytes, or no more files.
pub fn is_full(descriptor: BorrowedFd<'_>) -> io::Result<bool> {
    let found = file_system(descriptor)?;
    Ok(found.f_bavail == 0 || found.f_ffree == 0)
}

fn file_system(descriptor: BorrowedFd<'_>) -> io::Result<libc::statfs> {
    // SAFETY: all-zero is a valid statfs.
    let mut found: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one statfs.
    check(unsafe { libc::fstatfs(descriptor.as_raw_fd(), &raw mut found) })?;
    Ok(found)
}

/// The status of a name in a folder, without following it.
pub fn status_at(folder: BorrowedFd<'_>, name: &CStr) -> io::Result<libc::stat> {
    // SAFETY: all-zero is a valid stat.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    let flags = libc::AT_SYMLINK_NOFOLLOW;
    // SAFETY: the kernel reads the string and writes one stat.
    check(unsafe { libc::fstatat(folder.as_raw_fd(), name.as_ptr(), &raw mut status, flags) })?;
    Ok(status)
}

/// Makes an empty file that was not there; close-on-exec.
pub fn make_file(parent: BorrowedFd<'_>, name: &CStr, mode: u32) -> io::Result<OwnedFd> {
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: `name` ends with a NUL and lives for the length of the call; the mode is read because of O_CREAT.
    let descriptor = check(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), flags, mode) })?;
    // SAFETY: openat just gave us the descriptor, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

pub fn make_folder(parent: BorrowedFd<'_>, name: &CStr, mode: u32) -> io::Result<()> {
    // SAFETY: the kernel reads the string.
    check(unsafe { libc::mkdirat(parent.as_raw_fd(), name.as_ptr(), mode) })?;
    Ok(())
}

pub fn make_link(target: &CStr, parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    // SAFETY: the kernel reads both strings.
    check(unsafe { libc::symlinkat(target.as_ptr(), parent.as_raw_fd(), name.as_ptr()) })?;
    Ok(())
}

pub fn remove_file(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    remove(parent, name, 0)
}

pub fn remove_folder(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    remove(parent, name, libc::AT_REMOVEDIR)
}

fn remove(parent: BorrowedFd<'_>, name: &CStr, flags: i32) -> io::Result<()> {
    // SAFETY: the kernel reads the string.
    check(unsafe { libc::unlinkat(parent.as_raw_fd(), name.as_ptr(), flags) })?;
    Ok(())
}

pub fn rename(from: BorrowedFd<'_>, name: &CStr, to: BorrowedFd<'_>, new: &CStr) -> io::Result<()> {
    // SAFETY: the kernel reads both strings.
    check(unsafe { libc::renameat(from.as_raw_fd(), name.as_ptr(), to.as_raw_fd(), new.as_ptr()) })?;
    Ok(())
}

/// Gives each of two names what the other one had, in one step (`RENAME_EXCHANGE` of renameat2(2)).
pub fn exchange(from: BorrowedFd<'_>, name: &CStr, to: BorrowedFd<'_>, other: &CStr) -> io::Result<()> {
    let (from, to) = (from.as_raw_fd(), to.as_raw_fd());
    let (name, other) = (name.as_ptr(), other.as_ptr());
    // SAFETY: the kernel reads both strings. Older C libraries have no function for it.
    check(unsafe { libc::syscall(libc::SYS_renameat2, from, name, to, other, libc::RENAME_EXCHANGE) })?;
    Ok(())
}

/// Sets the mode of a name in a folder. Follows a symlink: only for what is known not to be one.
pub fn set_mode(parent: BorrowedFd<'_>, name: &CStr, mode: u32) -> io::Result<()> {
    // SAFETY: the kernel reads the string.
    check(unsafe { libc::fchmodat(parent.as_raw_fd(), name.as_ptr(), mode, 0) })?;
    Ok(())
}

/// Takes the one lock of an open file if nobody has it (flock(2)). It ends with the last copy of the descriptor.
pub fn try_lock(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: flock touches no memory.
    check(unsafe { libc::flock(descriptor.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) })?;
    Ok(())
}

/// The same, and waits for whoever has it.
pub fn lock(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: flock touches no memory.
    check(unsafe { libc::flock(descriptor.as_raw_fd(), libc::LOCK_EX) })?;
    Ok(())
}

/// `RESOLVE_NO_SYMLINKS` of openat2(2).
const NO_SYMLINKS: u64 = 0x04;

/// Opens `path` as a mere handle; ELOOP where a part of it is a symlink.
pub fn handle_without_links(path: &CStr) -> io::Result<OwnedFd> {
    // `struct open_how`: flags, mode, resolve.
    let how = [(libc::O_PATH | libc::O_CLOEXEC) as u64, 0, NO_SYMLINKS];
    let (at, size) = (libc::AT_FDCWD, size_of_val(&how));
    // SAFETY: the kernel reads the string and one `open_how`.
    let opened = check(unsafe { libc::syscall(libc::SYS_openat2, at, path.as_ptr(), how.as_ptr(), size) });
    match opened {
        // SAFETY: openat2 just gave us the number, so nothing else owns it.
        Ok(number) => Ok(unsafe { OwnedFd::from_raw_fd(number as i32) }),
        // Inside of a jail, which hides the flags of this call from its filter.
        Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => handle_at_its_own_name(path),
        Err(error) => Err(error),
    }
}

/// The same by a look at the name that the kernel has for what was opened.
fn handle_at_its_own_name(path: &CStr) -> io::Result<OwnedFd> {
    let found = open_at(None, path, libc::O_PATH | libc::O_NOFOLLOW)?;
    let name = std::fs::read_link(format!("/proc/self/fd/{}", found.as_raw_fd()))?;
    let same = name.as_os_str().as_encoded_bytes() == path.to_bytes();
    if same { Ok(found) } else { Err(io::Error::from_raw_os_error(libc::ELOOP)) }
}

/// A file in memory with these bytes, at their beginning, that nobody can change any more; close-on-exec.
pub fn sealed(name: &CStr, bytes: &[u8]) -> io::Result<OwnedFd> {
    const SEALS: i32 = libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    // SAFETY: the kernel reads the string, which ends with a zero.
    let number = check(unsafe { libc::memfd_create(name.as_ptr(), flags) })?;
    // SAFETY: memfd_create just gave us the number, so nothing else owns it.
    let file = unsafe { OwnedFd::from_raw_fd(number) };
    // SAFETY: the kernel reads the bytes of the slice.
    let written = check(unsafe { libc::pwrite(number, bytes.as_ptr().cast(), bytes.len(), 0) })?;
    if written as usize != bytes.len() {
        return Err(io::Error::from_raw_os_error(libc::ENOSPC));
    }
    // SAFETY: fcntl with F_ADD_SEALS takes a number and touches no memory.
    check(unsafe { libc::fcntl(number, libc::F_ADD_SEALS, SEALS) })?;
    Ok(file)
}
