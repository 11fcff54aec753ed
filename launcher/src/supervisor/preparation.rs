//! From a plan to everything that the target's last steps need.

use super::session::{Session, c_string};
use super::summary::summary;
use super::{Error, Plan};
use crate::jail::features::{Descriptors, Features};
use crate::jail::filter::{self, Sockets, Uses};
use crate::jail::joined::Joined;
use crate::jail::target::{ProcessFiles, Target};
use crate::jail::view::{Access, Links, Needs, Rule, View, view};
use crate::policy::{Outline, Policy};
use crate::sys::signal;
use crate::sys::spawn::Strings;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What the target may see of the file system.
pub fn surroundings(plan: &Plan, session: &Session) -> Result<View, Error> {
    let programs = session.programs();
    let needs = Needs {
        engine: &plan.engine,
        installation: &plan.installation,
        programs: &programs,
        session: &session.path,
        folder: &plan.folder,
    };
    let mut view = view(&plan.policy, needs)?;
    if session.ground().is_some() {
        // It is there already.
        view.shown.retain(|(path, _)| *path != session.path);
    }
    Ok(view)
}

/// The package.json that the engine looks for from the folder that it starts in. Where the machine's files can be seen it
/// finds one there, whatever package the program belongs to, and ends when it may not read it.
pub fn looked_at(plan: &Plan) -> Option<Rule> {
    let mut above = plan.folder.ancestors().map(|folder| folder.join("package.json"));
    let path = above.find(|file| file.symlink_metadata().is_ok())?;
    let plain = path.symlink_metadata().is_ok_and(|found| found.is_file());
    let denied = plan.policy.deny.read.iter().any(|grant| path.starts_with(&grant.pattern));
    (plain && !denied).then_some(Rule { path, access: Access::Read, links: Links::Refuse })
}

/// A link is looked at by Landlock from both of its folders upwards, to the first rule that leaves nothing to refuse, or to
/// the root. Without a run grant the broker starts nothing, wherever it lies, and a target has no capability for devices.
pub fn filled(policy: &Policy, folders: &[PathBuf]) -> impl Iterator<Item = Rule> {
    let folders = if policy.allow.run.is_empty() { folders } else { &[] };
    folders.iter().map(|path| Rule { path: path.clone(), access: Access::Everything, links: Links::Refuse })
}

/// The target, but for its ruleset.
pub fn target(
    plan: &Plan,
    features: Features,
    session: &Session,
    report: OwnedFd,
    signals: signal::Mask,
) -> Result<Target, Error> {
    let failed = Error::step("pass the command line on: a text in it holds a NUL");
    let strings = || -> io::Result<(CString, CString, Strings, Strings)> {
        let engine = c_string(&plan.engine)?;
        let folder = c_string(&plan.folder)?;
        let folders = (session.home(), session.temporary(), session.programs());
        let report = report.as_raw_fd().to_string();
        // A datagram socket would keep `node:cluster` from passing descriptors.
        let over_streams = features.descriptors == Descriptors::Refused && !plan.policy.allow.run.is_empty();
        let resolver = over_streams.then(|| OsString::from("use-vc"));
        Ok((engine, folder, arguments(plan)?, environment(plan, folders, report, resolver)?))
    };
    let (program, folder, arguments, environment) = strings().map_err(failed)?;
    let sockets = match features.descriptors {
        Descriptors::Fetched => Sockets::Target,
        Descriptors::Refused => Sockets::Broker,
    };
    let uses = if plan.record.is_some() { Uses::Recorded } else { Uses::Unwatched };
    let filter = filter::program(&filter::Setting::new(&plan.policy, features.landlock_abi, sockets, uses));
    let limits = plan.policy.limits;
    let processes = if plan.policy.allow.run.is_empty() { ProcessFiles::Own } else { ProcessFiles::Namespace };
    Ok(Target { program, arguments, environment, folder, limits, filter, processes, report, signals })
}

