//! Calls that are allowed whatever their arguments are: the kernel answers them without running the program again.

use super::numbers::{
    FILE_GETATTR, FUTEX_REQUEUE, FUTEX_WAIT, FUTEX_WAKE, GETRLIMIT, GETXATTRAT, LISTXATTRAT, MAP_SHADOW_STACK,
    RENAMEAT, SETRLIMIT, SYNC_FILE_RANGE,
};
use super::{Row, Rule, row};
use libc::*;

pub fn rows() -> Vec<Row> {
    let mut rows = files();
    rows.extend(memory_and_time());
    rows.extend(processes());
    #[cfg(target_arch = "x86_64")]
    rows.extend(older_forms());
    rows
}

fn allow(reason: &'static str, calls: &[i64]) -> Row {
    row(reason, Rule::Allow, calls)
}

fn files() -> Vec<Row> {
    vec![
        allow(
            "data through descriptors: what could be opened is Landlock's and the broker's decision",
            &[
                SYS_read,
                SYS_write,
                SYS_readv,
                SYS_writev,
                SYS_pread64,
                SYS_pwrite64,
                SYS_preadv,
                SYS_pwritev,
                SYS_preadv2,
                SYS_pwritev2,
                SYS_sendfile,
                SYS_copy_file_range,
                SYS_splice,
                SYS_tee,
                SYS_vmsplice,
                SYS_lseek,
                SYS_recvmsg,
                SYS_recvmmsg,
            ],
        ),
        allow(
            "descriptors themselves: copies and ends of what the target already has",
            &[SYS_close, SYS_close_range, SYS_dup, SYS_dup3, SYS_pipe2],
        ),
        allow(
            "names: Landlock decides about making, removing and moving, and holds REFER across folders",
            &[SYS_linkat, SYS_symlinkat, RENAMEAT, SYS_renameat2],
        ),
        allow(
            "lengths and space: Landlock decides about truncate; the others want a descriptor open for writing",
            &[SYS_truncate, SYS_ftruncate, SYS_fallocate],
        ),
        allow(
            "metadata, read only: not covered by Landlock, hidden by the mount namespace where there is one",
            &[
                SYS_fstat,
                SYS_newfstatat,
                SYS_statx,
                SYS_statfs,
                SYS_fstatfs,
                SYS_faccessat,
                SYS_faccessat2,
                SYS_readlinkat,
                SYS_getxattr,
                SYS_lgetxattr,
                SYS_fgetxattr,
                SYS_listxattr,
                SYS_llistxattr,
                SYS_flistxattr,
                GETXATTRAT,
                LISTXATTRAT,
                FILE_GETATTR,
            ],
        ),
        allow("folders: Landlock decides which can be opened to be listed", &[SYS_getdents64]),
        allow(
            "the current folder: gives no access, every later path is decided anew",
            &[SYS_getcwd, SYS_chdir, SYS_fchdir, SYS_umask],
        ),
        allow(
            "writing back what was written, and hints about it",
            &[SYS_fsync, SYS_fdatasync, SYS_syncfs, SYNC_FILE_RANGE, SYS_fadvise64, SYS_readahead],
        ),
        allow("locks on files that are open: SQLite, npm; holds up others at most", &[SYS_flock]),
        allow(
            "waiting for descriptors: libuv's loop",
            &[
                SYS_epoll_create1,
                SYS_epoll_ctl,
                SYS_epoll_pwait,
                SYS_epoll_pwait2,
                SYS_ppoll,
                SYS_pselect6,
                SYS_eventfd2,
                SYS_signalfd4,
                SYS_timerfd_create,
                SYS_timerfd_settime,
                SYS_timerfd_gettime,
            ],
        ),
        allow("fs.watch: what may be watched is decided when a watch is added", &[SYS_inotify_rm_watch]),
        allow(
            "sockets that are bound or connected: the broker decided about those",
            &[SYS_accept, SYS_accept4, SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_getsockopt],
        ),
    ]
}

