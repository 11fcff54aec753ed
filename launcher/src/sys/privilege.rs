//! What a process may do beyond its user: capabilities and the flags of prctl(2).

use super::check;
use std::io;

/// `_LINUX_CAPABILITY_VERSION_3`.
const VERSION: u32 = 0x2008_0522;

/// Empties the bounding set, for a process that executes another program. Allocates nothing.
pub fn drop_bounding_set() -> io::Result<()> {
    for capability in 0..64 {
        // SAFETY: prctl with PR_CAPBSET_DROP touches no memory.
        let dropped = check(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) });
        match dropped.map_err(|error| error.raw_os_error()) {
            Ok(_) => {}
            // The number after the last one that this kernel knows.
            Err(Some(libc::EINVAL)) => break,
            // Without CAP_SETPCAP the set only bounds what exec could add, and no_new_privs stops that.
            Err(Some(libc::EPERM)) => break,
            Err(code) => return Err(io::Error::from_raw_os_error(code.unwrap_or(libc::EIO))),
        }
    }
    Ok(())
}

/// Empties the calling thread's sets of capabilities, but for the bounding one. Allocates nothing.
pub fn drop_capabilities() -> io::Result<()> {
    let (clear_all, nothing) = (libc::PR_CAP_AMBIENT_CLEAR_ALL, 0);
    // SAFETY: prctl with PR_CAP_AMBIENT touches no memory.
    check(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, clear_all, nothing, nothing, nothing) })?;
    let header = [VERSION, 0];
    let empty = [0_u32; 6];
    // SAFETY: the kernel reads a header of two words and two triples of words.
    check(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), empty.as_ptr()) })?;
    Ok(())
}

/// No exec gives more rights any more.
pub fn never_gain() -> io::Result<()> {
    set(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// Whether other processes of the user may look into this one.
pub fn set_dumpable(dumpable: bool) -> io::Result<()> {
    set(libc::PR_SET_DUMPABLE, u64::from(dumpable))
}

/// Processes below this one whose parent ends become its children.
pub fn adopt_orphans() -> io::Result<()> {
    set(libc::PR_SET_CHILD_SUBREAPER, 1)
}

/// Ends this process when the thread that made it ends.
pub fn die_with_parent() -> io::Result<()> {
    set(libc::PR_SET_PDEATHSIG, libc::SIGKILL as u64)
}

fn set(option: i32, value: u64) -> io::Result<()> {
    // SAFETY: these options take numbers and touch no memory.
    check(unsafe { libc::prctl(option, value, 0, 0, 0) })?;
    Ok(())
}

pub fn user() -> u32 {
    // SAFETY: geteuid touches no memory and cannot fail.
    unsafe { libc::geteuid() }
}

pub fn group() -> u32 {
    // SAFETY: getegid touches no memory and cannot fail.
    unsafe { libc::getegid() }
}
