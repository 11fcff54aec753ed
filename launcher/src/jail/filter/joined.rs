//! The program of a run that joins the jail around it: the same table without a broker of its own.
//!
//! The strictest answer of all filters counts, so a call that this one lets through is still answered by the broker
//! around, by the policy of the jail around. Where that is wider than this run's own, the call is refused here.

use super::arguments::{PRIORITIES, PRIORITIES_OF_INPUT, SCHEDULING, bits};
use super::notified::METADATA;
use super::{Row, Rule, Setting, assembled, table};
use crate::policy::{Left, Narrowing};
use libc::*;

/// The program for `seccomp(SECCOMP_SET_MODE_FILTER)`, without a listener.
pub fn program(setting: &Setting, narrowing: Narrowing) -> Vec<sock_filter> {
    assembled(&rows(setting, narrowing))
}

fn rows(setting: &Setting, narrowing: Narrowing) -> Vec<Row> {
    let each = |row: Row| {
        let Row { calls, rule, reason } = row;
        let one = move |call| Row { calls: vec![call], rule: joined(call, rule.clone(), narrowing), reason };
        calls.into_iter().map(one)
    };
    table(setting).into_iter().flat_map(each).collect()
}

fn joined(call: i64, rule: Rule, narrowing: Narrowing) -> Rule {
    let (network, metadata) = (narrowing.network == Left::Out, narrowing.metadata == Left::Out);
    let asked = rule.answered(&answer(call, narrowing));
    if call == SYS_socket && network {
        Rule::Refuse(EACCES)
    } else if call == SYS_socket && metadata {
        // The broker around would make their files where its own policy lets it.
        Rule::among(0, &[bits(AF_UNIX)], Rule::Refuse(EACCES), asked)
    } else if call == SYS_socketpair && (network || metadata) {
        // One of these sends to any address, and can be bound to a file; one of the others only knows its other end.
        Rule::masked(1, KIND, &[bits(SOCK_DGRAM)], Rule::Refuse(EACCES), asked)
    } else {
        asked
    }
}

/// A socket's type without its flags.
const KIND: u32 = 0xf;

/// In place of the broker's answer. What is allowed Landlock bounds, or nothing of this policy is narrower there than
/// that of the jail around.
fn answer(call: i64, narrowing: Narrowing) -> Rule {
    let left = [
        (NETWORK, narrowing.network, EACCES),
        (METADATA, narrowing.metadata, EPERM),
        (&[SYS_inotify_add_watch][..], narrowing.watches, EACCES),
        // The broker around would let these reach every process of its jail.
        (&[SYS_pidfd_open], Left::Out, EPERM),
        (SCHEDULING, Left::Out, EPERM),
        (PRIORITIES, Left::Out, EPERM),
        (PRIORITIES_OF_INPUT, Left::Out, EPERM),
        // Asked about without a run grant only.
        (PROCESSES, Left::Out, EACCES),
    ];
    let out = left.into_iter().find(|(calls, left, _)| *left == Left::Out && calls.contains(&call));
    out.map_or(Rule::Allow, |(_, _, errno)| Rule::Refuse(errno))
}

const NETWORK: &[i64] = &[SYS_connect, SYS_bind, SYS_listen, SYS_sendto];

const PROCESSES: &[i64] = &[
    SYS_clone,
    #[cfg(target_arch = "x86_64")]
    SYS_fork,
    #[cfg(target_arch = "x86_64")]
    SYS_vfork,
];

#[cfg(test)]
mod tests {
    use super::super::tests::{ALLOW, NOTIFY, SETTINGS, evaluate, refused};
    use super::*;

    const OUTER: Narrowing =
        Narrowing { network: Left::ToTheJailAround, metadata: Left::ToTheJailAround, watches: Left::ToTheJailAround };
    const ALONE: Narrowing = Narrowing { network: Left::Out, metadata: Left::Out, watches: Left::Out };

