//! Calls that the broker answers, because what they act on is in memory or belongs to a descriptor.

#[cfg(target_arch = "x86_64")]
use super::Processes;
use super::numbers::FCHMODAT2;
use super::{Folders, Row, Rule, Setting, Signals, Sockets, row};
use libc::*;

pub fn rows(setting: &Setting) -> Vec<Row> {
    let mut rows = vec![
        row(
            "where a socket goes and listens: the address is in memory; listen without bind takes any port",
            Rule::Notify,
            &[SYS_connect, SYS_bind, SYS_listen],
        ),
        row("which program starts", Rule::Notify, &[SYS_execve, SYS_execveat]),
        row(
            "metadata: Landlock does not cover it, and descriptors that are only open for reading change it too",
            Rule::Notify,
            METADATA,
        ),
        row(
            "watching a folder tells the names in it, and Landlock does not cover it",
            Rule::Notify,
            &[SYS_inotify_add_watch],
        ),
        row("a handle on a process: of the jail only", Rule::Notify, &[SYS_pidfd_open]),
    ];
    rows.extend(folders(setting.folders));
    rows.extend([signals(setting.signals), watches(setting.sockets)]);
    #[cfg(target_arch = "x86_64")]
    rows.push(row(
        "new processes: only with a run grant",
        match setting.processes {
            Processes::Granted => Rule::Allow,
            Processes::Refused => Rule::Notify,
        },
        &[SYS_fork, SYS_vfork],
    ));
    rows
}

pub(super) const METADATA: &[i64] = &[
    SYS_fchmod,
    SYS_fchmodat,
    FCHMODAT2,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    #[cfg(target_arch = "x86_64")]
    SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    SYS_chown,
    #[cfg(target_arch = "x86_64")]
    SYS_lchown,
    #[cfg(target_arch = "x86_64")]
    SYS_utime,
    #[cfg(target_arch = "x86_64")]
    SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    SYS_futimesat,
];

fn folders(folders: Folders) -> Vec<Row> {
    const REASON: &str = "Landlock decides; a granted folder that is removed and made again is answered by the broker, to keep its grant";
    const MADE: &str = "Landlock decides; the broker tells of folders that native code wants to make and may not";
    let (removed, made) = match folders {
        Folders::Remade => (Rule::Notify, Rule::Notify),
        Folders::Told => (Rule::Allow, Rule::Notify),
        Folders::Left => (Rule::Allow, Rule::Allow),
    };
    // A path behind a descriptor is what the removal of a whole tree names, and no granted folder but the tree itself.
    let from_here = |rule: &Rule| Rule::among(0, &[AT_FDCWD.cast_unsigned()], rule.clone(), Rule::Allow);
    let folder = Rule::any_bit(2, AT_REMOVEDIR.cast_unsigned(), removed.clone(), from_here(&removed));
    vec![
        row(REASON, folder, &[SYS_unlinkat]),
        row(MADE, from_here(&made), &[SYS_mkdirat]),
        #[cfg(target_arch = "x86_64")]
        row(REASON, removed, &[SYS_unlink, SYS_rmdir]),
        #[cfg(target_arch = "x86_64")]
        row(MADE, made, &[SYS_mkdir]),
    ]
}

fn signals(signals: Signals) -> Row {
    let rule = match signals {
        Signals::Landlock => Rule::Allow,
        Signals::Broker => Rule::Notify,
    };
    row(
        "signals stay inside the jail: Landlock holds that from ABI 6, the broker below",
        rule,
        &[SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal],
    )
}

fn watches(sockets: Sockets) -> Row {
    let rule = match sockets {
        Sockets::Target => Rule::Allow,
        Sockets::Broker => Rule::Notify,
    };
    row(
        "fs.watch's descriptor: made by the broker where it could not fetch it later",
        rule,
        &[
            SYS_inotify_init1,
            #[cfg(target_arch = "x86_64")]
            SYS_inotify_init,
        ],
    )
}
