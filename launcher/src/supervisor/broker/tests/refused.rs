//! One probe for each class of calls that is refused, made against the kernel.

use super::{Place, errno};
use crate::sys::raw::call;
use libc::*;

/// What is called, with which arguments, and how it fails.
type Probe = (&'static str, i64, &'static [u64], i32);

const PAGE: u64 = 4096;
const INET: u64 = AF_INET as u64;
const INET6: u64 = AF_INET6 as u64;
const STREAM: u64 = SOCK_STREAM as u64;
const DATAGRAM: u64 = SOCK_DGRAM as u64;

const PROBES: &[Probe] = &[
    ("trace", SYS_ptrace, &[PTRACE_ATTACH as u64, 1], EPERM),
    ("read memory", SYS_process_vm_readv, &[1], EPERM),
    ("write memory", SYS_process_vm_writev, &[1], EPERM),
    ("take a descriptor", SYS_pidfd_getfd, &[3, 0, 0], EPERM),
    ("compare processes", SYS_kcmp, &[1, 1, 0, 0, 0], EPERM),
    ("advise another's memory", SYS_process_madvise, &[3], EPERM),
    ("move another's pages", SYS_move_pages, &[1], EPERM),
    ("load BPF", SYS_bpf, &[0], EPERM),
    ("performance events", SYS_perf_event_open, &[0], EPERM),
    ("handle page faults", SYS_userfaultfd, &[0], EPERM),
    ("load a module", SYS_finit_module, &[3], EPERM),
    ("load a kernel", SYS_kexec_load, &[0], EPERM),
    ("keys", SYS_keyctl, &[0], EPERM),
    ("add a key", SYS_add_key, &[0], EPERM),
    ("mount", SYS_mount, &[0], EPERM),
    ("unmount", SYS_umount2, &[0], EPERM),
    ("new mount calls", SYS_fsopen, &[0], EPERM),
    ("copy a mount", SYS_open_tree, &[0], EPERM),
    ("change the root", SYS_chroot, &[0], EPERM),
    ("turn the root", SYS_pivot_root, &[0], EPERM),
    ("user namespace", SYS_unshare, &[CLONE_NEWUSER as u64], EPERM),
    ("network namespace by clone", SYS_clone, &[(CLONE_NEWNET | SIGCHLD) as u64], EPERM),
    ("another parent", SYS_clone, &[(CLONE_PARENT | SIGCHLD) as u64], EPERM),
    ("a process", SYS_clone, &[SIGCHLD as u64], EACCES),
    ("join a namespace", SYS_setns, &[3, 0], EPERM),
    ("clone with hidden flags", SYS_clone3, &[0, 88], ENOSYS),
    ("open by handle", SYS_open_by_handle_at, &[0], EPERM),
    ("open with hidden flags", SYS_openat2, &[0], ENOSYS),
    ("watch a file system", SYS_fanotify_init, &[0], EPERM),
    ("io_uring", SYS_io_uring_setup, &[1, 0], ENOSYS),
    ("io_uring's registry", SYS_io_uring_register, &[3], ENOSYS),
    ("asynchronous reads", SYS_io_setup, &[1, 0], ENOSYS),
    ("a file in memory", SYS_memfd_create, &[0, 0], ENOSYS),
    ("secret memory", SYS_memfd_secret, &[0], ENOSYS),
    ("shared memory", SYS_shmget, &[0, PAGE, 0o1600], ENOSYS),
    ("semaphores", SYS_semget, &[0, 1, 0o1600], ENOSYS),
    ("queues", SYS_msgget, &[0, 0o1600], ENOSYS),
    ("named queues", SYS_mq_open, &[0], ENOSYS),
    ("set the clock", SYS_clock_settime, &[0, 0], EPERM),
    ("the machine's name", SYS_sethostname, &[0, 0], EPERM),
    ("reboot", SYS_reboot, &[0], EPERM),
    ("kernel log", SYS_syslog, &[10], EPERM),
    ("personality", SYS_personality, &[0x0040_0000], EPERM),
    ("type into the terminal", SYS_ioctl, &[0, TIOCSTI], ENOTTY),
    ("the console", SYS_ioctl, &[0, TIOCLINUX], ENOTTY),
    ("a file's flags", SYS_ioctl, &[0, FS_IOC_SETFLAGS], ENOTTY),
    ("signals to another", SYS_fcntl, &[0, F_SETOWN as u64, 1], EPERM),
    ("a lease", SYS_fcntl, &[0, F_SETLEASE as u64, F_RDLCK as u64], EPERM),
    ("notes about a folder", SYS_fcntl, &[0, F_NOTIFY as u64, 1], EPERM),
    ("signals from a terminal", SYS_fcntl, &[0, F_SETFL as u64, O_ASYNC as u64], EPERM),
    ("raw socket", SYS_socket, &[INET, SOCK_RAW as u64, 1], ESOCKTNOSUPPORT),
    ("ping socket", SYS_socket, &[INET, DATAGRAM, IPPROTO_ICMP as u64], EPROTONOSUPPORT),
    ("multipath TCP", SYS_socket, &[INET, STREAM, 262], EPROTONOSUPPORT),
    ("SCTP", SYS_socket, &[INET6, STREAM, 132], EPROTONOSUPPORT),
    ("packets", SYS_socket, &[AF_PACKET as u64, SOCK_RAW as u64, 3], EAFNOSUPPORT),
    ("netlink", SYS_socket, &[AF_NETLINK as u64, SOCK_RAW as u64, 0], EAFNOSUPPORT),
    ("virtual machines", SYS_socket, &[AF_VSOCK as u64, STREAM, 0], EAFNOSUPPORT),
    ("the kernel's ciphers", SYS_socket, &[AF_ALG as u64, SOCK_SEQPACKET as u64, 0], EAFNOSUPPORT),
    ("packet filters", SYS_setsockopt, &[0, SOL_SOCKET as u64, SO_ATTACH_FILTER as u64], ENOPROTOOPT),
    ("another protocol above TCP", SYS_setsockopt, &[0, IPPROTO_TCP as u64, TCP_ULP as u64], ENOPROTOOPT),
    ("repair of TCP", SYS_setsockopt, &[0, IPPROTO_TCP as u64, TCP_REPAIR as u64], ENOPROTOOPT),
    ("source routes", SYS_setsockopt, &[0, IPPROTO_IP as u64, IP_OPTIONS as u64], ENOPROTOOPT),
    ("data with the connection", SYS_sendto, &[0, 0, 0, MSG_FASTOPEN as u64, 0, 0], EOPNOTSUPP),
    ("the same in a message", SYS_sendmsg, &[0, 0, MSG_FASTOPEN as u64], EOPNOTSUPP),
    ("the same in messages", SYS_sendmmsg, &[0, 0, 1, MSG_FASTOPEN as u64], EOPNOTSUPP),
    ("be unreadable", SYS_prctl, &[PR_SET_DUMPABLE as u64, 0], EINVAL),
    ("map the process anew", SYS_prctl, &[PR_SET_MM as u64, 0], EINVAL),
    ("a listener of its own", SYS_seccomp, &[1, SECCOMP_FILTER_FLAG_NEW_LISTENER, 8], EBUSY),
    ("priority of a group", SYS_setpriority, &[PRIO_PGRP as u64, 0, 5], EPERM),
    ("priority of a user", SYS_setpriority, &[PRIO_USER as u64, 0, 5], EPERM),
    ("priority of init", SYS_setpriority, &[PRIO_PROCESS as u64, 1, 5], EPERM),
    ("limits of init", SYS_prlimit64, &[1, 7, 0, 0], EPERM),
    ("processors of init", SYS_sched_setaffinity, &[1, 8, 0], EPERM),
    ("a handle on init", SYS_pidfd_open, &[1, 0], EPERM),
    ("nobody's limits", SYS_prlimit64, &[0x7fff_fff0, 7, 0, 0], ESRCH),
    ("a set-ID file", SYS_mknodat, &[0, 0, (S_IFREG | 0o4755) as u64], EPERM),
    ("no such call", 471, &[], ENOSYS),
];

