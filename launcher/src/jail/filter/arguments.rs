//! Calls that are decided by their register arguments.

use super::numbers::{F_DUPFD_QUERY, GET_SPECULATION_CTRL, IOPRIO_WHO_PROCESS, PR_GET_AUXV};
use super::options::{interfaces, socket_options};
use super::{NativeCode, Processes, Row, Rule, Setting, Sockets, row};
use libc::*;

/// Set-user-ID and set-group-ID: a file with them would outlive the jail and act for its owner.
const SET_ID: u32 = S_ISUID | S_ISGID;
/// Bits of a socket's type that are flags.
const SOCKET_FLAGS: u32 = bits(SOCK_NONBLOCK | SOCK_CLOEXEC);

pub fn rows(setting: &Setting) -> Vec<Row> {
    let mut rows = vec![
        row("terminals, modes of descriptors, and copies by reference; by command", interfaces(), &[SYS_ioctl]),
        row(
            "descriptors' flags and locks; never who gets signals (SETOWN, SETSIG), leases, notes",
            fcntl(),
            &[SYS_fcntl],
        ),
        row("options of sockets that servers and clients set; by level and name", socket_options(), &[SYS_setsockopt]),
        row("TCP and UDP over IP, and unix sockets", socket(setting.sockets), &[SYS_socket]),
        row("pairs of unix sockets", pair(setting.sockets), &[SYS_socketpair]),
        row("the process's and its threads' own attributes", prctl(), &[SYS_prctl]),
        row("threads; processes with a run grant; never namespaces", clone(setting.processes), &[SYS_clone]),
        row("datagrams without an address go where the socket is connected", send_to(), &[SYS_sendto]),
        row(
            "resolvers look where a reply comes from: the broker tells them the nameserver that they asked",
            Rule::null(4, Rule::Allow, Rule::Notify),
            &[SYS_recvfrom],
        ),
        row("hides addresses in memory; the flag would connect past Landlock", message(2), &[SYS_sendmsg]),
        row("as sendmsg", message(3), &[SYS_sendmmsg]),
        row("memory; native code is looked at before it is mapped", map(setting.native_code), &[SYS_mmap]),
        row("narrower filters; a second listener would decide in the broker's place", seccomp(), &[SYS_seccomp]),
        row("asks only", Rule::among(0, &[u32::MAX], Rule::Allow, Rule::Refuse(EPERM)), &[SYS_personality]),
        row("Landlock decides; never files with set-ID bits", open(2, 3), &[SYS_openat]),
        row("as openat, with types; devices want a capability", set_id(2, Rule::Allow), &[SYS_mknodat]),
    ];
    rows.extend(other_processes());
    #[cfg(target_arch = "x86_64")]
    rows.extend(older_forms());
    rows
}

#[cfg(target_arch = "x86_64")]
fn older_forms() -> Vec<Row> {
    use super::numbers::{ARCH_GET_FS, ARCH_SET_FS};
    let segments = Rule::among(0, &[ARCH_SET_FS, ARCH_GET_FS], Rule::Allow, Rule::Refuse(EINVAL));
    vec![
        row("as openat", open(1, 2), &[SYS_open]),
        row("as openat, always creating", set_id(1, Rule::Allow), &[SYS_creat]),
        row("as mknodat", set_id(1, Rule::Allow), &[SYS_mknod]),
        row("thread-local storage; nothing else of the processor's", segments, &[SYS_arch_prctl]),
    ]
}

/// The process itself is 0; the broker looks at every other number.
fn other_processes() -> Vec<Row> {
    let by_first = Rule::among(0, &[0], Rule::Allow, Rule::Notify);
    // Which type the numbers have depends on the C library.
    #[allow(clippy::unnecessary_cast)]
    let (priority, input) = (PRIO_PROCESS as u32, IOPRIO_WHO_PROCESS as u32);
    let by_kind = |process| {
        let itself = Rule::among(1, &[0], Rule::Allow, Rule::Notify);
        Rule::among(0, &[process], itself, Rule::Refuse(EPERM))
    };
    vec![
        row("scheduling and limits, of the jail's processes only", by_first, SCHEDULING),
        row("priorities of single processes; groups and users reach beyond the jail", by_kind(priority), PRIORITIES),
        row("as priorities, of input and output", by_kind(input), PRIORITIES_OF_INPUT),
    ]
}

pub(super) const SCHEDULING: &[i64] = &[
    SYS_prlimit64,
    SYS_sched_setaffinity,
    SYS_sched_getaffinity,
    SYS_sched_setscheduler,
    SYS_sched_getscheduler,
    SYS_sched_setparam,
    SYS_sched_getparam,
    SYS_sched_setattr,
    SYS_sched_getattr,
    SYS_sched_rr_get_interval,
];

