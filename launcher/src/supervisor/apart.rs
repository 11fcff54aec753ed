//! A jail before the jail that counts.

use super::{Ended, Error};
use crate::jail::target::FAILED;
use crate::sys::privilege;
use crate::sys::spawn::{self, Change, Side};
use std::fmt::Display;
use std::io;

/// Does `act`, which starts a jail, in a process of its own, and tells how that ended. Who has had a jail has given up what
/// it takes to enter namespaces for another one: capabilities, and files in /proc that are its user's. The calling process
/// must have one thread.
pub fn apart<E: Display>(act: impl FnOnce() -> Result<Ended, E>) -> Result<Ended, Error> {
    let failed = Error::step("start a process");
    let own_number = std::process::id() as i32;
    match spawn::fork(0).map_err(failed)? {
        Side::Child => {
            privilege::die_with_parent(own_number).map_err(Error::step("follow the launcher's end"))?;
            super::end_as(act().unwrap_or_else(|error| {
                eprintln!("cordon: {error}");
                Ended::Code(i32::from(FAILED))
            }))
        }
        Side::Parent(child) => match spawn::wait_end(child).map_err(Error::step("wait for a process"))? {
            Change::Exited(code) => Ok(Ended::Code(code)),
            Change::Killed(number) => Ok(Ended::Signal(number)),
            Change::Stopped(_) | Change::Continued => {
                Err(Error::step("wait for a process")(io::Error::from(io::ErrorKind::InvalidData)))
            }
        },
    }
}
