//! A run inside of a jail: it joins that jail, and can only narrow it.

use super::{Error, Plan, preparation};
use crate::jail::features;
use crate::jail::filter::{self, Setting, Sockets, Uses};
use crate::jail::view::{Needs, View, view};
use crate::jail::{landlock, target::Step};
use crate::policy::{Outline, Unenforceable};
use crate::sys::seccomp;
use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};

/// Larger than any policy is.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Why a run can't join the jail around it.
#[derive(Debug)]
pub enum Refusal {
    /// The jail around was made by another version, or by something else that answers in its place.
    Unknown,
    /// Landlock keeps no signals and sockets of processes apart.
    Landlock(u8),
    Unenforceable(Unenforceable),
    /// What needs a supervisor of its own.
    Wanted(&'static str),
    Engine(io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unknown => out.write_str(
                "Cannot join the jail around: another version of cordon made it; run the same version in it",
            ),
            Refusal::Landlock(abi) => write!(
                out,
                "Cannot join the jail around: this kernel's Landlock has ABI {abi}, and 6 keeps signals and sockets \
                 apart; start cordon outside of that jail"
            ),
            Refusal::Unenforceable(Unenforceable { what, outer }) if what.starts_with("limit") => write!(
                out,
                "Cannot {what} inside a jail: the jail around has {outer}, and only its guardian counts; set the limit \
                 there too, or start cordon outside of it"
            ),
            Refusal::Unenforceable(Unenforceable { what, outer }) => write!(
                out,
                "Cannot narrow {what} inside a jail: {outer:?} is not the same here as in the jail around, and a kernel \
                 takes one supervisor; grant the same {what} in both, none in the inner one, or start cordon outside"
            ),
            Refusal::Wanted(what) => {
                write!(out, "Cannot {what} inside a jail: the jail around has the only supervisor; do it outside of it")
            }
            Refusal::Engine(cause) => write!(
                out,
                "Cannot start the engine inside a jail: {cause}; add \"node\" to \"run\" of the jail around"
            ),
        }
    }
}

/// The jail around this process, if there is one of cordon's.
pub fn jail_around() -> Result<Option<Outline>, Error> {
    let Some(told) = seccomp::ask_around() else { return Ok(None) };
    read(told).map(Some).ok_or(Error::Join(Refusal::Unknown))
}

fn read(told: OwnedFd) -> Option<Outline> {
    let mut bytes = Vec::new();
    File::from(told).take(LONGEST).read_to_end(&mut bytes).ok()?;
    Outline::decode(&bytes)
}

/// Becomes the program, inside of the jail with this outline. HOME, TMPDIR and the programs are those of that jail.
pub fn join(mut plan: Plan, around: &Outline) -> Result<Infallible, Error> {
    if plan.report.json.is_some() {
        return Err(Error::Join(Refusal::Wanted("write reports")));
    }
    let kernel = features::landlock_abi();
    let abi = landlock::abi(kernel, plan.landlock_at_most)?;
    if abi < landlock::SIGNALS {
        return Err(Error::Join(Refusal::Landlock(abi)));
    }
    let narrowing = around.narrowed_by(&plan.policy).map_err(|refused| Error::Join(Refusal::Unenforceable(refused)))?;
    plan.policy.private = vec![around.home(), around.temporary()];
    plan.cache = None;
    let ruleset = landlock::ruleset(abi)?;
    landlock::grant(ruleset.as_fd(), &surroundings(&plan, around)?, abi, None)?;
    let setting = Setting::new(&plan.policy, abi, Sockets::Target, Uses::Unwatched);
    let filter = filter::joined::program(&setting, narrowing);
    let joined = preparation::joined(&plan, around, ruleset, filter)?;
    match joined.become_program() {
        (Step::Execute, cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            Err(Error::Join(Refusal::Engine(cause)))
        }
        (step, cause) => Err(Error::Start { step, cause }),
    }
}

fn surroundings(plan: &Plan, around: &Outline) -> Result<View, Error> {
    let programs = around.programs();
    // What is shown is the outer jail's; the session's folder is named for that only.
    let needs = Needs {
        engine: &plan.engine,
        installation: &plan.installation,
        programs: &programs,
        session: &programs,
        folder: &plan.folder,
    };
    let mut view = view(&plan.policy, needs)?;
    view.rules.extend(preparation::looked_at(plan));
    Ok(view)
}
