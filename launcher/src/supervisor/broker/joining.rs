//! What a `cordon` inside of the jail is told about it. Nothing can be done with it but to ask for less.

use super::{Answer, Broker, Call, Caller};
use crate::sys::file;

/// `seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, program)`: no second listener, but without a
/// program it asks for the jail's outline, and gets a file in memory that nobody can change.
pub fn describe(broker: &Broker, _: &Caller, call: &Call) -> Answer {
    if call.arguments[2] != 0 {
        return Answer::Error(libc::EBUSY);
    }
    match file::sealed(c"jail", &broker.outline.encode()) {
        Ok(descriptor) => Answer::Descriptor { descriptor, close_on_exec: true },
        Err(error) => error.into(),
    }
}
