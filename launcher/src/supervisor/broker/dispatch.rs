//! The one table of which call is answered by whom.

use super::{Answer, Broker, Call, Caller};
use super::{addons, exec, files, groups, interfaces, joining, made, processes, watch, watched};
use crate::jail::filter::FCHMODAT2;
use crate::jail::filter::RENAMEAT;

/// Answers one kind of call.
pub type Handler = fn(&Broker, &Caller, &Call) -> Answer;

/// Numbers of calls end below this.
const NUMBERS: usize = 512;

const HANDLERS: &[(i64, Handler)] = &[
    (libc::SYS_connect, made::connect),
    (libc::SYS_bind, made::bind),
    (libc::SYS_listen, |broker, caller, call| broker.network.listen(caller, call)),
    (libc::SYS_sendto, |broker, caller, call| broker.network.send_to(caller, call)),
    (libc::SYS_sendmsg, made::send_message),
    (libc::SYS_sendmmsg, |broker, caller, call| broker.network.send_messages(caller, call)),
    (libc::SYS_recvfrom, |broker, caller, call| broker.network.receive_from(caller, call)),
    (libc::SYS_socket, made::socket),
    (libc::SYS_socketpair, made::pair),
    (libc::SYS_setsockopt, groups::set),
    (libc::SYS_ioctl, interfaces::ask),
    (libc::SYS_execve, exec::execve),
    (libc::SYS_execveat, exec::execveat),
    (libc::SYS_clone, exec::process),
    (libc::SYS_seccomp, joining::describe),
    (libc::SYS_fchmod, files::fchmod),
    (libc::SYS_fchmodat, files::fchmodat),
    (FCHMODAT2, files::fchmodat2),
    (libc::SYS_fchown, files::fchown),
    (libc::SYS_fchownat, files::fchownat),
    (libc::SYS_utimensat, files::utimensat),
    (libc::SYS_setxattr, files::setxattr),
    (libc::SYS_lsetxattr, files::lsetxattr),
    (libc::SYS_fsetxattr, files::fsetxattr),
    (libc::SYS_removexattr, files::removexattr),
    (libc::SYS_lremovexattr, files::lremovexattr),
    (libc::SYS_fremovexattr, files::fremovexattr),
    (libc::SYS_inotify_init1, watch::create),
    (libc::SYS_inotify_add_watch, watch::add),
    (libc::SYS_openat, watched::openat),
    (libc::SYS_unlinkat, watched::unlinkat),
    (libc::SYS_mkdirat, watched::made_at),
    (libc::SYS_mknodat, watched::made_at),
    (RENAMEAT, watched::moved_at),
    (libc::SYS_renameat2, watched::moved_at),
    (libc::SYS_linkat, watched::moved_at),
    (libc::SYS_symlinkat, watched::symlinkat),
    (libc::SYS_truncate, watched::truncate),
    (libc::SYS_mmap, addons::map),
    (libc::SYS_kill, processes::kill),
    (libc::SYS_tkill, processes::thread_kill),
    (libc::SYS_tgkill, processes::group_thread_kill),
    (libc::SYS_rt_sigqueueinfo, processes::queue),
    (libc::SYS_rt_tgsigqueueinfo, processes::group_thread_kill),
    (libc::SYS_pidfd_send_signal, processes::handle_kill),
    (libc::SYS_pidfd_open, processes::by_first_argument),
    (libc::SYS_prlimit64, processes::by_first_argument),
    (libc::SYS_sched_setaffinity, processes::by_first_argument),
    (libc::SYS_sched_getaffinity, processes::by_first_argument),
    (libc::SYS_sched_setscheduler, processes::by_first_argument),
    (libc::SYS_sched_getscheduler, processes::by_first_argument),
    (libc::SYS_sched_setparam, processes::by_first_argument),
    (libc::SYS_sched_getparam, processes::by_first_argument),
    (libc::SYS_sched_setattr, processes::by_first_argument),
    (libc::SYS_sched_getattr, processes::by_first_argument),
    (libc::SYS_sched_rr_get_interval, processes::by_first_argument),
    (libc::SYS_getpriority, processes::by_second_argument),
    (libc::SYS_setpriority, processes::by_second_argument),
    (libc::SYS_ioprio_get, processes::by_second_argument),
    (libc::SYS_ioprio_set, processes::by_second_argument),
];

/// Calls that only x86_64 still has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[(i64, Handler)] = &[
    (libc::SYS_fork, exec::process),
    (libc::SYS_vfork, exec::process),
    (libc::SYS_chmod, files::chmod),
    (libc::SYS_chown, files::chown),
    (libc::SYS_lchown, files::lchown),
    (libc::SYS_utime, files::utime),
    (libc::SYS_utimes, files::utimes),
    (libc::SYS_futimesat, files::futimesat),
    (libc::SYS_inotify_init, watch::create_plain),
    (libc::SYS_open, watched::open),
    (libc::SYS_creat, watched::creat),
    (libc::SYS_mknod, watched::made),
    (libc::SYS_rename, watched::moved),
    (libc::SYS_link, watched::moved),
    (libc::SYS_symlink, watched::symlink),
    (libc::SYS_unlink, watched::unlink),
    (libc::SYS_rmdir, watched::unlink),
    (libc::SYS_mkdir, watched::made),
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[(i64, Handler)] = &[];

pub struct Table([Option<Handler>; NUMBERS]);

impl Table {
    pub fn new() -> Table {
        let mut table = [None; NUMBERS];
        for (number, handler) in HANDLERS.iter().chain(OLDER) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::filter;
    use std::collections::HashSet;

    #[test]
    fn what_the_filter_notifies_has_one_handler_and_nothing_else_has() {
        let numbers: Vec<i64> = HANDLERS.iter().chain(OLDER).map(|row| row.0).collect();
        let handled: HashSet<i64> = numbers.iter().copied().collect();
        assert_eq!(handled.len(), numbers.len(), "a call stands twice");
        let notified = filter::tests::notified();
        assert_eq!(notified.difference(&handled).collect::<Vec<_>>(), Vec::<&i64>::new(), "without a handler");
        assert_eq!(handled.difference(&notified).collect::<Vec<_>>(), Vec::<&i64>::new(), "never notified");
    }
}