#[test]
fn every_refused_class_fails_as_the_table_says() {
    let place = Place::new();
    let wrong = place.jailed(|| {
        let made = PROBES.iter().map(|(name, number, arguments, expected)| {
            let mut all = [0; 6];
            all[..arguments.len()].copy_from_slice(arguments);
            (*name, errno(call(*number, all)), Some(*expected))
        });
        made.filter(|(_, found, expected)| found != expected).collect::<Vec<_>>()
    });
    assert_eq!(wrong, []);
}

#[test]
fn signals_below_abi_6_stay_inside() {
    let place = Place::new();
    let own = std::process::id().into();
    let results = place.jailed_with(3, crate::supervisor::broker::Descriptors::Fetched, move || {
        [
            errno(call(SYS_kill, [1, 0, 0, 0, 0, 0])),
            errno(call(SYS_kill, [own, 0, 0, 0, 0, 0])),
            errno(call(SYS_tkill, [1, 0, 0, 0, 0, 0])),
            errno(call(SYS_tgkill, [1, 1, 0, 0, 0, 0])),
            errno(call(SYS_rt_sigqueueinfo, [1, 0, 0, 0, 0, 0])),
            errno(call(SYS_kill, [0x7fff_fff0, 0, 0, 0, 0, 0])),
            errno(call(SYS_pidfd_send_signal, [1000, 0, 0, 0, 0, 0])),
        ]
    });
    let expected = [Some(EPERM), None, Some(EPERM), Some(EPERM), Some(EPERM), Some(ESRCH), Some(EBADF)];
    assert_eq!(results, expected);
}
