//! Stages what is new, then swaps it in.

use super::gather::{self, Place};
use super::packages_of;
use super::project::Project;
use crate::arguments::Arguments;
use crate::bins::{self, Programs};
use crate::error::{Result, cannot};
use crate::lockfile::{Lockfile, Package, Source, installed_name};
use crate::manifest::read_object;
use crate::plan::{Changes, Unit};
use crate::report::Report;
use crate::settings::Settings;
use crate::state::State;
use crate::tree::{Journal, Step, Tree, link_folder};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const HIDDEN: &str = "node_modules/.package-lock.json";

/// What the last installation, npm's or ours, left.
pub fn installed(project: &Path) -> Map<String, Value> {
    read_object(&project.join(HIDDEN)).map(|(_, value)| packages_of(&value)).unwrap_or_default()
}

pub fn is_there(project: &Path, package: &Package) -> bool {
    let place = project.join(&package.location);
    match &package.source {
        Source::Link(folder) => {
            let up = "../".repeat(package.location.matches('/').count());
            std::fs::read_link(&place).is_ok_and(|target| target == Path::new(&format!("{up}{folder}")))
        }
        _ => {
            let folder = std::fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
            folder && std::fs::symlink_metadata(place.join("package.json")).is_ok_and(|found| found.is_file())
        }
    }
}

/// What nobody asked for: packages; with `ci`, all else, too, but for what is ours.
pub fn extraneous(project: &Path, lockfile: &Lockfile, wanted: &[usize], all: bool) -> Vec<String> {
    let places: BTreeSet<&str> = wanted.iter().map(|index| lockfile.packages[*index].location.as_str()).collect();
    let mut found = Vec::new();
    let hidden = |name: &str| {
        name.starts_with('.') && (!all || name == ".cordon" || name == ".bin" || name == ".package-lock.json")
    };
    for name in list(&project.join("node_modules")) {
        let path = format!("node_modules/{name}");
        // A symlink is taken away itself: what it leads to is not the project's.
        let real = std::fs::symlink_metadata(project.join(&path)).is_ok_and(|found| found.is_dir());
        if name.starts_with('@') && real {
            let inside = list(&project.join(&path)).into_iter().map(|name| format!("{path}/{name}"));
            found.extend(inside.filter(|path| !places.contains(path.as_str())));
        } else if !hidden(&name) && !places.contains(path.as_str()) {
            found.push(path);
        }
    }
    found
}

fn list(folder: &Path) -> Vec<String> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    listing.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

pub fn bring_in(
    tree: &Tree,
    project: &Project,
    wanted: &[usize],
    changes: &Changes,
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<()> {
    let staging = tree.stage()?;
    let mut staged = Staged { tree, lockfile: &project.lockfile, staging, journal: Journal::default() };
    let places = staged.places(changes, wanted)?;
    let hidden = gather::beside(
        || hidden(project, wanted),
        || gather::gather(gather::jobs(places), &tree.project, arguments, settings, report),
    )?;
    let programs = bins::programs(&project.lockfile, wanted, &mut report.notices);
    staged.bins(&programs, changes)?;
    staged.take(changes);
    if staged.journal.steps.is_empty() && tree.project.join(HIDDEN).exists() && changes.is_empty() {
        return tree.clear();
    }
    let path = staged.put(HIDDEN);
    std::fs::write(&path, hidden).map_err(cannot("write", &path))?;
    staged.journal.prepare(tree)?;
    State::forget(&tree.own)?;
    staged.journal.write(&tree.own)?;
    staged.journal.perform(tree)?;
    touch(tree)?;
    tree.clear()
}

struct Staged<'a> {
    tree: &'a Tree,
    lockfile: &'a Lockfile,
    staging: PathBuf,
    journal: Journal,
}

impl<'a> Staged<'a> {
    fn put(&mut self, path: &str) -> PathBuf {
        let number = self.journal.steps.len();
        self.journal.steps.push(Step::Put { number, path: path.to_owned() });
        self.staging.join(number.to_string())
    }

