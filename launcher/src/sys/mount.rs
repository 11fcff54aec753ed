//! Namespaces and mounts.

use super::{check, descriptor};
use std::ffi::{CStr, CString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::null;

pub const USER: i32 = libc::CLONE_NEWUSER;
pub const MOUNTS: i32 = libc::CLONE_NEWNS;
pub const PROCESSES: i32 = libc::CLONE_NEWPID;

/// The number of the mount that an open file lies in (statx(2)).
pub fn of(descriptor: BorrowedFd<'_>) -> io::Result<u64> {
    let mut found = MaybeUninit::<libc::statx>::zeroed();
    let (number, flags) = (descriptor.as_raw_fd(), libc::AT_EMPTY_PATH);
    // SAFETY: the path is a string, and the kernel fills `found`, which is as large as it says.
    check(unsafe { libc::statx(number, c"".as_ptr(), flags, libc::STATX_MNT_ID, found.as_mut_ptr()) })?;
    // SAFETY: all bytes zero is a statx, and the kernel wrote others over them.
    Ok(unsafe { found.assume_init() }.stx_mnt_id)
}

/// Leaves the given namespaces for new ones.
pub fn unshare(namespaces: i32) -> io::Result<()> {
    // SAFETY: unshare touches no memory.
    check(unsafe { libc::unshare(namespaces) })?;
    Ok(())
}

/// Lets nothing that is mounted here reach other mount namespaces, nor the other way round.
pub fn make_private() -> io::Result<()> {
    mount(None, c"/", None, libc::MS_REC | libc::MS_PRIVATE, None)
}

/// Leaves the mount at `on` out when something that it lies in is bound elsewhere.
pub fn make_unbindable(on: &CStr) -> io::Result<()> {
    mount(None, on, None, libc::MS_UNBINDABLE, None)
}

/// A new file system in memory.
pub fn memory(on: &CStr, options: &CStr) -> io::Result<()> {
    mount(Some(c"cordon"), on, Some(c"tmpfs"), libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC, Some(options))
}

/// A new file system in memory, at home nowhere yet, for so many bytes and so many files and folders (tmpfs(5)).
pub fn in_memory(bytes: u64, files: u64) -> io::Result<OwnedFd> {
    let (bytes, files) = (CString::new(bytes.to_string())?, CString::new(files.to_string())?);
    let settings = [(c"source", c"cordon"), (c"mode", c"755"), (c"size", &*bytes), (c"nr_inodes", &*files)];
    new(c"tmpfs", &settings, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV)
}

/// The calling process's PID namespace as files, not to be written; at home nowhere yet.
pub fn processes() -> io::Result<OwnedFd> {
    let closed = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOEXEC;
    new(c"proc", &[(c"source", c"proc")], closed | libc::MOUNT_ATTR_RDONLY)
}

/// A new file system (fsopen(2), fsconfig(2), fsmount(2)).
fn new(kind: &CStr, settings: &[(&CStr, &CStr)], attributes: u64) -> io::Result<OwnedFd> {
    const CREATE: libc::c_long = 6;
    const SET_STRING: libc::c_long = 1;
    // SAFETY: the kernel reads the string.
    let context = own(unsafe { libc::syscall(libc::SYS_fsopen, kind.as_ptr(), 1) })?;
    let number = context.as_raw_fd();
    for (name, value) in settings {
        let (name, value) = (name.as_ptr(), value.as_ptr());
        // SAFETY: the kernel reads two strings.
        check(unsafe { libc::syscall(libc::SYS_fsconfig, number, SET_STRING, name, value, 0) })?;
    }
    // SAFETY: without a name and a value the kernel reads no memory.
    check(unsafe { libc::syscall(libc::SYS_fsconfig, number, CREATE, null::<u8>(), null::<u8>(), 0) })?;
    // SAFETY: fsmount touches no memory.
    own(unsafe { libc::syscall(libc::SYS_fsmount, number, 1, attributes) })
}

/// A mount that shows `folder`, at home nowhere yet (open_tree(2)).
pub fn detached_copy(folder: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    const CLONE: libc::c_int = 1;
    let flags = CLONE | libc::O_CLOEXEC | libc::AT_EMPTY_PATH;
    // SAFETY: the kernel reads an empty string.
    own(unsafe { libc::syscall(libc::SYS_open_tree, folder.as_raw_fd(), c"".as_ptr(), flags) })
}

/// Lays a mount that is at home nowhere on `on` (move_mount(2)).
pub fn attach(mount: BorrowedFd<'_>, on: &CStr) -> io::Result<()> {
    const FROM_DESCRIPTOR: libc::c_int = 4;
    let (mount, nothing) = (mount.as_raw_fd(), c"".as_ptr());
    // SAFETY: the kernel reads two strings.
    check(unsafe {
        libc::syscall(libc::SYS_move_mount, mount, nothing, libc::AT_FDCWD, on.as_ptr(), FROM_DESCRIPTOR)
    })?;
    Ok(())
}

/// Makes `folder` the current one.
pub fn enter(folder: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fchdir touches no memory.
    check(unsafe { libc::fchdir(folder.as_raw_fd()) })?;
    Ok(())
}

fn own(number: libc::c_long) -> io::Result<OwnedFd> {
    descriptor::own(check(number)? as i32)
}

/// Shows `from` and everything mounted below it at `on` too.
pub fn bind(from: &CStr, on: &CStr) -> io::Result<()> {
    mount(Some(from), on, None, libc::MS_BIND | libc::MS_REC, None)
}

fn mount(from: Option<&CStr>, on: &CStr, kind: Option<&CStr>, flags: u64, options: Option<&CStr>) -> io::Result<()> {
    let text = |value: Option<&CStr>| value.map_or(null(), CStr::as_ptr);
    // SAFETY: the kernel reads strings that end with a zero, or null where it takes null.
    check(unsafe { libc::mount(text(from), on.as_ptr(), text(kind), flags, text(options).cast()) })?;
    Ok(())
}

/// Lets nobody write on the mount at `on` and all below it, use devices there, or gain rights by set-user-ID programs
/// (mount_setattr(2)).
pub fn make_read_only(on: &CStr) -> io::Result<()> {
    let set = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_RDONLY;
    let wanted = libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let (pointer, size) = (&raw const wanted, size_of::<libc::mount_attr>());
    let flags = libc::AT_RECURSIVE;
    // SAFETY: the kernel reads the string and one `mount_attr`.
    check(unsafe { libc::syscall(libc::SYS_mount_setattr, libc::AT_FDCWD, on.as_ptr(), flags, pointer, size) })?;
    Ok(())
}

/// Makes the current folder, a mount, the root of every process that had the present one, and lays the old on top.
pub fn pivot_root_here() -> io::Result<()> {
    // SAFETY: the kernel reads two strings.
    check(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) })?;
    Ok(())
}

/// Takes away what is mounted on the current folder, now for names, later for what is still open.
pub fn detach_here() -> io::Result<()> {
    // SAFETY: the kernel reads one string.
    check(unsafe { libc::umount2(c".".as_ptr(), libc::MNT_DETACH) })?;
    Ok(())
}

pub fn change_folder(path: &CStr) -> io::Result<()> {
    // SAFETY: the kernel reads one string.
    check(unsafe { libc::chdir(path.as_ptr()) })?;
    Ok(())
}
