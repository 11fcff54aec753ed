//! The command `cordon learn`.

use super::installing::finish_interrupted;
use super::{Asked, Result, ask, note_written, plan, print, settle};
use launcher::args::{Line, Meaning};
use launcher::learn::{self, Ground, Learned};
use launcher::manifest::{self, Addition};
use launcher::policy::{Grant, Origin, Policy, Program};
use launcher::supervisor::record::Record;
use launcher::supervisor::{self, Ended, Namespaces, Plan};
use launcher::trust;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A build that makes its folders one in another needs a run for each.
const RUNS: usize = 8;

pub fn learn(line: &Line) -> Result<ExitCode> {
    if line.rest.is_empty() && !line.has_code() {
        return Err("Cannot learn from nothing; write cordon learn <file or script>".into());
    }
    if supervisor::jail_around()?.is_some() {
        return Err(supervisor::Error::Join(supervisor::Refusal::Wanted("learn")).into());
    }
    finish_interrupted(line.file())?;
    let asked = ask(line)?;
    settle(&asked.resolved)?;
    let (learned, ended) = runs(line, &asked)?;
    supervisor::heed_signals();
    if line.last(Meaning::Json).is_some() {
        print(&learn::json(&learned))?;
    } else {
        eprint!("\n{}", learn::text(&learned, &asked.resolved.project.folder));
    }
    write_down(line, &asked, &learned)?;
    match ended {
        Ended::Code(0) => Ok(ExitCode::SUCCESS),
        other => supervisor::end_as(other),
    }
}

/// Runs the program until it wants no folder that it could not have.
fn runs(line: &Line, asked: &Asked) -> Result<(Learned, Ended)> {
    let mut made: Vec<PathBuf> = Vec::new();
    for run in 1.. {
        let (learned, ended) = once(line, asked, &made)?;
        let wanted: Vec<PathBuf> = learned.wanted.iter().filter(|path| !made.contains(path)).cloned().collect();
        if wanted.is_empty() || run == RUNS {
            return Ok((learned, ended));
        }
        for path in wanted {
            eprintln!("cordon: the program wants to write {}; running it again with that", manifest::shown(&path));
            manifest::make_for(&path)?;
            made.push(path);
        }
    }
    unreachable!("the loop returns")
}

fn once(line: &Line, asked: &Asked, made: &[PathBuf]) -> Result<(Learned, Ended)> {
    let record = Record::default();
    let homes = manifest::homes();
    let policy = asked.resolved.policy.clone();
    let plan = plan(line, asked)?;
    let wide = wide(&plan, asked, &homes, made);
    note_written(&wide);
    let rules = supervisor::rules(&policy, &plan.engine, &plan.installation)?;
    let engine = plan.engine.clone();
    let usual = super::environment_of(line, asked, &policy)?;
    let mut environment = super::environment_of(line, asked, &wide)?;
    // What is beyond this, the runtime tells of: who asked for it.
    environment.push(("CORDON_USES".into(), supervisor::summary(&policy, &plan.installation, Namespaces::Off).into()));
    for absent in &asked.resolved.absent {
        absent.make()?;
    }
    // Without namespaces: what is learned has to be written down afterwards, in the world as the user sees it. Without a
    // cache: nothing that was compiled under this policy may run under the one that counts.
    let namespaces = Namespaces::Off;
    let plan =
        Plan { policy: wide.clone(), record: Some(record.clone()), namespaces, environment, cache: None, ..plan };
    let ended = supervisor::run(plan)?;
    let ground = Ground {
        policy: &policy,
        rules: &rules,
        wide: &wide,
        project: &asked.resolved.project,
        homes: &homes,
        engine: &engine,
        is_private: supervisor::is_private,
        made,
        variables: &variables(&usual),
    };
    Ok((learn::needs(&record.so_far(), &ground), ended))
}

fn wide(plan: &Plan, asked: &Asked, homes: &[PathBuf], made: &[PathBuf]) -> Policy {
    let mut wide = plan.policy.clone();
    let names: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    learn::widen(&mut wide, &asked.resolved.project, homes, names.iter().map(|name| name.as_os_str()));
    let origin = Origin::Default("while learning");
    let grant = |path: &PathBuf| Grant { pattern: path.clone(), text: String::new(), origin: origin.clone() };
    wide.allow.write.extend(made.iter().map(grant));
    let engine = Program { name: "node".into(), path: plan.engine.clone() };
    wide.allow.run.push(Grant { pattern: engine, text: "node".into(), origin });
    wide
}

/// Those that the program has only by a grant. HOME, TMPDIR and PATH are the session's own, and what a program has
/// without a grant, with the same value, is in `usual`.
fn variables(usual: &[(OsString, OsString)]) -> BTreeSet<String> {
    let own = |name: &str| ["HOME", "TMPDIR", "PATH"].contains(&name) || name.starts_with("CORDON_");
    let names = std::env::vars_os().filter(|variable| !usual.contains(variable));
    names.filter_map(|(name, _)| name.into_string().ok()).filter(|name| !own(name)).collect()
}

fn write_down(line: &Line, asked: &Asked, learned: &Learned) -> Result<()> {
    let additions: Vec<Addition> = learned.needs.iter().map(|need| need.addition.clone()).collect();
    if additions.is_empty() {
        return Ok(());
    }
    let project = &asked.resolved.project;
    let file = project.manifest.clone().unwrap_or_else(|| project.folder.join("package.json"));
    let Some(old) = read(&file)? else {
        eprintln!("There is no package.json to write them into; pass them as flags, or run npm init");
        return Ok(());
    };
    let new = manifest::add(&old, &additions)?;
    if line.last(Meaning::Json).is_none() {
        eprint!("\n{}", learn::difference(&file, &old, &new, |line| learn::notes(learned, line, &project.folder)));
    }
    let wanted = line.last(Meaning::Write).is_some();
    let question = "Write this into package.json? Type yes to write, anything else leaves it: ";
    if wanted || (line.last(Meaning::Json).is_none() && trust::typed_yes(question)? == Some(true)) {
        if read(&file)?.as_deref() != Some(&old) {
            return Err("Cannot write package.json: it changed while the program ran; learn again".into());
        }
        manifest::save(&file, &new)?;
        eprintln!("Written to {}", manifest::shown(&file));
    } else if line.last(Meaning::Json).is_none() {
        eprintln!("Nothing was written; cordon learn --write writes it");
    }
    Ok(())
}

fn read(file: &Path) -> Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("Cannot read {}: {error}", manifest::shown(file)).into()),
    }
}
