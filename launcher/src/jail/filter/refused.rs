//! Calls that are refused in a way of their own. What is not named anywhere fails with ENOSYS.

use super::numbers::{FILE_SETATTR, LISTMOUNT, OPEN_TREE_ATTR, REMOVEXATTRAT, SETXATTRAT, STATMOUNT};
use super::{Row, Rule, row};
use libc::*;

pub fn rows() -> Vec<Row> {
    let mut rows = forbidden();
    rows.extend(missing());
    #[cfg(target_arch = "x86_64")]
    rows.push(forbid("ports and segments of the processor", &[SYS_iopl, SYS_ioperm, SYS_modify_ldt]));
    rows
}

fn forbid(reason: &'static str, calls: &[i64]) -> Row {
    row(reason, Rule::Refuse(EPERM), calls)
}

fn lack(reason: &'static str, calls: &[i64]) -> Row {
    row(reason, Rule::Refuse(ENOSYS), calls)
}

fn forbidden() -> Vec<Row> {
    vec![
        forbid(
            "other processes' memory, descriptors and execution",
            &[
                SYS_ptrace,
                SYS_process_vm_readv,
                SYS_process_vm_writev,
                SYS_pidfd_getfd,
                SYS_kcmp,
                SYS_process_madvise,
                SYS_process_mrelease,
                SYS_migrate_pages,
                SYS_move_pages,
                SYS_get_robust_list,
            ],
        ),
        forbid(
            "code in the kernel, and events of the whole machine",
            &[
                SYS_bpf,
                SYS_perf_event_open,
                SYS_userfaultfd,
                SYS_init_module,
                SYS_finit_module,
                SYS_delete_module,
                SYS_kexec_load,
                SYS_kexec_file_load,
                SYS_lookup_dcookie,
            ],
        ),
        forbid("keys of the user's session", &[SYS_keyctl, SYS_add_key, SYS_request_key]),
        forbid(
            "mounts and roots: Landlock's and the broker's paths rest on them",
            &[
                SYS_mount,
                SYS_umount2,
                SYS_pivot_root,
                SYS_chroot,
                SYS_open_tree,
                OPEN_TREE_ATTR,
                SYS_move_mount,
                SYS_fsopen,
                SYS_fsconfig,
                SYS_fsmount,
                SYS_fspick,
                SYS_mount_setattr,
                STATMOUNT,
                LISTMOUNT,
            ],
        ),
        forbid("namespaces: would give capabilities back", &[SYS_unshare, SYS_setns]),
        forbid("files by handle, past every path", &[SYS_open_by_handle_at, SYS_name_to_handle_at]),
        forbid("watching whole file systems", &[SYS_fanotify_init, SYS_fanotify_mark]),
        forbid(
            "the machine: its clock, name, log, swap, quotas, accounts, power",
            &[
                SYS_clock_settime,
                SYS_settimeofday,
                SYS_clock_adjtime,
                SYS_adjtimex,
                SYS_sethostname,
                SYS_setdomainname,
                SYS_syslog,
                SYS_swapon,
                SYS_swapoff,
                SYS_quotactl,
                SYS_quotactl_fd,
                SYS_acct,
                SYS_reboot,
                SYS_sync,
            ],
        ),
        forbid("hanging up a terminal that others share", &[SYS_vhangup]),
    ]
}

fn missing() -> Vec<Row> {
    vec![
        lack("hides its flags in memory; C libraries fall back to clone", &[SYS_clone3]),
        lack("hides its flags in memory; programs fall back to openat", &[SYS_openat2]),
        lack(
            "runs calls past the filter; libuv falls back to epoll and threads",
            &[SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register],
        ),
        lack(
            "older asynchronous reads and writes, used by databases only",
            &[SYS_io_setup, SYS_io_submit, SYS_io_getevents, SYS_io_cancel, SYS_io_destroy],
        ),
        lack("files without a path, that EXECUTE rights don't cover", &[SYS_memfd_create, SYS_memfd_secret]),
        lack(
            "shared memory, semaphores and queues with numbers that other programs can guess",
            &[
                SYS_shmget,
                SYS_shmat,
                SYS_shmctl,
                SYS_shmdt,
                SYS_semget,
                SYS_semop,
                SYS_semtimedop,
                SYS_semctl,
                SYS_msgget,
                SYS_msgsnd,
                SYS_msgrcv,
                SYS_msgctl,
                SYS_mq_open,
                SYS_mq_unlink,
                SYS_mq_timedsend,
                SYS_mq_timedreceive,
                SYS_mq_notify,
                SYS_mq_getsetattr,
            ],
        ),
        lack(
            "newer forms of calls that the broker answers; programs fall back to the older ones",
            &[SETXATTRAT, REMOVEXATTRAT, FILE_SETATTR],
        ),
    ]
}
