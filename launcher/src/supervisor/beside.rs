//! A jail beside the one that counts, whose output that one reads.

use super::{Ended, Error};
use crate::jail::target::FAILED;
use crate::sys::spawn::{self, Side};
use crate::sys::{descriptor, privilege, signal};
use std::fmt::Display;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Lives until it is waited for, or this process ends.
#[derive(Debug)]
pub struct Beside {
    launcher: i32,
    /// Its end says that nobody needs anything more.
    input: OwnedFd,
    /// What was this process's stdin before.
    stdin: OwnedFd,
}

/// Does `act`, which starts a jail, in a process of its own. What that jail writes to its stdout comes on this process's
/// stdin. The calling process must have one thread.
pub fn beside<E: Display>(act: impl FnOnce() -> Result<Ended, E>) -> Result<Beside, Error> {
    let failed = || Error::step("start a process");
    let (theirs, input) = descriptor::pipe().map_err(failed())?;
    let (output, written) = descriptor::pipe().map_err(failed())?;
    let own_number = std::process::id() as i32;
    match spawn::fork(0).map_err(failed())? {
        Side::Child => {
            drop((input, output));
            let ended = privilege::die_with_parent(own_number)
                .and_then(|()| descriptor::become_input(theirs.as_fd()))
                .and_then(|()| descriptor::become_output(written.as_fd()));
            drop((theirs, written));
            // Whoever waits for it goes on without.
            super::end_as(
                ended.map_or(Ended::Code(i32::from(FAILED)), |()| act().unwrap_or(Ended::Code(i32::from(FAILED)))),
            )
        }
        Side::Parent(launcher) => {
            let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(failed())?;
            descriptor::become_input(output.as_fd()).map_err(failed())?;
            Ok(Beside { launcher, input, stdin })
        }
    }
}

impl Beside {
    /// Ends it at once.
    pub fn stop(self) -> io::Result<()> {
        signal::send(self.launcher, libc::SIGTERM)?;
        self.finish()
    }

    /// Lets it finish what it is at.
    pub fn finish(self) -> io::Result<()> {
        descriptor::become_input(self.stdin.as_fd())?;
        drop(self.input);
        spawn::wait_end(self.launcher).map(drop)
    }
}