pub(super) const PRIORITIES: &[i64] = &[SYS_getpriority, SYS_setpriority];

pub(super) const PRIORITIES_OF_INPUT: &[i64] = &[SYS_ioprio_get, SYS_ioprio_set];

fn fcntl() -> Rule {
    const COMMANDS: [u32; 17] = [
        bits(F_DUPFD),
        bits(F_DUPFD_CLOEXEC),
        bits(F_GETFD),
        bits(F_SETFD),
        bits(F_GETFL),
        bits(F_GETLK),
        bits(F_SETLK),
        bits(F_SETLKW),
        bits(F_OFD_GETLK),
        bits(F_OFD_SETLK),
        bits(F_OFD_SETLKW),
        bits(F_GETPIPE_SZ),
        bits(F_SETPIPE_SZ),
        bits(F_GETOWN),
        bits(F_ADD_SEALS),
        bits(F_GET_SEALS),
        F_DUPFD_QUERY,
    ];
    // A terminal's O_ASYNC signals its foreground group without F_SETOWN.
    let flags = Rule::any_bit(2, bits(O_ASYNC), Rule::Refuse(EPERM), Rule::Allow);
    let others = Rule::among(1, &[bits(F_SETFL)], flags, Rule::Refuse(EPERM));
    Rule::among(1, &COMMANDS, Rule::Allow, others)
}

fn socket(sockets: Sockets) -> Rule {
    let made = by_maker(sockets);
    let protocol = |own: i32| Rule::among(2, &[0, bits(own)], made.clone(), Rule::Refuse(EPROTONOSUPPORT));
    let of_type =
        |kind: i32, then: Rule, otherwise: Rule| Rule::masked(1, !SOCKET_FLAGS, &[bits(kind)], then, otherwise);
    let datagram = of_type(SOCK_DGRAM, protocol(IPPROTO_UDP), Rule::Refuse(ESOCKTNOSUPPORT));
    let internet = of_type(SOCK_STREAM, protocol(IPPROTO_TCP), datagram);
    let unix = Rule::among(0, &[bits(AF_UNIX)], made.clone(), Rule::Refuse(EAFNOSUPPORT));
    Rule::among(0, &[bits(AF_INET), bits(AF_INET6)], internet, unix)
}

fn by_maker(sockets: Sockets) -> Rule {
    match sockets {
        Sockets::Target => Rule::Allow,
        Sockets::Broker => Rule::Notify,
    }
}

/// A pair is connected from the start: the broker has nothing to decide, but one of datagrams to note where it can't fetch
/// them.
fn pair(sockets: Sockets) -> Rule {
    let streams = [SOCK_STREAM, SOCK_SEQPACKET].map(bits);
    let pair = Rule::masked(1, !SOCKET_FLAGS, &streams, Rule::Allow, by_maker(sockets));
    Rule::among(0, &[bits(AF_UNIX)], pair, Rule::Refuse(EAFNOSUPPORT))
}

fn prctl() -> Rule {
    const OPTIONS: [u32; 25] = [
        bits(PR_SET_NAME),
        bits(PR_GET_NAME),
        bits(PR_SET_VMA),
        bits(PR_GET_DUMPABLE),
        bits(PR_SET_PDEATHSIG),
        bits(PR_GET_PDEATHSIG),
        bits(PR_SET_NO_NEW_PRIVS),
        bits(PR_GET_NO_NEW_PRIVS),
        bits(PR_GET_SECCOMP),
        bits(PR_CAPBSET_READ),
        bits(PR_CAP_AMBIENT),
        bits(PR_GET_SECUREBITS),
        bits(PR_GET_KEEPCAPS),
        bits(PR_SET_CHILD_SUBREAPER),
        bits(PR_GET_CHILD_SUBREAPER),
        bits(PR_SET_THP_DISABLE),
        bits(PR_GET_THP_DISABLE),
        bits(PR_SET_TIMERSLACK),
        bits(PR_GET_TIMERSLACK),
        bits(PR_GET_TID_ADDRESS),
        GET_SPECULATION_CTRL,
        bits(PR_SET_MDWE),
        bits(PR_GET_MDWE),
        bits(PR_GET_TIMING),
        PR_GET_AUXV,
    ];
    // Not PR_SET_DUMPABLE: the broker could no longer read what the process asks for.
    // Unknown options fail as they do on a kernel that lacks them.
    Rule::among(0, &with_machine_options(&OPTIONS), Rule::Allow, Rule::Refuse(EINVAL))
}

