//! Claims about the table, and about the program made of it.

use super::assembler::tests::{NATIVE_ARCHITECTURE, run_as};
use super::*;
use libc::*;
use std::collections::HashSet;

const STRICT: Setting = Setting {
    processes: Processes::Refused,
    folders: Folders::Left,
    signals: Signals::Landlock,
    sockets: Sockets::Target,
    native_code: NativeCode::Watched,
    uses: Uses::Unwatched,
};
const LOOSE: Setting = Setting {
    processes: Processes::Granted,
    folders: Folders::Remade,
    signals: Signals::Broker,
    sockets: Sockets::Broker,
    native_code: NativeCode::Free,
    uses: Uses::Unwatched,
};
pub const SETTINGS: [Setting; 2] = [STRICT, LOOSE];
const LEARNING: Setting = Setting { uses: Uses::Recorded, ..LOOSE };

pub const ALLOW: u32 = SECCOMP_RET_ALLOW;
pub const NOTIFY: u32 = SECCOMP_RET_USER_NOTIF;

/// Calls that the broker gets, in one setting or another.
pub fn notified() -> HashSet<i64> {
    let rows = [STRICT, LOOSE, LEARNING].map(|setting| table(&setting)).into_iter().flatten();
    rows.filter(|row| notifies(&row.rule)).flat_map(|row| row.calls).collect()
}

fn notifies(rule: &Rule) -> bool {
    match rule {
        Rule::Notify => true,
        Rule::Allow | Rule::Refuse(_) => false,
        Rule::Among { then, otherwise, .. }
        | Rule::AnyBit { then, otherwise, .. }
        | Rule::Null { then, otherwise, .. } => notifies(then) || notifies(otherwise),
    }
}

pub fn refused(errno: i32) -> u32 {
    SECCOMP_RET_ERRNO | errno as u32
}

/// What a program answers to a call.
pub fn evaluate(program: &[sock_filter], call: i64, arguments: [u64; 6]) -> u32 {
    run_as(program, NATIVE_ARCHITECTURE, call as u32, arguments)
}

fn result(setting: &Setting, call: i64, arguments: [u64; 6]) -> u32 {
    evaluate(&program(setting), call, arguments)
}

fn strict(call: i64, arguments: &[u64]) -> u32 {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    result(&STRICT, call, all)
}

#[test]
fn every_call_stands_in_the_table_once_and_with_a_reason() {
    for setting in [STRICT, LOOSE] {
        let mut seen = HashSet::new();
        for row in table(&setting) {
            assert!(row.reason.len() > 5, "calls {:?} have no reason", row.calls);
            for call in row.calls {
                assert!(seen.insert(call), "call {call} stands twice");
            }
        }
        assert!(seen.len() > 300, "{} calls", seen.len());
    }
}

#[test]
fn the_program_fits_into_the_kernel() {
    for setting in [STRICT, LOOSE] {
        let steps = program(&setting).len();
        assert!(steps < 600, "{steps} steps");
    }
}

#[test]
fn unknown_calls_fail_as_on_an_older_kernel() {
    for call in [335, 400, 600, 100_000] {
        assert_eq!(strict(call, &[]), refused(ENOSYS));
    }
}

#[test]
fn hot_calls_are_allowed_by_their_number_alone() {
    for call in [SYS_read, SYS_write, SYS_futex, SYS_epoll_pwait, SYS_statx, SYS_close, SYS_munmap, SYS_mprotect] {
        assert_eq!(strict(call, &[]), ALLOW);
    }
}

#[test]
fn new_namespaces_and_foreign_parents_are_refused_in_every_setting() {
    for setting in [STRICT, LOOSE] {
        for flag in [CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID, CLONE_PARENT, CLONE_UNTRACED] {
            let flags = (flag | CLONE_VM | SIGCHLD) as u32;
            assert_eq!(result(&setting, SYS_clone, [flags.into(), 0, 0, 0, 0, 0]), refused(EPERM));
        }
        assert_eq!(result(&setting, SYS_clone3, [0; 6]), refused(ENOSYS));
        assert_eq!(result(&setting, SYS_unshare, [0; 6]), refused(EPERM));
        assert_eq!(result(&setting, SYS_setns, [0; 6]), refused(EPERM));
    }
}