    /// Where each package of the units is to be made; links are made at once.
    fn places(&mut self, changes: &Changes, wanted: &[usize]) -> Result<Vec<Place<'a>>> {
        let mut places = Vec::new();
        for unit in &changes.units {
            let root = self.put(&unit.location);
            for index in &unit.packages {
                let package = &self.lockfile.packages[*index];
                let below = package.location[unit.location.len()..].trim_start_matches('/');
                let staged = if below.is_empty() { root.clone() } else { root.join(below) };
                match &package.source {
                    Source::Link(folder) => link_folder(&staged, &package.location, folder)?,
                    Source::Bundled | Source::Folder => {}
                    Source::Registry(_) | Source::Remote(_) | Source::File(_) => {
                        let except = self.packages_below(&package.location, wanted, unit);
                        places.push(Place { package, staged, except });
                    }
                }
            }
        }
        Ok(places)
    }

    fn packages_below(&self, location: &str, wanted: &[usize], unit: &Unit) -> Vec<String> {
        if unit.packages.len() == 1 {
            return Vec::new();
        }
        let prefix = format!("{location}/");
        let packages = wanted.iter().map(|index| &self.lockfile.packages[*index]);
        let own = packages.filter(|package| package.source != Source::Bundled);
        own.filter_map(|package| package.location.strip_prefix(&prefix)).map(str::to_owned).collect()
    }

    /// In what is staged anyway, programs are made there; elsewhere the whole `.bin` is made anew if it differs.
    fn bins(&mut self, programs: &BTreeMap<String, Programs>, changes: &Changes) -> Result<()> {
        for (modules, programs) in programs {
            let inside = changes
                .units
                .iter()
                .position(|unit| modules.strip_prefix(&unit.location).is_some_and(|rest| rest.starts_with('/')));
            let path = format!("{modules}/.bin");
            if let Some(number) = inside {
                let below = modules[changes.units[number].location.len()..].trim_start_matches('/');
                bins::make(&self.staging.join(number.to_string()).join(below).join(".bin"), programs)?;
            } else if !bins::are_there(&self.tree.project.join(&path), programs) {
                bins::make(&self.put(&path), programs)?;
            }
        }
        if !programs.contains_key("node_modules") && self.tree.modules().join(".bin").exists() {
            let number = self.journal.steps.len();
            self.journal.steps.push(Step::Take { number, path: "node_modules/.bin".to_owned() });
        }
        Ok(())
    }

    fn take(&mut self, changes: &Changes) {
        for path in &changes.removed {
            let number = self.journal.steps.len();
            self.journal.steps.push(Step::Take { number, path: path.clone() });
        }
    }
}

/// As npm writes it: version 3, without the project itself and without what is not installed.
fn hidden(project: &Project, wanted: &[usize]) -> String {
    let lockfile = &project.lockfile;
    let installed: BTreeSet<usize> = wanted.iter().copied().collect();
    let mut packages = Map::new();
    for (index, package) in lockfile.packages.iter().enumerate() {
        let folder = package.source == Source::Folder && !package.location.is_empty();
        if (folder || installed.contains(&index))
            && let Some(entry) = lockfile.entry(&package.location)
        {
            packages.insert(package.location.clone(), Value::Object(entry.clone()));
        }
    }
    let mut value = Map::new();
    for key in ["name", "version"] {
        if let Some(text) = lockfile.value.get(key) {
            value.insert(key.to_owned(), text.clone());
        }
    }
    value.insert("lockfileVersion".to_owned(), json!(3));
    value.insert("requires".to_owned(), json!(true));
    value.insert("packages".to_owned(), Value::Object(packages));
    format!("{:#}\n", Value::Object(value))
}

/// npm believes its hidden lockfile only if nothing in node_modules is younger.
fn touch(tree: &Tree) -> Result<()> {
    let path = tree.project.join(HIDDEN);
    let now = || Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now(), last_modification: now() };
    rustix::fs::utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(crate::error::denied("touch", &path))
}

/// What makes the next run short.
pub fn remember(tree: &Tree, project: &Project, wanted: &[usize], settings: &Settings, mut state: State) -> Result<()> {
    let folder = &tree.project;
    // Folders that `**` finds can appear anywhere: then the long way is always taken.
    let deep = settings.members.is_none()
        && project.root().value.get("workspaces").is_some_and(|patterns| patterns.to_string().contains("**"));
    if deep {
        return State::forget(&tree.own);
    }
    for manifest in &project.manifests {
        let path = if manifest.folder.is_empty() {
            "package.json".to_owned()
        } else {
            format!("{}/package.json", manifest.folder)
        };
        state.add_input(&path, &manifest.text);
        if let Some((above, _)) = manifest.folder.rsplit_once('/') {
            state.add_folder(folder, above);
        }
    }
    state.add_input(project.lockfile_name, &project.lockfile_text);
    if let Ok(text) = std::fs::read(folder.join(HIDDEN)) {
        state.add_input(HIDDEN, &text);
    }
    state.add_folder(folder, "node_modules");
    state.add_folder(folder, "node_modules/.bin");
    for index in wanted {
        let location = &project.lockfile.packages[*index].location;
        state.add_file(folder, format!("{location}/package.json"));
        debug_assert!(installed_name(location).is_some());
    }
    state.write(&tree.own)
}
