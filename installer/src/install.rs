//! The job, from the lockfile to the new node_modules.

mod ahead;
mod check;
mod gather;
mod namesakes;
mod project;
mod swap;

use crate::arguments::{Arguments, Command};
use crate::error::{Error, Result};
use crate::lockfile::Package;
use crate::plan::{self, Changes};
use crate::report::Report;
use crate::settings::Settings;
use crate::state::{self, State};
use crate::tree::Tree;
use ahead::Shelf;
use project::Project;
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;

/// Where the new tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Done {
    InPlace,
    /// In `--aside`, whole: the caller gives it the name that the old one has.
    Aside,
}

impl Done {
    pub fn exit_code(self) -> i32 {
        match self {
            Done::InPlace => 0,
            Done::Aside => 4,
        }
    }
}

/// Does what a journal still lists, and clears away what lies about.
pub fn finish(folder: &Path) -> Result<()> {
    Tree::open(folder, &waiting).map(drop)
}

fn waiting() {
    eprintln!("Waiting for another installation in this project to end");
}

pub fn run(arguments: &Arguments, settings: &Settings, folder: &Path) -> Result<(Report, Done)> {
    let options = state::options(arguments, settings);
    if arguments.command == Command::Install
        && !arguments.force
        && let Some(kept) = State::still_holds(folder, &options)
    {
        return Ok((Report { kept, dry_run: arguments.dry_run, ..Report::default() }, Done::InPlace));
    }
    let text = project::lockfile(folder);
    let named = text.as_ref().map(|(_, text)| Arc::clone(text)).unwrap_or_default();
    ahead::beside(&arguments.store, &named, |shelf| bring_up_to_date(arguments, settings, folder, text, shelf))
}

fn bring_up_to_date(
    arguments: &Arguments,
    settings: &Settings,
    folder: &Path,
    text: Result<project::Text>,
    shelf: &Shelf,
) -> Result<(Report, Done)> {
    let clean = arguments.command == Command::Clean;
    let project = Project::read(folder, settings, text)
        .and_then(|project| check::fits(&project, arguments).map(|()| project))
        .map_err(|error| unresolved(error, arguments))?;
    let wanted = plan::wanted(&project.lockfile, arguments)?;
    plan::refuse_foreign(&project.lockfile, &wanted, arguments)?;
    if arguments.dry_run {
        let changes = compare(&project, &wanted, folder, clean || arguments.force);
        return Ok((report_of(&changes, arguments), Done::InPlace));
    }
    let tree = Tree::open(folder, &waiting)?;
    let mut changes = compare(&project, &wanted, folder, clean || arguments.force);
    changes.removed.extend(swap::extraneous(folder, &project.lockfile, &wanted, clean));
    changes.removed.sort();
    changes.removed.dedup();
    let mut report = report_of(&changes, arguments);
    let job = swap::Job { tree: &tree, project: &project, wanted: &wanted, changes: &changes };
    let aside = arguments.aside.as_deref().filter(|_| job.replaces_all(clean));
    let result = job.bring_in(aside, shelf, settings, &mut report);
    // Whatever went wrong before the journal was written: the old tree stays, and nothing lies about.
    if result.is_err() && !tree.own.join("journal").exists() {
        drop(tree.clear());
    }
    result?;
    job.remember(aside, settings, State::new(state::options(arguments, settings), wanted.len()))?;
    let done = if aside.is_some() { Done::Aside } else { Done::InPlace };
    // Thousands of small pieces, which the end of the process puts away faster.
    std::mem::forget(project);
    Ok((report, done))
}

/// `ci` has no resolver to fall back on, and what was just resolved must not be resolved again.
fn unresolved(error: Error, arguments: &Arguments) -> Error {
    match error {
        Error::Resolution(why) if arguments.command == Command::Clean => {
            Error::Refused(format!("The lockfile does not fit: {why}; run cordon install and commit the new lockfile"))
        }
        Error::Resolution(why) if arguments.resolved => {
            Error::Failed(format!("The lockfile was written just now and does not fit: {why}"))
        }
        other => other,
    }
}

fn compare(project: &Project, wanted: &[usize], folder: &Path, anew: bool) -> Changes {
    let current = if anew { Map::new() } else { swap::installed(folder) };
    let is_there = |package: &Package| swap::is_there(folder, package);
    plan::changes(&project.lockfile, wanted, &current, &is_there)
}

fn report_of(changes: &Changes, arguments: &Arguments) -> Report {
    Report {
        added: changes.added,
        removed: changes.removed.len(),
        changed: changes.changed,
        kept: changes.kept,
        dry_run: arguments.dry_run,
        ..Report::default()
    }
}

/// The entries of a lockfile's JSON.
fn packages_of(value: &Map<String, Value>) -> Map<String, Value> {
    value.get("packages").and_then(Value::as_object).cloned().unwrap_or_default()
}