#[test]
fn threads_are_free_and_processes_want_a_grant() {
    let thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS;
    assert_eq!(strict(SYS_clone, &[thread as u64]), ALLOW);
    assert_eq!(strict(SYS_clone, &[(thread & !CLONE_FILES) as u64]), refused(EINVAL));
    assert_eq!(strict(SYS_clone, &[SIGCHLD as u64]), NOTIFY);
    assert_eq!(result(&LOOSE, SYS_clone, [SIGCHLD as u64, 0, 0, 0, 0, 0]), ALLOW);
    #[cfg(target_arch = "x86_64")]
    {
        assert_eq!(strict(SYS_fork, &[]), NOTIFY);
        assert_eq!(strict(SYS_vfork, &[]), NOTIFY);
    }
}

#[test]
fn only_tcp_udp_and_unix_sockets_are_made() {
    let stream = (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK) as u64;
    let datagram = (SOCK_DGRAM | SOCK_CLOEXEC) as u64;
    for family in [AF_INET as u64, AF_INET6 as u64] {
        assert_eq!(strict(SYS_socket, &[family, stream, 0]), ALLOW);
        assert_eq!(strict(SYS_socket, &[family, stream, IPPROTO_TCP as u64]), ALLOW);
        assert_eq!(strict(SYS_socket, &[family, datagram, IPPROTO_UDP as u64]), ALLOW);
        assert_eq!(strict(SYS_socket, &[family, stream, 262]), refused(EPROTONOSUPPORT));
        assert_eq!(strict(SYS_socket, &[family, datagram, IPPROTO_ICMP as u64]), refused(EPROTONOSUPPORT));
        assert_eq!(strict(SYS_socket, &[family, SOCK_RAW as u64, 0]), refused(ESOCKTNOSUPPORT));
        assert_eq!(strict(SYS_socket, &[family, SOCK_SEQPACKET as u64, 132]), refused(ESOCKTNOSUPPORT));
    }
    assert_eq!(strict(SYS_socket, &[AF_UNIX as u64, stream, 0]), ALLOW);
    for family in [AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG, AF_BLUETOOTH, AF_CAN, 44] {
        assert_eq!(strict(SYS_socket, &[family as u64, datagram, 0]), refused(EAFNOSUPPORT));
        assert_eq!(strict(SYS_socketpair, &[family as u64, datagram, 0]), refused(EAFNOSUPPORT));
    }
}

#[test]
fn fast_open_never_gets_through() {
    let flag = MSG_FASTOPEN as u64;
    assert_eq!(strict(SYS_sendto, &[3, 0, 0, flag, 0, 0]), refused(EOPNOTSUPP));
    assert_eq!(strict(SYS_sendto, &[3, 0, 0, flag | 0x4000, 1 << 33, 16]), refused(EOPNOTSUPP));
    assert_eq!(strict(SYS_sendmsg, &[3, 0, flag]), refused(EOPNOTSUPP));
    assert_eq!(strict(SYS_sendmmsg, &[3, 0, 1, flag]), refused(EOPNOTSUPP));
}

#[test]
fn addressed_datagrams_are_notified_and_others_are_free() {
    assert_eq!(strict(SYS_sendto, &[3, 4096, 10, 0, 0, 0]), ALLOW);
    assert_eq!(strict(SYS_sendto, &[3, 4096, 10, 0, 1 << 32, 16]), NOTIFY);
    assert_eq!(strict(SYS_sendmsg, &[3, 4096, 0]), NOTIFY);
}

#[test]
fn terminals_work_but_nothing_is_typed_into_them() {
    for command in [TCGETS, TCSETSW, TIOCGWINSZ, TIOCSPGRP, FIONBIO, FIONREAD, FICLONE] {
        assert_eq!(strict(SYS_ioctl, &[0, command]), ALLOW);
    }
    assert_eq!(strict(SYS_ioctl, &[0, SIOCGIFNAME]), NOTIFY);
    const FSSETXATTR: u64 = 0x401c_5820;
    const NOTIF_SEND: u64 = 0xc018_2101;
    let refused_ones = [TIOCSTI, TIOCLINUX, TIOCSETD, FIOASYNC, 0x8901, 0x8902];
    for command in refused_ones.into_iter().chain([FS_IOC_SETFLAGS, FSSETXATTR, NOTIF_SEND]) {
        assert_eq!(strict(SYS_ioctl, &[0, command]), refused(ENOTTY));
        assert_eq!(strict(SYS_ioctl, &[0, command | 1 << 32]), refused(ENOTTY));
    }
}