fn memory_and_time() -> Vec<Row> {
    vec![
        allow(
            "the process's own memory",
            &[
                SYS_brk,
                SYS_munmap,
                SYS_mremap,
                SYS_mprotect,
                SYS_madvise,
                SYS_msync,
                SYS_mincore,
                SYS_mlock,
                SYS_mlock2,
                SYS_munlock,
                SYS_mlockall,
                SYS_munlockall,
                SYS_mseal,
                SYS_get_mempolicy,
                SYS_set_mempolicy,
                SYS_mbind,
                MAP_SHADOW_STACK,
            ],
        ),
        allow("V8 guards its compiled code with protection keys", &[SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect]),
        allow(
            "threads: locks, their set-up and end, memory barriers",
            &[
                SYS_futex,
                SYS_futex_waitv,
                FUTEX_WAKE,
                FUTEX_WAIT,
                FUTEX_REQUEUE,
                SYS_set_robust_list,
                SYS_rseq,
                SYS_membarrier,
                SYS_set_tid_address,
                SYS_gettid,
                SYS_sched_yield,
                SYS_getcpu,
            ],
        ),
        allow(
            "reading clocks, and sleeping",
            &[SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_times],
        ),
        allow(
            "timers that signal the process itself",
            &[
                SYS_setitimer,
                SYS_getitimer,
                SYS_timer_create,
                SYS_timer_settime,
                SYS_timer_gettime,
                SYS_timer_getoverrun,
                SYS_timer_delete,
            ],
        ),
        allow("random bytes", &[SYS_getrandom]),
        allow("the machine's size and name: os.cpus(), os.hostname(), os.totalmem()", &[SYS_uname, SYS_sysinfo]),
    ]
}

fn processes() -> Vec<Row> {
    vec![
        allow(
            "the end of threads and processes, and what is left of children",
            &[SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid],
        ),
        allow(
            "how the process itself takes signals",
            &[
                SYS_rt_sigaction,
                SYS_rt_sigprocmask,
                SYS_rt_sigreturn,
                SYS_rt_sigpending,
                SYS_rt_sigtimedwait,
                SYS_rt_sigsuspend,
                SYS_sigaltstack,
                SYS_restart_syscall,
            ],
        ),
        allow(
            "who the process is",
            &[
                SYS_getpid,
                SYS_getppid,
                SYS_getuid,
                SYS_geteuid,
                SYS_getgid,
                SYS_getegid,
                SYS_getresuid,
                SYS_getresgid,
                SYS_getgroups,
                SYS_getpgid,
                SYS_getsid,
            ],
        ),
        allow(
            "sessions and groups of a shell's jobs; reach no further than the terminal's own session",
            &[SYS_setpgid, SYS_setsid],
        ),
        allow(
            "identities and capabilities: without capabilities only what is held already can be chosen, or given up",
            &[
                SYS_setuid,
                SYS_setgid,
                SYS_setreuid,
                SYS_setregid,
                SYS_setresuid,
                SYS_setresgid,
                SYS_setfsuid,
                SYS_setfsgid,
                SYS_setgroups,
                SYS_capget,
                SYS_capset,
            ],
        ),
        allow(
            "use and limits of the process itself; hard limits can't be raised",
            &[SYS_getrusage, GETRLIMIT, SETRLIMIT],
        ),
        allow("the range of priorities, a constant", &[SYS_sched_get_priority_max, SYS_sched_get_priority_min]),
        allow(
            "a jail inside the jail: rulesets only narrow",
            &[SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self],
        ),
    ]
}

/// x86_64 keeps calls that later architectures left out; each does what a call above does.
#[cfg(target_arch = "x86_64")]
fn older_forms() -> Vec<Row> {
    vec![
        allow(
            "older forms of calls on files",
            &[
                SYS_stat,
                SYS_lstat,
                SYS_access,
                SYS_readlink,
                SYS_link,
                SYS_symlink,
                SYS_rename,
                SYS_getdents,
                SYS_dup2,
                SYS_pipe,
            ],
        ),
        allow(
            "older forms of waiting",
            &[
                SYS_poll,
                SYS_select,
                SYS_epoll_create,
                SYS_epoll_wait,
                SYS_eventfd,
                SYS_signalfd,
                SYS_pause,
                SYS_alarm,
                SYS_time,
            ],
        ),
        allow("older form of who the process is", &[SYS_getpgrp]),
    ]
}
