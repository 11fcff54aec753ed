//! The last steps of a run that joins the jail around it: the calling process confines itself further, and becomes the
//! program. There is nobody beside it: the jail around has the broker, and the guardian.

use super::limits;
use super::target::Step;
use crate::policy::Limits;
use crate::sys::spawn::{self, Strings};
use crate::sys::{file, landlock, mount, privilege, seccomp, signal};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

/// Everything that the steps need.
#[derive(Debug)]
pub struct Joined {
    pub program: CString,
    pub arguments: Strings,
    pub environment: Strings,
    pub folder: CString,
    pub limits: Limits,
    pub ruleset: OwnedFd,
    pub filter: Vec<libc::sock_filter>,
}

type Failure = (Step, io::Error);

impl Joined {
    /// Returns only what failed.
    pub fn become_program(&self) -> Failure {
        match self.confine() {
            Err(failure) => failure,
            Ok(()) => (Step::Execute, spawn::execute(&self.program, &self.arguments, &self.environment)),
        }
    }

    fn confine(&self) -> Result<(), Failure> {
        limits::apply(&self.limits).map_err(failed(Step::Limits))?;
        privilege::drop_capabilities().map_err(failed(Step::Capabilities))?;
        signal::set_default(libc::SIGPIPE).map_err(failed(Step::Signals))?;
        privilege::never_gain().map_err(failed(Step::Privileges))?;
        mount::change_folder(&self.folder).map_err(failed(Step::Folder))?;
        self.grant_process_files().map_err(failed(Step::ProcessFiles))?;
        landlock::restrict_self(self.ruleset.as_fd()).map_err(failed(Step::Ruleset))?;
        seccomp::narrow(&self.filter).map_err(failed(Step::Filter))
    }

    /// As much of /proc as the jail around has. A rule on files of one process would want a guardian that keeps them
    /// open; memory and environment of processes outside of this ruleset are not readable by Landlock's own rule.
    fn grant_process_files(&self) -> io::Result<()> {
        let processes = file::handle(c"/proc")?;
        landlock::add_rule(self.ruleset.as_fd(), processes.as_fd(), super::landlock::reading_and_listing())
    }
}

fn failed(step: Step) -> impl FnOnce(io::Error) -> Failure {
    move |error| (step, error)
}
