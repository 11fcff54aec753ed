//! `cordon exec`: a package's program, in a jail with no grants but those of flags.

use super::installing::{finish_interrupted, perform, read_in};
use super::{Asked, Result, ask, current_folder, kept, note_written, plan, store, written};
use launcher::args::Line;
use launcher::install;
use launcher::manifest::{Resolved, quoted};
use launcher::policy::{Grant, Grants, Origin};
use launcher::script;
use launcher::supervisor::{self, Ended};
use launcher::trust;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// What was installed to be run is looked up anew after this time.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

pub fn exec(line: &Line) -> Result<ExitCode> {
    let Some((first, arguments)) = line.rest.split_first() else {
        return Err("Cannot run nothing; write cordon exec <package> [arguments]".into());
    };
    let name = first.to_str().ok_or("Cannot run a package whose name is not UTF-8")?;
    finish_interrupted(None)?;
    let file = match script::program_named(&current_folder()?, name) {
        Some(file) => file,
        None => fetched(line, name)?,
    };
    let mut rest = vec![file.into_os_string()];
    rest.extend(arguments.iter().cloned());
    let line = Line { command: line.command, flags: line.flags.clone(), rest, help: false };
    let mut asked = ask(&line)?;
    forget_manifest(&mut asked.resolved);
    trust::refuse_writable(&kept(store().as_ref(), written().as_ref()), &asked.resolved.policy)?;
    note_written(&asked.resolved.policy);
    start(&line, &asked)
}

fn start(line: &Line, asked: &Asked) -> Result<ExitCode> {
    let plan = plan(line, asked)?;
    for absent in &asked.resolved.absent {
        absent.make()?;
    }
    supervisor::end_as(supervisor::run(plan)?)
}

/// What a project grants its own programs is not for others.
fn forget_manifest(resolved: &mut Resolved) {
    fn typed<P>(grants: &mut Vec<Grant<P>>) {
        grants.retain(|grant| !matches!(grant.origin, Origin::Manifest { .. }));
    }
    let Grants { read, write, net, listen, env, run, addons } = &mut resolved.policy.allow;
    typed(read);
    typed(write);
    typed(net);
    typed(listen);
    typed(env);
    typed(run);
    typed(addons);
    resolved.absent.retain(|absent| !matches!(absent.place.origin, Origin::Manifest { .. }));
}

/// The program of a package that is not installed here: it is put into a folder beside the store.
fn fetched(line: &Line, spec: &str) -> Result<PathBuf> {
    let shared = install::store(|name| std::env::var_os(name))
        .ok_or("Cannot install: there is no place for the store; set HOME or XDG_CACHE_HOME")?;
    let folder = install::exec_folder(&shared, spec);
    install::make_project(&folder)?;
    let fresh = fs::metadata(folder.join("package-lock.json"))
        .and_then(|found| found.modified())
        .is_ok_and(|time| time.elapsed().is_ok_and(|age| age < FRESH));
    let (command, words) = if fresh { ("install", Vec::new()) } else { ("add", vec![spec.to_owned()]) };
    let ended = supervisor::apart(|| perform(&read_in(line, &folder, command, words)?))?;
    if !matches!(ended, Ended::Code(0 | install::NOTHING_TO_DO)) {
        supervisor::end_as(ended);
    }
    program(&fs::canonicalize(&folder)?, spec)
}

/// The program with the package's name, or the only one.
fn program(folder: &Path, spec: &str) -> Result<PathBuf> {
    let own = script::programs_of(folder);
    let at = spec.get(1..).and_then(|rest| rest.find('@')).map_or(spec.len(), |at| at + 1);
    let name = spec[..at].rsplit('/').next().unwrap_or(spec);
    let named = own.iter().find(|(own, _)| own == name).or(match &own[..] {
        [only] => Some(only),
        _ => None,
    });
    let names = || own.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    match named {
        Some((_, file)) => Ok(file.clone()),
        None if own.is_empty() => Err(format!("Cannot run {}: it has no program of JavaScript", quoted(spec)).into()),
        None => {
            Err(format!("Cannot run {}: none of its programs has its name, they are {}", quoted(spec), names()).into())
        }
    }
}
