//! Signals: blocking, reading, sending.

use super::check;
use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Signals that were blocked.
#[derive(Clone, Copy)]
pub struct Mask(libc::sigset_t);

impl std::fmt::Debug for Mask {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Mask")
    }
}

/// One signal that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    pub number: i32,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The terminal and other parts of the kernel: it goes to the whole process group.
    Kernel,
    /// kill(2) and its kin, from a process.
    Process,
}

/// Blocks every signal for the calling thread and those it starts; returns what was blocked before.
pub fn block_all() -> io::Result<Mask> {
    // SAFETY: all-zero is a valid set.
    let (mut every, mut before): (libc::sigset_t, libc::sigset_t) = unsafe { (zeroed(), zeroed()) };
    // SAFETY: sigfillset writes one set.
    check(unsafe { libc::sigfillset(&raw mut every) })?;
    // SAFETY: the kernel reads one set and writes the other.
    check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const every, &raw mut before) })?;
    Ok(Mask(before))
}

/// Blocks what `mask` says and nothing else. Allocates nothing.
pub fn restore(mask: &Mask) -> io::Result<()> {
    // SAFETY: the kernel reads one set.
    check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const mask.0, std::ptr::null_mut()) })?;
    Ok(())
}

/// What happens at `number` is what happens where nobody says anything. Allocates nothing.
pub fn set_default(number: i32) -> io::Result<()> {
    // SAFETY: all-zero is a sigaction with SIG_DFL, no flags and an empty mask.
    let action: libc::sigaction = unsafe { zeroed() };
    // SAFETY: the kernel reads one sigaction.
    check(unsafe { libc::sigaction(number, &raw const action, std::ptr::null_mut()) })?;
    Ok(())
}

/// A descriptor from which blocked signals are read.
pub fn descriptor() -> io::Result<OwnedFd> {
    // SAFETY: all-zero is a valid set.
    let mut every: libc::sigset_t = unsafe { zeroed() };
    // SAFETY: sigfillset writes one set.
    check(unsafe { libc::sigfillset(&raw mut every) })?;
    descriptor_for(&every)
}

/// The same for the ends and stops of children only.
pub fn descriptor_of_children() -> io::Result<OwnedFd> {
    // SAFETY: all-zero is a valid set.
    let mut one: libc::sigset_t = unsafe { zeroed() };
    // SAFETY: sigaddset writes one set.
    check(unsafe { libc::sigaddset(&raw mut one, libc::SIGCHLD) })?;
    descriptor_for(&one)
}

fn descriptor_for(signals: &libc::sigset_t) -> io::Result<OwnedFd> {
    // SAFETY: the kernel reads one set.
    let number = check(unsafe { libc::signalfd(-1, signals, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) })?;
    // SAFETY: signalfd just gave us the number, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// The next signal that arrived, or `None`.
pub fn next(descriptor: BorrowedFd<'_>) -> io::Result<Option<Arrived>> {
    // SAFETY: all-zero is a valid signalfd_siginfo.
    let mut info: libc::signalfd_siginfo = unsafe { zeroed() };
    let size = size_of::<libc::signalfd_siginfo>();
    // SAFETY: the kernel writes at most one signalfd_siginfo.
    match check(unsafe { libc::read(descriptor.as_raw_fd(), (&raw mut info).cast(), size) }) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
        Err(error) => return Err(error),
    }
    // Codes of signals from processes are zero or negative (sigaction(2)); SI_KERNEL and faults are positive.
    let origin = if info.ssi_code > 0 { Origin::Kernel } else { Origin::Process };
    Ok(Some(Arrived { number: info.ssi_signo as i32, origin }))
}

/// Takes `number` from the signals that wait for this process. Returns whether it was among them.
pub fn take_pending(number: i32) -> bool {
    // SAFETY: all-zero is a valid set and a valid timespec of no time.
    let (mut one, no_time): (libc::sigset_t, libc::timespec) = unsafe { (zeroed(), zeroed()) };
    // SAFETY: sigaddset writes one set.
    if check(unsafe { libc::sigaddset(&raw mut one, number) }).is_err() {
        return false;
    }
    // SAFETY: the kernel reads one set and one timespec.
    check(unsafe { libc::sigtimedwait(&raw const one, std::ptr::null_mut(), &raw const no_time) }).is_ok()
}

pub fn send(process: i32, number: i32) -> io::Result<()> {
    // SAFETY: kill touches no memory.
    check(unsafe { libc::kill(process, number) })?;
    Ok(())
}

/// Sends a signal to this process, which must not block it to feel it.
pub fn raise(number: i32) -> io::Result<()> {
    send(std::process::id() as i32, number)
}

/// Lets `number` arrive.
pub fn unblock(number: i32) -> io::Result<()> {
    // SAFETY: all-zero is a valid set.
    let mut one: libc::sigset_t = unsafe { zeroed() };
    // SAFETY: sigaddset writes one set.
    check(unsafe { libc::sigaddset(&raw mut one, number) })?;
    // SAFETY: the kernel reads one set.
    check(unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const one, std::ptr::null_mut()) })?;
    Ok(())
}
