//! A process that stays outside: it sees the machine as the user does when the launcher and its jail are gone, and can
//! write down what the user wants to grant.

use super::{Ended, Error, signals};
use crate::sys::descriptor::{self, wait_readable};
use crate::sys::signal::{self, Origin};
use crate::sys::spawn::{self, Change, Side};
use crate::sys::{privilege, terminal};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::{AsFd, OwnedFd};

/// More than this is not read: what is offered comes from a target.
const LONGEST: u64 = 256 * 1024;

/// Who goes on.
pub enum Part {
    /// As the launcher; what would let refused requests through is told here.
    Launcher(OwnedFd),
    /// The launcher has ended, and told this.
    Witness { ended: Ended, told: String },
}

/// Parts in two. Must be called while there is one thread.
pub fn part() -> Result<Part, Error> {
    let failed = || Error::step("start the launcher");
    let (reader, writer) = descriptor::pipe().map_err(failed())?;
    descriptor::never_wait(writer.as_fd()).map_err(failed())?;
    descriptor::never_wait(reader.as_fd()).map_err(failed())?;
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(failed())?;
    let modes = terminal::modes(tty.as_fd()).map_err(failed())?;
    let mask = signal::block_all().map_err(failed())?;
    let arriving = signal::descriptor().map_err(failed())?;
    let own_number = std::process::id() as i32;
    match spawn::fork(0).map_err(failed())? {
        Side::Child => {
            drop((reader, arriving));
            privilege::die_with_parent(own_number).map_err(failed())?;
            signal::restore(&mask).map_err(failed())?;
            Ok(Part::Launcher(writer))
        }
        Side::Parent(child) => {
            drop(writer);
            signals::hide().map_err(failed())?;
            let ended = attend(child, &arriving).map_err(failed())?;
            // Whatever the program did to the terminal. What was typed meanwhile is the shell's next command: only a
            // question throws it away.
            let _ = terminal::set_modes(tty.as_fd(), &modes);
            signals::heed_signals();
            Ok(Part::Witness { ended, told: read(reader) })
        }
    }
}

/// Until the launcher ends: stops when it stops, and hands on what is sent to this process alone.
fn attend(child: i32, arriving: &OwnedFd) -> io::Result<Ended> {
    loop {
        while let Some((who, change)) = spawn::next_change()? {
            match change {
                Change::Exited(code) if who == child => return Ok(Ended::Code(code)),
                Change::Killed(number) if who == child => return Ok(Ended::Signal(number)),
                Change::Stopped(_) if who == child => signal::raise(libc::SIGSTOP)?,
                _ => {}
            }
        }
        wait_readable([arriving.as_fd()], -1)?;
        while let Some(arrived) = signal::next(arriving.as_fd())? {
            if arrived.origin == Origin::Process && arrived.number != libc::SIGCHLD {
                // It may have ended meanwhile, which is seen next.
                let _ = signal::send(child, arrived.number);
            }
        }
    }
}

fn read(reader: OwnedFd) -> String {
    let mut bytes = Vec::new();
    // What could not be read is not offered.
    let _ = File::from(reader).take(LONGEST).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
