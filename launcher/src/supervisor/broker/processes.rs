//! Signals below Landlock ABI 6, and calls that name another process by its number: inside the jail only.

use super::jail::{self, Member};
use super::{Answer, Broker, Call, Caller, Jail};
use crate::sys::{path, process};
use libc::{EINVAL, EPERM, ESRCH, c_int};
use std::io;
use std::os::fd::AsFd;

/// Who the caller is, in the numbers that it knows itself.
struct Own {
    process: i32,
    /// 0: the group's leader is outside of the PID namespace.
    group: i32,
    /// PID namespaces that the broker sees it in.
    depth: usize,
}

fn own(caller: &Caller) -> io::Result<Own> {
    let name = jail::in_proc(caller.thread(), "status");
    let status = jail::read_status(path::open(caller.proc(), &name, libc::O_RDONLY)?)?;
    Ok(Own {
        process: jail::number(&status, "NStgid:")?,
        group: jail::number(&status, "NSpgid:")?,
        depth: jail::numbers(&status, "NSpid:").len(),
    })
}

/// Calls whose first argument is a process or thread: scheduling, limits, handles. The kernel goes on with the number,
/// which is in a register.
pub fn by_first_argument(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    on_member(broker, caller, call.arguments[0])
}

/// Calls that say first what kind of number follows: priorities.
pub fn by_second_argument(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    on_member(broker, caller, call.arguments[1])
}

fn on_member(broker: &Broker, caller: &Caller, number: u64) -> Answer {
    match jail::check(broker.jail, number as i32) {
        Ok(()) if caller.still_waits() => Answer::Continue,
        Ok(()) => Answer::Error(ESRCH),
        Err(error) => error.into(),
    }
}

/// `kill(process, signal)`: a process, 0 for the caller's group, -1 for all, or another group.
pub fn kill(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [number, signal, ..] = call.arguments;
    send(broker, caller, number as i32, signal as c_int)
}

/// `rt_sigqueueinfo(process, signal, information)`: to others without the information, in which a sender can be made up.
pub fn queue(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [number, signal, ..] = call.arguments;
    match number as i32 {
        1.. => send(broker, caller, number as i32, signal as c_int),
        _ => Answer::Error(ESRCH),
    }
}

/// `tkill(thread, signal)`
pub fn thread_kill(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [thread, signal, ..] = call.arguments;
    to_thread(broker, caller, thread as i32, signal as c_int)
}

/// `tgkill(process, thread, signal)` and `rt_tgsigqueueinfo(process, thread, signal, information)`
pub fn group_thread_kill(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [process, thread, signal, ..] = call.arguments;
    match own(caller) {
        // The kernel checks that the thread is of that process, and the caller's own can't end meanwhile.
        Ok(own) if own.process == process as i32 => Answer::Continue,
        Ok(_) if broker.jail == Jail::Namespace => on_member(broker, caller, process),
        Ok(_) => to_thread(broker, caller, thread as i32, signal as c_int),
        Err(error) => error.into(),
    }
}

/// `pidfd_send_signal(handle, signal, information, flags)`
pub fn handle_kill(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [handle, signal, ..] = call.arguments;
    let sent = caller.descriptor(handle as c_int).and_then(|handle| {
        jail::check_handle(broker.jail, caller.proc(), handle.as_fd(), own(caller)?.depth)?;
        waiting(caller)?;
        process::signal(handle.as_fd(), signal as c_int)
    });
    sent.map(|()| 0).into()
}

fn send(broker: &Broker, caller: &Caller, number: i32, signal: c_int) -> Answer {
    let own = match own(caller) {
        Ok(own) => own,
        Err(error) => return error.into(),
    };
    match (broker.jail, number) {
        _ if number == own.process => Answer::Continue,
        // The caller's group may reach outside, whatever numbers it knows.
        (_, 0) => to_group(broker, caller, own.group, signal),
        // Every other number means processes of the namespace to the kernel, and -1 leaves its init out.
        (Jail::Namespace, _) => on_member(broker, caller, number as u64),
        (_, 1..) => {
            jail::find(broker.jail, number).and_then(|member| signal_one(caller, &member, signal)).map(|()| 0).into()
        }
        (_, -1) => {
            let others = jail::all(broker.jail).into_iter().filter(|(other, _)| *other != own.process);
            to_those(caller, signal, others)
        }
        _ => to_group(broker, caller, number.wrapping_neg(), signal),
    }
}

fn to_group(broker: &Broker, caller: &Caller, group: i32, signal: c_int) -> Answer {
    let in_group = |member: &Member| {
        member.status().and_then(|status| jail::number(&status, "NSpgid:")).is_ok_and(|own| own == group)
    };
    to_those(caller, signal, jail::all(broker.jail).into_iter().filter(|(_, member)| in_group(member)))
}

fn to_those(caller: &Caller, signal: c_int, members: impl Iterator<Item = (i32, Member)>) -> Answer {
    let mut result = Answer::Error(ESRCH);
    for (_, member) in members {
        if signal_one(caller, &member, signal).is_ok() {
            result = Answer::Value(0);
        }
    }
    result
}

fn to_thread(broker: &Broker, caller: &Caller, thread: i32, signal: c_int) -> Answer {
    if broker.jail == Jail::Namespace {
        return on_member(broker, caller, thread as u64);
    }
    let sent = jail::find(broker.jail, thread).and_then(|member| {
        let status = member.status()?;
        let own = own(caller)?;
        if jail::number(&status, "NStgid:")? == own.process {
            return Ok(Answer::Continue);
        }
        // No program signals single threads of another process; the kernel has no safe handle on them before 6.9.
        Err(io::Error::from_raw_os_error(if signal == 0 { EINVAL } else { EPERM }))
    });
    sent.unwrap_or_else(Answer::from)
}

fn signal_one(caller: &Caller, member: &Member, signal: c_int) -> io::Result<()> {
    waiting(caller)?;
    process::signal(member.folder.as_fd(), signal)
}

fn waiting(caller: &Caller) -> io::Result<()> {
    if caller.still_waits() { Ok(()) } else { Err(io::Error::from_raw_os_error(ESRCH)) }
}