#[test]
fn output_of_a_terminal_can_go_on_and_not_be_stopped() {
    assert_eq!(strict(SYS_ioctl, &[0, TCXONC, TCOON as u64]), ALLOW);
    assert_eq!(strict(SYS_ioctl, &[0, TCXONC, TCOOFF as u64]), refused(EPERM));
}

#[test]
fn descriptors_signal_nobody() {
    assert_eq!(strict(SYS_fcntl, &[3, F_DUPFD_CLOEXEC as u64]), ALLOW);
    assert_eq!(strict(SYS_fcntl, &[3, F_SETFL as u64, O_NONBLOCK as u64]), ALLOW);
    assert_eq!(strict(SYS_fcntl, &[3, F_SETFL as u64, O_ASYNC as u64]), refused(EPERM));
    for command in [F_SETOWN, F_SETLEASE, F_NOTIFY, 10, 15] {
        assert_eq!(strict(SYS_fcntl, &[3, command as u64]), refused(EPERM));
    }
}

#[test]
fn options_of_sockets_are_listed_by_level() {
    let set = |level: i32, name: i32| strict(SYS_setsockopt, &[3, level as u64, name as u64]);
    for (level, name) in [(SOL_SOCKET, SO_REUSEADDR), (IPPROTO_TCP, TCP_NODELAY), (IPPROTO_IPV6, IPV6_V6ONLY)] {
        assert_eq!(set(level, name), ALLOW);
    }
    let refused_ones = [
        (SOL_SOCKET, SO_ATTACH_FILTER),
        (SOL_SOCKET, SO_ATTACH_BPF),
        (SOL_SOCKET, SO_BINDTODEVICE),
        (IPPROTO_TCP, TCP_REPAIR),
        (IPPROTO_TCP, TCP_ULP),
        (IPPROTO_TCP, TCP_FASTOPEN_CONNECT),
        (IPPROTO_IP, IP_OPTIONS),
        (IPPROTO_IPV6, IPV6_ADDRFORM),
        (284, 1),
        (IPPROTO_ICMPV6, 1),
    ];
    for (level, name) in refused_ones {
        assert_eq!(set(level, name), refused(ENOPROTOOPT), "level {level} name {name}");
    }
}

#[test]
fn files_never_get_set_id_bits_when_they_are_made() {
    let creating = (O_CREAT | O_WRONLY) as u64;
    assert_eq!(strict(SYS_openat, &[0, 0, creating, 0o644]), ALLOW);
    assert_eq!(strict(SYS_openat, &[0, 0, O_RDONLY as u64, 0o7777]), ALLOW);
    assert_eq!(strict(SYS_openat, &[0, 0, (O_RDONLY | O_DIRECTORY) as u64, 0o7777]), ALLOW);
    assert_eq!(strict(SYS_openat, &[0, 0, creating, 0o4755]), refused(EPERM));
    assert_eq!(strict(SYS_openat, &[0, 0, (O_TMPFILE | O_RDWR) as u64, 0o2755]), refused(EPERM));
    assert_eq!(strict(SYS_mknodat, &[0, 0, (S_IFREG | 0o4755).into(), 0]), refused(EPERM));
    #[cfg(target_arch = "x86_64")]
    {
        assert_eq!(strict(SYS_open, &[0, creating, 0o4755]), refused(EPERM));
        assert_eq!(strict(SYS_creat, &[0, 0o4755]), refused(EPERM));
    }
}

#[test]
fn other_processes_are_the_brokers_business() {
    assert_eq!(strict(SYS_prlimit64, &[0, 7]), ALLOW);
    assert_eq!(strict(SYS_prlimit64, &[1234, 7]), NOTIFY);
    assert_eq!(strict(SYS_setpriority, &[PRIO_PROCESS as u64, 0, 5]), ALLOW);
    assert_eq!(strict(SYS_setpriority, &[PRIO_PROCESS as u64, 77, 5]), NOTIFY);
    assert_eq!(strict(SYS_setpriority, &[PRIO_PGRP as u64, 0, 5]), refused(EPERM));
    assert_eq!(strict(SYS_kill, &[1, 9]), ALLOW);
    assert_eq!(result(&LOOSE, SYS_kill, [1, 9, 0, 0, 0, 0]), NOTIFY);
}