/// The program of a run that joins the jail with this outline.
pub fn joined(
    plan: &Plan,
    around: &Outline,
    ruleset: OwnedFd,
    filter: Vec<libc::sock_filter>,
) -> Result<Joined, Error> {
    let made = || -> io::Result<Joined> {
        // What the kernel refuses is not reported: nobody of this run's own listens.
        let folders = (around.home(), around.temporary(), around.programs());
        Ok(Joined {
            program: c_string(&plan.engine)?,
            arguments: arguments(plan)?,
            environment: environment(plan, folders, String::new(), std::env::var_os("RES_OPTIONS"))?,
            folder: c_string(&plan.folder)?,
            limits: plan.policy.limits,
            ruleset,
            filter,
        })
    };
    made().map_err(Error::step("pass the command line on: a text in it holds a NUL"))
}

fn arguments(plan: &Plan) -> io::Result<Strings> {
    let strings: Result<Vec<CString>, _> =
        plan.arguments.iter().map(|argument| CString::new(argument.clone().into_vec())).collect();
    Ok(Strings::new(strings?))
}

/// The plan's variables, and those that name what belongs to one jail only: its home, its temporary folder, its programs.
/// `resolver` is how names are asked for, where that is not left to the machine's settings (resolv.conf(5)).
fn environment(
    plan: &Plan,
    folders: (PathBuf, PathBuf, PathBuf),
    report: String,
    resolver: Option<OsString>,
) -> io::Result<Strings> {
    let (home, temporary, programs) = folders;
    let own = [
        ("HOME", home.into_os_string()),
        ("TMPDIR", temporary.into_os_string()),
        ("PATH", programs.into_os_string()),
        ("CORDON_REPORT_FD", OsString::from(report)),
        ("CORDON_POLICY", OsString::from(summary(&plan.policy, &plan.installation, plan.namespaces))),
        ("CORDON_CACHE", plan.cache.clone().unwrap_or_default().into_os_string()),
    ];
    let own: Vec<_> = own.into_iter().chain(resolver.map(|options| ("RES_OPTIONS", options))).collect();
    let given = plan.environment.iter().filter(|(name, _)| !own.iter().any(|(mine, _)| name == OsStr::new(mine)));
    let all = given
        .map(|(name, value)| pair(name, value))
        .chain(own.iter().map(|(name, value)| pair(OsStr::new(name), value)));
    Ok(Strings::new(all.collect::<Result<Vec<CString>, _>>()?))
}

fn pair(name: &OsStr, value: &OsStr) -> Result<CString, std::ffi::NulError> {
    let mut text = OsString::from(name);
    text.push("=");
    text.push(value);
    CString::new(text.into_vec())
}

/// What `policy` lets a target do in the file system, as the kernel will hold it: paths without symlinks.
pub fn rules(policy: &Policy, engine: &Path, installation: &[PathBuf]) -> Result<Vec<Rule>, Error> {
    let none = Path::new("/proc/self");
    let needs = Needs { engine, installation, programs: none, session: none, folder: none };
    let rules = view(policy, needs)?.rules;
    let real = |rule: Rule| Some(Rule { path: std::fs::canonicalize(&rule.path).ok()?, ..rule });
    Ok(rules.into_iter().filter_map(real).collect())
}

/// Whether `path` lies in the folder of a session: private to one run.
pub fn is_private(path: &Path) -> bool {
    path.iter().any(|name| name.to_str().is_some_and(super::session::is_name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Grant, Origin, Program};

    #[test]
    fn where_programs_may_start_the_ruleset_goes_on_saying_which() {
        let folders = [PathBuf::from("/store")];
        let mut policy = Policy::default();
        assert_eq!(filled(&policy, &folders).map(|rule| rule.access).collect::<Vec<_>>(), [Access::Everything]);
        let program = Program { name: "sh".into(), path: "/bin/sh".into() };
        policy.allow.run.push(Grant { pattern: program, text: "sh".into(), origin: Origin::Default("a test") });
        assert_eq!(filled(&policy, &folders).count(), 0);
    }
}
