//! The job, from the lockfile to the new node_modules.

mod ahead;
mod check;
mod gather;
mod namesakes;
mod progress;
mod project;
mod swap;

use crate::arguments::{Arguments, Command};
use crate::error::{Error, Result, quoted, refused};
use crate::integrity::Algorithm;
use crate::layout::Layout;
use crate::lockfile::{Package, isolated};
use crate::manifest::{Manifest, SECTIONS, entries};
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
    let layout = arguments.layout.unwrap_or_else(|| Layout::of(folder));
    let options = state::options(arguments, settings, layout);
    if arguments.command == Command::Install
        && !arguments.force
        && let Some(kept) = State::still_holds(folder, &options)
    {
        return Ok((Report { kept, dry_run: arguments.dry_run, ..Report::default() }, Done::InPlace));
    }
    let text = project::lockfile(folder);
    let named = text.as_ref().map(|(_, text)| Arc::clone(text)).unwrap_or_default();
    ahead::beside(&arguments.store, &named, |shelf| bring_up_to_date(arguments, settings, folder, text, layout, shelf))
}

fn bring_up_to_date(
    arguments: &Arguments,
    settings: &Settings,
    folder: &Path,
    text: Result<project::Text>,
    layout: Layout,
    shelf: &Shelf,
) -> Result<(Report, Done)> {
    let clean = arguments.command == Command::Clean;
    let mut project = Project::read(folder, settings, text, layout)
        .and_then(|project| check::fits(&project, arguments).map(|()| project))
        .map_err(|error| unresolved(error, arguments))?;
    let mut wanted = plan::wanted(&project.lockfile, arguments)?;
    plan::refuse_foreign(&project.lockfile, &wanted, arguments)?;
    let weak = weak(&project, &wanted);
    if let Some(weak) = weak.as_ref().filter(|_| arguments.strict) {
        return refused(format!("{weak}; --strict stops at it"));
    }
    if layout == Layout::Isolated {
        (project.lockfile, wanted) = isolated::arrange(&project.lockfile, &wanted);
    }
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
    report.notices.extend(elsewhere(&project).chain(weak));
    let job = swap::Job { tree: &tree, project: &project, wanted: &wanted, changes: &changes, arguments };
    let aside = arguments.aside.as_deref().filter(|_| job.replaces_all(clean));
    let result = job.bring_in(aside, shelf, settings, &mut report);
    // Whatever went wrong before the journal was written: the old tree stays, and nothing lies about.
    if result.is_err() && !tree.own.join("journal").exists() {
        drop(tree.clear());
    }
    result?;
    let count = wanted.iter().filter(|index| plan::counts(&project.lockfile.packages[**index])).count();
    job.remember(aside, settings, State::new(state::options(arguments, settings, layout), count))?;
    let done = if aside.is_some() { Done::Aside } else { Done::InPlace };
    // Thousands of small pieces, which the end of the process puts away faster.
    std::mem::forget(project);
    Ok((report, done))
}

/// Folders outside of the project get no packages put into them, as with npm, which does not say so.
fn elsewhere(project: &Project) -> impl Iterator<Item = String> {
    let asks = |manifest: &&Manifest| {
        let mut wanted = SECTIONS[..2].iter().flat_map(|section| entries(&manifest.value, section));
        manifest.folder.starts_with("..") && wanted.next().is_some()
    };
    let folders = project.manifests.iter().filter(asks).map(|manifest| quoted(&manifest.folder));
    folders.map(|folder| {
        format!("{folder} lies outside of this project and has dependencies of its own: run cordon install there")
    })
}

/// Packages whose content somebody with much time could forge. Lockfiles from before 2017 have nothing better for them.
fn weak(project: &Project, wanted: &[usize]) -> Option<String> {
    const SHOWN: usize = 5;
    let packages = wanted.iter().map(|index| &project.lockfile.packages[*index]);
    let sha1 =
        |package: &&Package| package.integrity.as_ref().is_some_and(|integrity| integrity.algorithm == Algorithm::Sha1);
    let names: Vec<String> =
        packages.filter(sha1).map(|package| quoted(&format!("{}@{}", package.name, package.version))).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| {
        format!("Locked by SHA-1 only, which can be forged: {shown}{more}; delete their entries from the lockfile and run cordon install")
    })
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
        removed: changes.removed.len() - changes.links_removed,
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
