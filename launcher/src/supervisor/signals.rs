//! The launcher's own process: its descriptors, its signals, its end.

use super::Ended;
use crate::sys::limit::{self, Resource};
use crate::sys::{descriptor, privilege, signal, spawn};
use std::io;

/// Descriptors that the caller forgot to close are nobody's. The first thing that `main` does.
pub fn close_inherited() -> io::Result<()> {
    descriptor::close_from(3)
}

/// Other processes of the user, jailed ones of other launchers among them, may not look into this one.
pub(super) fn hide() -> io::Result<()> {
    privilege::set_dumpable(false)
}

/// Lets the keyboard and other processes end this process again, once no target is there to hand signals to.
pub fn heed_signals() {
    for number in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGTSTP] {
        // What cannot be unblocked stays blocked: the question on the terminal can still be answered.
        let _ = signal::unblock(number);
    }
}

/// Ends this process as the target did, so that the caller sees the same.
pub fn end_as(ended: Ended) -> ! {
    match ended {
        Ended::Code(code) => spawn::exit_now(code),
        Ended::Signal(number) => {
            // The target's core is nobody's, and this process has nothing to dump.
            let _ = limit::set(Resource::CoreFile, 0);
            let _ = signal::set_default(number);
            let _ = signal::unblock(number);
            let _ = signal::raise(number);
            // As a shell tells it, should the signal not have ended this process.
            spawn::exit_now(128 + number)
        }
    }
}
