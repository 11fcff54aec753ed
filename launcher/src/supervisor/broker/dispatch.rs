//! The one table of which call is answered by whom.

use super::exec;
use super::{Answer, Broker, Call, Caller};

/// Answers one kind of call.
pub type Handler = fn(&Broker, &Caller, &Call) -> Answer;

/// Numbers of calls end below this.
const NUMBERS: usize = 512;

const HANDLERS: &[(i64, Handler)] = &[
    (libc::SYS_connect, refused),
    (libc::SYS_bind, refused),
    (libc::SYS_listen, refused),
    (libc::SYS_sendto, refused),
    (libc::SYS_sendmsg, refused),
    (libc::SYS_sendmmsg, refused),
    (libc::SYS_execve, exec::execve),
    (libc::SYS_execveat, exec::execveat),
    (libc::SYS_clone, exec::process),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_fork, exec::process),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_vfork, exec::process),
];

pub struct Table([Option<Handler>; NUMBERS]);

impl Table {
    pub fn new() -> Table {
        let mut table = [None; NUMBERS];
        for (number, handler) in HANDLERS {
            table[usize::try_from(*number).expect("numbers of calls are positive")] = Some(*handler);
        }
        Table(table)
    }

    /// What the filter notifies without a handler is refused.
    pub fn handler(&self, call: &Call) -> Handler {
        usize::try_from(call.number).ok().and_then(|number| *self.0.get(number)?).unwrap_or(refused)
    }
}

fn refused(_: &Broker, _: &Caller, _: &Call) -> Answer {
    Answer::Error(libc::EACCES)
}
