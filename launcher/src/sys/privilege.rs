//! What a process may do beyond its user: capabilities and the flags of prctl(2).

use super::check;
use std::io;

/// `_LINUX_CAPABILITY_VERSION_3`.
const VERSION: u32 = 0x2008_0522;

/// `CAP_NET_BIND_SERVICE`, as a bit of a set.
const LOW_PORTS: u32 = 1 << 10;

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
    clear_ambient_set()?;
    set_capabilities(0, 0)
}

/// As `drop_capabilities`, but one may be taken up again, if the thread has it: for ports below 1024.
pub fn drop_capabilities_but_low_ports() -> io::Result<()> {
    clear_ambient_set()?;
    set_capabilities(0, permitted()? & LOW_PORTS)
}

/// Does `act` with the capability to bind ports below 1024, where that was kept.
pub fn with_low_ports<T>(act: impl FnOnce() -> T) -> T {
    if set_capabilities(LOW_PORTS, LOW_PORTS).is_err() {
        return act();
    }
    let result = act();
    // To give up what is held is always permitted (capabilities(7)).
    let _ = set_capabilities(0, LOW_PORTS);
    result
}

fn clear_ambient_set() -> io::Result<()> {
    let (clear_all, nothing) = (libc::PR_CAP_AMBIENT_CLEAR_ALL, 0);
    // SAFETY: prctl with PR_CAP_AMBIENT touches no memory.
    check(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, clear_all, nothing, nothing, nothing) })?;
    Ok(())
}

/// The calling thread's sets: of capabilities below 32, no others.
fn set_capabilities(effective: u32, permitted: u32) -> io::Result<()> {
    let header = [VERSION, 0];
    let sets = [effective, permitted, 0, 0, 0, 0];
    // SAFETY: the kernel reads a header of two words and two triples of words.
    check(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) })?;
    Ok(())
}

/// What the calling thread may take up, of capabilities below 32.
fn permitted() -> io::Result<u32> {
    let header = [VERSION, 0];
    let mut sets = [0_u32; 6];
    // SAFETY: the kernel reads a header of two words, and writes two triples of words.
    check(unsafe { libc::syscall(libc::SYS_capget, header.as_ptr(), sets.as_mut_ptr()) })?;
    Ok(sets[1])
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
/// `parent` may have died just before, which is `ESRCH`. Allocates nothing.
pub fn die_with_parent(parent: i32) -> io::Result<()> {
    set(libc::PR_SET_PDEATHSIG, libc::SIGKILL as u64)?;
    if super::spawn::parent() == parent { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ESRCH)) }
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