#[test]
fn a_library_is_looked_at_once() {
    let map = |protection: i32, flags: i32| strict(SYS_mmap, &[0, 4096, protection as u64, flags as u64]);
    assert_eq!(map(PROT_READ, MAP_PRIVATE), ALLOW);
    assert_eq!(map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS), ALLOW);
    assert_eq!(map(PROT_READ, MAP_PRIVATE | MAP_DENYWRITE), NOTIFY);
    assert_eq!(map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_DENYWRITE | MAP_FIXED), ALLOW);
    assert_eq!(map(PROT_READ | PROT_EXEC, MAP_PRIVATE), NOTIFY);
}

#[test]
fn nobody_else_listens() {
    let listener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    assert_eq!(strict(SYS_seccomp, &[SECCOMP_SET_MODE_FILTER.into(), 0]), ALLOW);
    // The broker refuses all but the question what the jail is.
    assert_eq!(strict(SYS_seccomp, &[SECCOMP_SET_MODE_FILTER.into(), listener]), NOTIFY);
}

#[test]
fn learning_hears_of_files_and_lets_nothing_more_through() {
    for number in 0..480_u32 {
        let [watched, plain] = [&LEARNING, &LOOSE].map(|setting| result(setting, number.into(), [0; 6]));
        assert!(watched == plain || (plain == ALLOW && watched == NOTIFY), "call {number}");
    }
    assert_eq!(result(&LEARNING, SYS_openat, [0, 0, O_RDONLY as u64, 0, 0, 0]), NOTIFY);
}

#[test]
fn only_what_may_remove_or_make_a_granted_folder_is_notified() {
    let call = |number: i64, arguments: [u64; 3]| {
        let [a, b, c] = arguments;
        result(&Setting { folders: Folders::Remade, ..STRICT }, number, [a, b, c, 0, 0, 0])
    };
    let here = AT_FDCWD as u64;
    assert_eq!(call(SYS_unlinkat, [here, 0, 0]), NOTIFY);
    assert_eq!(call(SYS_unlinkat, [5, 0, AT_REMOVEDIR as u64]), NOTIFY);
    assert_eq!(call(SYS_unlinkat, [5, 0, 0]), ALLOW);
    assert_eq!(call(SYS_mkdirat, [here, 0, 0]), NOTIFY);
    assert_eq!(call(SYS_mkdirat, [5, 0, 0]), ALLOW);
    assert_eq!(strict(SYS_unlinkat, &[here, 0, 0]), ALLOW);
    let told = Setting { folders: Folders::Told, ..STRICT };
    assert_eq!(result(&told, SYS_mkdir, [0; 6]), NOTIFY);
    assert_eq!(result(&told, SYS_rmdir, [0; 6]), ALLOW);
    assert_eq!(result(&told, SYS_unlinkat, [here, 0, AT_REMOVEDIR as u64, 0, 0, 0]), ALLOW);
}

#[test]
fn removed_folders_are_the_brokers_business_only_where_native_code_may_run() {
    use crate::policy::{AddonPackage, Grants, Origin, Program};
    fn grant<P>(pattern: P) -> Vec<Grant<P>> {
        vec![Grant { pattern, text: "it".into(), origin: Origin::Default("test") }]
    }
    let folders = |allow: Grants| {
        Setting::new(&Policy { allow, ..Policy::default() }, 7, Sockets::Target, Uses::Unwatched).folders
    };
    let write = || grant("/app/dist".into());
    let run = || grant(Program { name: "rm".into(), path: "/usr/bin/rm".into() });
    let addons = grant(AddonPackage { name: "sharp".into(), folders: vec!["/app/node_modules/sharp".into()] });
    assert_eq!(folders(Grants { write: write(), ..Grants::default() }), Folders::Left);
    assert_eq!(folders(Grants { run: run(), ..Grants::default() }), Folders::Told);
    assert_eq!(folders(Grants { addons: addons.clone(), ..Grants::default() }), Folders::Told);
    assert_eq!(folders(Grants { write: write(), run: run(), ..Grants::default() }), Folders::Remade);
    assert_eq!(folders(Grants { write: write(), addons, ..Grants::default() }), Folders::Remade);
}