    fn result(narrowing: Narrowing, call: i64, arguments: &[u64]) -> u32 {
        let mut all = [0; 6];
        all[..arguments.len()].copy_from_slice(arguments);
        evaluate(&program(&SETTINGS[0], narrowing), call, all)
    }

    #[test]
    fn nothing_waits_for_a_broker_that_is_not_there() {
        for setting in &SETTINGS {
            for narrowing in [OUTER, ALONE] {
                let program = program(setting, narrowing);
                for call in 0..500 {
                    for arguments in [[0; 6], [u64::MAX; 6], [2, 2, 2, 2, 2, 2]] {
                        assert_ne!(evaluate(&program, call, arguments), NOTIFY, "call {call}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_the_outer_filter_refuses_is_refused_here_too() {
        for setting in &SETTINGS {
            let (joined, own) = (program(setting, OUTER), super::super::program(setting));
            for call in 0..500 {
                let (found, own) = (evaluate(&joined, call, [0; 6]), evaluate(&own, call, [0; 6]));
                assert!(found == own || own == NOTIFY, "call {call}");
            }
        }
    }

    #[test]
    fn without_a_network_there_are_no_sockets_but_connected_pairs() {
        let (internet, unix) = (AF_INET as u64, AF_UNIX as u64);
        for (family, kind) in [(internet, SOCK_STREAM), (internet, SOCK_DGRAM), (unix, SOCK_STREAM)] {
            assert_eq!(result(ALONE, SYS_socket, &[family, kind as u64, 0]), refused(EACCES));
            assert_eq!(result(OUTER, SYS_socket, &[family, kind as u64, 0]), ALLOW);
        }
        for call in [SYS_connect, SYS_bind, SYS_listen] {
            assert_eq!(result(ALONE, call, &[3, 8, 16]), refused(EACCES));
            assert_eq!(result(OUTER, call, &[3, 8, 16]), ALLOW);
        }
        assert_eq!(result(ALONE, SYS_sendto, &[3, 8, 1, 0, 8, 16]), refused(EACCES));
        assert_eq!(result(ALONE, SYS_socketpair, &[unix, SOCK_STREAM as u64 | SOCK_CLOEXEC as u64]), ALLOW);
        assert_eq!(result(ALONE, SYS_socketpair, &[unix, (SOCK_DGRAM | SOCK_CLOEXEC) as u64]), refused(EACCES));
    }

    #[test]
    fn metadata_and_watches_go_with_what_is_narrower() {
        assert_eq!(result(ALONE, SYS_fchmod, &[3, 0o777]), refused(EPERM));
        assert_eq!(result(ALONE, SYS_inotify_add_watch, &[3, 8, 1]), refused(EACCES));
        assert_eq!(result(OUTER, SYS_fchmod, &[3, 0o777]), ALLOW);
        assert_eq!(result(OUTER, SYS_inotify_add_watch, &[3, 8, 1]), ALLOW);
        let narrow = Narrowing { metadata: Left::Out, ..OUTER };
        assert_eq!(result(narrow, SYS_socket, &[AF_UNIX as u64, SOCK_STREAM as u64, 0]), refused(EACCES));
        assert_eq!(result(narrow, SYS_socket, &[AF_INET as u64, SOCK_STREAM as u64, 0]), ALLOW);
        assert_eq!(result(narrow, SYS_socketpair, &[AF_UNIX as u64, SOCK_DGRAM as u64]), refused(EACCES));
        assert_eq!(result(narrow, SYS_socketpair, &[AF_UNIX as u64, SOCK_STREAM as u64]), ALLOW);
    }

    #[test]
    fn no_other_process_is_reached_and_none_made_without_a_grant() {
        assert_eq!(result(OUTER, SYS_prlimit64, &[0, 7]), ALLOW);
        assert_eq!(result(OUTER, SYS_prlimit64, &[77, 7]), refused(EPERM));
        assert_eq!(result(OUTER, SYS_clone, &[SIGCHLD as u64]), refused(EACCES));
    }
}
