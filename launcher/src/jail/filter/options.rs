//! The long lists: commands of ioctl and options of setsockopt.

use super::Rule;
use super::arguments::bits;
use libc::*;

/// Commands of ioctl(2). Everything else fails with ENOTTY, as on a file that lacks it: TIOCSTI and TIOCLINUX (type into
/// the terminal), TIOCSETD, FIOASYNC, FIOSETOWN and SIOCSPGRP (signals to others), FS_IOC_SETFLAGS and FSSETXATTR
/// (change files through descriptors that are only open for reading), SECCOMP_IOCTL_* (the broker's) among them.
pub fn interfaces() -> Rule {
    const EVERY_DESCRIPTOR: [Ioctl; 4] = [FIONBIO, FIOCLEX, FIONCLEX, FIONREAD];
    const TERMINALS_MODE: [Ioctl; 8] = [TCGETS, TCSETS, TCSETSW, TCSETSF, TCGETS2, TCSETS2, TCSETSW2, TCSETSF2];
    const TERMINALS_FLOW: [Ioctl; 4] = [TCSBRK, TCSBRKP, TCFLSH, TIOCOUTQ];
    const TERMINALS_SIZE: [Ioctl; 2] = [TIOCGWINSZ, TIOCSWINSZ];
    /// Jobs of a shell; only inside the terminal's own session.
    const TERMINALS_JOBS: [Ioctl; 5] = [TIOCGPGRP, TIOCSPGRP, TIOCGSID, TIOCSCTTY, TIOCNOTTY];
    /// A terminal of the program's own, as node-pty makes it.
    const OWN_TERMINAL: [Ioctl; 4] = [TIOCGPTN, TIOCSPTLCK, TIOCGPTLCK, TIOCGPTPEER];
    /// fs.copyFile: the target is open for writing, the source for reading.
    const COPIES: [Ioctl; 2] = [FICLONE, FICLONERANGE];

    let commands: Vec<u32> = [
        &EVERY_DESCRIPTOR[..],
        &TERMINALS_MODE,
        &TERMINALS_FLOW,
        &TERMINALS_SIZE,
        &TERMINALS_JOBS,
        &OWN_TERMINAL,
        &COPIES,
    ]
    .concat()
    .into_iter()
    .map(|command| command as u32)
    .collect();
    // Not TCOOFF: output would stay stopped when the program is gone, for cordon and the shell too.
    let flow = Rule::among(2, &unsigned(&[TCOON, TCIOFF, TCION]), Rule::Allow, Rule::Refuse(EPERM));
    let others = Rule::among(1, &[TCXONC as u32], flow, Rule::Refuse(ENOTTY));
    let others = Rule::among(1, &[SIOCGIFNAME as u32, SIOCGIFINDEX as u32], Rule::Notify, others);
    Rule::among(1, &commands, Rule::Allow, others)
}

/// Options of setsockopt(2). Everything else fails with ENOPROTOOPT, as on a kernel that lacks it: SO_ATTACH_FILTER and
/// _BPF, SO_BINDTODEVICE, SO_MARK, TCP_REPAIR, TCP_ULP, TCP_FASTOPEN_CONNECT, IP_OPTIONS (source routes),
/// IPV6_ADDRFORM, IPV6_RTHDR among them.
pub fn socket_options() -> Rule {
    const SOCKET: [i32; 17] = [
        SO_REUSEADDR,
        SO_REUSEPORT,
        SO_KEEPALIVE,
        SO_BROADCAST,
        SO_LINGER,
        SO_OOBINLINE,
        SO_SNDBUF,
        SO_RCVBUF,
        SO_RCVTIMEO,
        SO_SNDTIMEO,
        SO_RCVLOWAT,
        SO_PASSCRED,
        SO_TIMESTAMP,
        SO_TIMESTAMPNS,
        SO_RXQ_OVFL,
        SO_PRIORITY,
        SO_DONTROUTE,
    ];
    const TCP: [i32; 13] = [
        TCP_NODELAY,
        TCP_CORK,
        TCP_KEEPIDLE,
        TCP_KEEPINTVL,
        TCP_KEEPCNT,
        TCP_QUICKACK,
        TCP_USER_TIMEOUT,
        TCP_MAXSEG,
        TCP_DEFER_ACCEPT,
        TCP_LINGER2,
        TCP_SYNCNT,
        TCP_WINDOW_CLAMP,
        TCP_NOTSENT_LOWAT,
    ];
    const IP: [i32; 12] = [
        IP_TOS,
        IP_TTL,
        IP_RECVERR,
        IP_PKTINFO,
        IP_RECVTOS,
        IP_RECVTTL,
        IP_MTU_DISCOVER,
        IP_BIND_ADDRESS_NO_PORT,
        IP_MULTICAST_TTL,
        IP_MULTICAST_LOOP,
        IP_MULTICAST_ALL,
        IP_MULTICAST_IF,
    ];
    const IPV6: [i32; 12] = [
        IPV6_V6ONLY,
        IPV6_UNICAST_HOPS,
        IPV6_RECVERR,
        IPV6_RECVPKTINFO,
        IPV6_RECVTCLASS,
        IPV6_TCLASS,
        IPV6_RECVHOPLIMIT,
        IPV6_MTU_DISCOVER,
        IPV6_MULTICAST_HOPS,
        IPV6_MULTICAST_LOOP,
        IPV6_MULTICAST_ALL,
        IPV6_MULTICAST_IF,
    ];
    const UDP: [i32; 2] = [UDP_SEGMENT, UDP_GRO];

    /// Joining and leaving groups, which the network is told: the broker decides by the group's address.
    const GROUPS: [i32; 8] = [
        IP_ADD_MEMBERSHIP,
        IP_DROP_MEMBERSHIP,
        IP_ADD_SOURCE_MEMBERSHIP,
        IP_DROP_SOURCE_MEMBERSHIP,
        MCAST_JOIN_GROUP,
        MCAST_LEAVE_GROUP,
        MCAST_JOIN_SOURCE_GROUP,
        MCAST_LEAVE_SOURCE_GROUP,
    ];
    const GROUPS6: [i32; 6] = [
        IPV6_ADD_MEMBERSHIP,
        IPV6_DROP_MEMBERSHIP,
        MCAST_JOIN_GROUP,
        MCAST_LEAVE_GROUP,
        MCAST_JOIN_SOURCE_GROUP,
        MCAST_LEAVE_SOURCE_GROUP,
    ];

    let refused = Rule::Refuse(ENOPROTOOPT);
    let levels = [
        (SOL_SOCKET, &SOCKET[..], &[][..]),
        (IPPROTO_TCP, &TCP, &[]),
        (IPPROTO_IP, &IP, &GROUPS),
        (IPPROTO_IPV6, &IPV6, &GROUPS6),
        (SOL_UDP, &UDP, &[]),
    ];
    levels.into_iter().rev().fold(refused.clone(), |others, (level, names, notified)| {
        let broker = Rule::among(2, &unsigned(notified), Rule::Notify, refused.clone());
        Rule::among(1, &[bits(level)], Rule::among(2, &unsigned(names), Rule::Allow, broker), others)
    })
}

fn unsigned(names: &[i32]) -> Vec<u32> {
    names.iter().copied().map(bits).collect()
}