#[cfg(target_arch = "x86_64")]
fn with_machine_options(options: &[u32]) -> Vec<u32> {
    options.to_vec()
}

/// Pointer authentication, tagged addresses and vector lengths of arm64 (linux/prctl.h).
#[cfg(target_arch = "aarch64")]
fn with_machine_options(options: &[u32]) -> Vec<u32> {
    const PR_SVE_GET_VL: u32 = 51;
    const PR_SME_GET_VL: u32 = 64;
    let own = [
        bits(PR_PAC_RESET_KEYS),
        bits(PR_GET_TAGGED_ADDR_CTRL),
        bits(PR_SET_TAGGED_ADDR_CTRL),
        PR_SVE_GET_VL,
        PR_SME_GET_VL,
    ];
    [options, &own].concat()
}

fn clone(processes: Processes) -> Rule {
    // CLONE_NEWTIME is not here: in clone its bit belongs to the signal (clone(2)).
    const FORBIDDEN: u32 = bits(
        CLONE_NEWNS
            | CLONE_NEWCGROUP
            | CLONE_NEWUTS
            | CLONE_NEWIPC
            | CLONE_NEWUSER
            | CLONE_NEWPID
            | CLONE_NEWNET
            | CLONE_PARENT
            | CLONE_PTRACE
            | CLONE_UNTRACED,
    );
    let process = match processes {
        Processes::Granted => Rule::Allow,
        // The broker refuses it, and reports it.
        Processes::Refused => Rule::Notify,
    };
    // The broker fetches descriptors from the process, so its threads share one table.
    let thread = Rule::all_bits(0, bits(CLONE_FILES | CLONE_FS), Rule::Allow, Rule::Refuse(EINVAL));
    let either = Rule::any_bit(0, bits(CLONE_THREAD), thread, process);
    Rule::any_bit(0, FORBIDDEN, Rule::Refuse(EPERM), either)
}

fn send_to() -> Rule {
    without_fast_open(3, Rule::null(4, Rule::Allow, Rule::Notify))
}

fn message(flags: u8) -> Rule {
    without_fast_open(flags, Rule::Notify)
}

/// MSG_FASTOPEN connects, and Landlock's TCP rules don't see it.
fn without_fast_open(flags: u8, then: Rule) -> Rule {
    Rule::any_bit(flags, bits(MSG_FASTOPEN), Rule::Refuse(EOPNOTSUPP), then)
}

/// glibc's loader maps the first segment of each library without MAP_FIXED and all with MAP_DENYWRITE, so one
/// notification for a library is enough; other loaders are noticed by PROT_EXEC on a file.
fn map(native_code: NativeCode) -> Rule {
    if native_code == NativeCode::Free {
        return Rule::Allow;
    }
    let library = Rule::any_bit(3, bits(MAP_FIXED), Rule::Allow, Rule::Notify);
    let other_file = Rule::any_bit(3, bits(MAP_ANONYMOUS), Rule::Allow, Rule::Notify);
    let executable = Rule::any_bit(2, bits(PROT_EXEC), other_file, Rule::Allow);
    Rule::any_bit(3, bits(MAP_DENYWRITE), library, executable)
}

fn seccomp() -> Rule {
    const OPERATIONS: [u32; 3] = [SECCOMP_SET_MODE_STRICT, SECCOMP_GET_ACTION_AVAIL, SECCOMP_GET_NOTIF_SIZES];
    let listener = SECCOMP_FILTER_FLAG_NEW_LISTENER as u32;
    // Refused by the broker, unless it is the question of a cordon inside what jail this is.
    let filter = Rule::any_bit(1, listener, Rule::Notify, Rule::Allow);
    let others = Rule::among(0, &OPERATIONS, Rule::Allow, Rule::Refuse(EINVAL));
    Rule::among(0, &[SECCOMP_SET_MODE_FILTER], filter, others)
}

fn open(flags: u8, mode: u8) -> Rule {
    // Without O_CREAT and O_TMPFILE the mode is not read, and may hold anything.
    const CREATING: u32 = bits(O_CREAT | (O_TMPFILE & !O_DIRECTORY));
    let creating = Rule::any_bit(flags, CREATING, Rule::Refuse(EPERM), Rule::Allow);
    Rule::any_bit(mode, SET_ID, creating, Rule::Allow)
}

fn set_id(mode: u8, otherwise: Rule) -> Rule {
    Rule::any_bit(mode, SET_ID, Rule::Refuse(EPERM), otherwise)
}

/// The kernel takes these as unsigned words; libc writes most of them as signed.
pub const fn bits(value: i32) -> u32 {
    value.cast_unsigned()
}
