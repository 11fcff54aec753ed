//! `cordon doctor`: what this kernel and this environment enforce, what is missing, and what to do.

mod text;

use crate::jail::features::{self, Descriptors, Listener, NamespacesHere};
use crate::jail::landlock;
use crate::supervisor;

/// One thing that a jail is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name for programs.
    pub name: &'static str,
    pub state: State,
    /// What was found.
    pub found: String,
    /// What it means, and what to do: empty where all is well.
    pub advice: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Enforced,
    /// Something else covers it, or a further layer is missing.
    Weaker,
    /// `cordon run` refuses.
    Missing,
}

/// Looks at everything. The calling process must have one thread.
pub fn examine() -> Vec<Finding> {
    vec![landlock(), notifications(), descriptors(), namespaces()]
}

/// Whether `cordon run` works here.
pub fn can_run(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.state != State::Missing)
}

pub use text::{human, json};

fn landlock() -> Finding {
    let abi = features::landlock_abi();
    let (state, advice) = match abi {
        0 => (
            State::Missing,
            "cordon run refuses: nothing else holds files. Use Linux 6.2 or newer, with \"landlock\" in the lsm= list of \
             the kernel's command line",
        ),
        abi if abi < landlock::OLDEST => {
            (State::Missing, "cordon run refuses: files could be truncated without a grant. Use Linux 6.2 or newer")
        }
        abi if abi < landlock::SIGNALS => {
            (State::Weaker, "The filter and the broker cover what this ABI lacks (sockets, devices, signals)")
        }
        _ => (State::Enforced, ""),
    };
    let found = if abi == 0 { String::from("not there") } else { format!("ABI {abi}") };
    Finding { name: "landlock", state, found, advice }
}

fn notifications() -> Finding {
    let (state, found, advice) = match features::listener() {
        Listener::Taken if is_in_jail() => (
            State::Weaker,
            "a jail of cordon's is around this process",
            "cordon run joins it, and can only narrow it: what wants a supervisor of its own is refused",
        ),
        Listener::Possible => (State::Enforced, "a filter with a listener can be installed", ""),
        Listener::Taken => (
            State::Missing,
            "another supervisor listens to this process already",
            "cordon run refuses: a kernel takes one listener per tree. Start cordon outside of that supervisor",
        ),
        Listener::Refused => (
            State::Missing,
            "a filter with a listener can't be installed",
            "cordon run refuses: nothing else holds the network. Use Linux 6.2 or newer, and allow seccomp(2) in the \
             container's profile",
        ),
    };
    Finding { name: "seccomp notifications", state, found: String::from(found), advice }
}

fn is_in_jail() -> bool {
    supervisor::jail_around().is_ok_and(|around| around.is_some())
}

fn descriptors() -> Finding {
    let (state, found, advice) = match features::descriptors() {
        Descriptors::Fetched => (State::Enforced, "permitted", ""),
        Descriptors::Refused => (
            State::Weaker,
            "refused, by a container's profile or Yama",
            "The broker makes the sockets itself, which is slower; a program with a unix: grant, or with UDP sockets, can't \
             pass descriptors",
        ),
    };
    Finding { name: "pidfd_getfd", state, found: String::from(found), advice }
}

fn namespaces() -> Finding {
    let (state, found, advice) = match features::namespaces() {
        NamespacesHere::All => (State::Enforced, "a root and a PID namespace of the jail's own", ""),
        NamespacesHere::MachineProcesses => (
            State::Weaker,
            "all but a /proc of the jail's own",
            "Child processes can't read their own /proc. Unmask /proc in the container's settings",
        ),
        NamespacesHere::MachineRoot => (
            State::Weaker,
            "a PID namespace, no mounts",
            "File metadata outside of the grants is visible. On Ubuntu: \
             sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        NamespacesHere::None => (
            State::Weaker,
            "refused",
            "File metadata and other processes are visible, and the tree's death takes up to a second. See \
             sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone",
        ),
    };
    Finding { name: "namespaces", state, found: String::from(found), advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missing_part_is_enough_to_refuse() {
        let finding = |state| Finding { name: "x", state, found: String::new(), advice: "" };
        assert!(can_run(&[finding(State::Enforced), finding(State::Weaker)]));
        assert!(!can_run(&[finding(State::Enforced), finding(State::Missing)]));
    }

    #[test]
    fn json_is_one_object_that_names_every_part() {
        let findings =
            [Finding { name: "landlock", state: State::Weaker, found: String::from("ABI \"3\""), advice: "wait" }];
        assert_eq!(
            json(&findings),
            "{\"canRun\":true,\"parts\":[{\"name\":\"landlock\",\"state\":\"weaker\",\"found\":\"ABI \\\"3\\\"\",\
             \"advice\":\"wait\"}]}\n"
        );
    }
}
