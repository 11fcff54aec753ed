//! Stages what is new, then swaps it in.

use super::ahead::Shelf;
use super::gather::{self, Place};
use super::namesakes::Namesakes;
use super::packages_of;
use super::project::{LARGEST_LOCKFILE, Project};
use crate::arguments::Arguments;
use crate::bins::{self, Programs};
use crate::error::{Result, cannot, refused};
use crate::layout::{Layout, unit_of, way};
use crate::lockfile::{Lockfile, Package, Source, installed_name, isolated};
use crate::manifest::{read_limited, read_object};
use crate::plan::{Changes, Unit, counts};
use crate::report::Report;
use crate::settings::Settings;
use crate::state::State;
use crate::tree::{Journal, Step, Tree, link_folder};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// What the last installation, npm's or ours, left.
pub fn installed(project: &Path) -> Map<String, Value> {
    let records = [Layout::Hoisted, Layout::Isolated].map(|layout| read_object(&project.join(layout.record())));
    records.into_iter().flatten().flat_map(|(_, value)| packages_of(&value)).collect()
}

pub fn is_there(project: &Path, package: &Package) -> bool {
    let place = project.join(&package.location);
    match &package.source {
        Source::Link(folder) => {
            std::fs::read_link(&place).is_ok_and(|target| target == Path::new(&way(&package.location, folder)))
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
    let units: BTreeSet<&str> = places.iter().map(|place| unit_of(place)).collect();
    // Packages of the isolated tree: what is cordon's own there has no @ in its name.
    let own = list(&project.join(isolated::FOLDER)).into_iter().filter(|name| name.contains('@'));
    let own = own.map(|name| format!("{}{name}", isolated::FOLDER));
    let mut found: Vec<String> = own.filter(|path| !units.contains(path.as_str())).collect();
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

/// The new tree, and what it is made from.
pub struct Job<'a> {
    pub tree: &'a Tree,
    pub project: &'a Project,
    pub wanted: &'a [usize],
    pub changes: &'a Changes,
    pub arguments: &'a Arguments,
}

impl<'a> Job<'a> {
    /// Whether nothing of the old node_modules stays, and no other one is touched: then the new one can be made as a whole.
    pub fn replaces_all(&self, clean: bool) -> bool {
        let inside = |path: &str| path.starts_with("node_modules/");
        let made: usize = self.changes.units.iter().map(|unit| unit.packages.len()).sum();
        let places = self.changes.units.iter().map(|unit| unit.location.as_str());
        let ours = |name: &String| matches!(name.as_str(), ".cordon" | ".bin" | ".package-lock.json");
        let stays = |name: String| !clean && name.starts_with('.') && !ours(&name);
        made == self.wanted.len()
            && places.chain(self.changes.removed.iter().map(String::as_str)).all(inside)
            && !list(&self.tree.modules()).into_iter().any(stays)
    }

    /// What stays may be given another package by what is new.
    fn check_kept(&self, namesakes: &Namesakes<'_>) -> Result<()> {
        let new: HashSet<usize> = self.changes.units.iter().flat_map(|unit| &unit.packages).copied().collect();
        for index in self.wanted.iter().filter(|index| !new.is_empty() && !new.contains(index)) {
            namesakes.check_installed(&self.tree.project, &self.project.lockfile.packages[*index])?;
        }
        Ok(())
    }

    /// `aside`: the folder in which node_modules is made as a whole.
    pub fn bring_in(
        &self,
        aside: Option<&Path>,
        shelf: &Shelf,
        settings: &Settings,
        report: &mut Report,
    ) -> Result<()> {
        let (tree, project, arguments) = (self.tree, self.project, self.arguments);
        let record = project.layout.record();
        let way = match aside {
            Some(folder) => Way::Whole(make_aside(folder)?),
            None => Way::Steps(tree.stage()?),
        };
        let mut staged = Staged { tree, lockfile: &project.lockfile, way, journal: Journal::default() };
        let places = staged.places(self.changes, self.wanted)?;
        let namesakes = Namesakes::of(project);
        let hidden = gather::beside(
            || hidden(project, self.wanted),
            || {
                gather::gather(
                    gather::jobs(places),
                    &tree.project,
                    &namesakes,
                    shelf,
                    settings,
                    arguments.progress,
                    report,
                )
            },
        )?;
        self.check_kept(&namesakes)?;
        namesakes.check_peers()?;
        let mut taken = Vec::new();
        let programs = bins::programs(&project.lockfile, self.wanted, &mut taken);
        if let Some(first) = taken.first().filter(|_| arguments.strict) {
            return refused(format!("{first}, and --strict stops at it"));
        }
        report.notices.extend(taken);
        staged.bins(&programs, self.changes)?;
        if aside.is_none() {
            staged.take(&self.changes.removed);
            if staged.journal.steps.is_empty() && tree.project.join(record).exists() && self.changes.is_empty() {
                return tree.clear();
            }
            staged.take(&other_record(tree, project.layout));
        }
        let path = staged.put(record);
        std::fs::write(&path, hidden).map_err(cannot("write", &path))?;
        if let Some(folder) = aside {
            return touch(&folder.join(record));
        }
        staged.journal.prepare(tree)?;
        State::forget(&tree.own)?;
        staged.journal.write(&tree.own)?;
        staged.journal.perform(tree)?;
        touch(&tree.project.join(record))?;
        tree.clear()
    }
}

/// As if it were the project's folder: with a node_modules that holds what is ours.
fn make_aside(folder: &Path) -> Result<PathBuf> {
    let own = folder.join("node_modules/.cordon");
    std::fs::create_dir_all(&own).map_err(cannot("make", &own))?;
    Ok(folder.to_path_buf())
}

enum Way {
    /// Each place has its number in the staging folder, and its step in the journal.
    Steps(PathBuf),
    /// Each place is where it will be, below a folder beside the project's own.
    Whole(PathBuf),
}

/// Of the layout that the tree had until now.
fn other_record(tree: &Tree, layout: Layout) -> Vec<String> {
    let record = layout.other().record();
    if tree.project.join(record).exists() { vec![record.to_owned()] } else { Vec::new() }
}

struct Staged<'a> {
    tree: &'a Tree,
    lockfile: &'a Lockfile,
    way: Way,
    journal: Journal,
}

impl<'a> Staged<'a> {
    fn put(&mut self, path: &str) -> PathBuf {
        match &self.way {
            Way::Whole(folder) => folder.join(path),
            Way::Steps(staging) => {
                let number = self.journal.steps.len();
                self.journal.steps.push(Step::Put { number, path: path.to_owned() });
                staging.join(number.to_string())
            }
        }
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
            let path = format!("{modules}/.bin");
            let inside = changes
                .units
                .iter()
                .position(|unit| modules.strip_prefix(&unit.location).is_some_and(|rest| rest.starts_with('/')));
            match (&self.way, inside) {
                (Way::Whole(folder), _) => bins::make(&folder.join(path), programs)?,
                (Way::Steps(staging), Some(number)) => {
                    let below = modules[changes.units[number].location.len()..].trim_start_matches('/');
                    bins::make(&staging.join(number.to_string()).join(below).join(".bin"), programs)?;
                }
                (Way::Steps(_), None) if bins::are_there(&self.tree.project.join(&path), programs) => {}
                (Way::Steps(_), None) => bins::make(&self.put(&path), programs)?,
            }
        }
        let is_left = matches!(self.way, Way::Steps(_)) && self.tree.modules().join(".bin").exists();
        if is_left && !programs.contains_key("node_modules") {
            let number = self.journal.steps.len();
            self.journal.steps.push(Step::Take { number, path: "node_modules/.bin".to_owned() });
        }
        Ok(())
    }

    fn take(&mut self, paths: &[String]) {
        for path in paths {
            let number = self.journal.steps.len();
            self.journal.steps.push(Step::Take { number, path: path.clone() });
        }
    }
}

/// As npm writes it: version 3, without the project itself and without what is not installed.
fn hidden(project: &Project, wanted: &[usize]) -> String {
    let lockfile = &project.lockfile;
    let installed: HashSet<usize> = wanted.iter().copied().collect();
    let mut text = String::with_capacity(project.lockfile_text.len());
    text.push('{');
    for key in ["name", "version"] {
        if let Some(value) = lockfile.value.get(key) {
            text.push_str(&format!("\n  \"{key}\": {value},"));
        }
    }
    text.push_str("\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {");
    let mut separator = "";
    for (index, package) in lockfile.packages.iter().enumerate() {
        let folder = package.source == Source::Folder && !package.location.is_empty();
        if (folder || installed.contains(&index))
            && let Some(entry) = lockfile.entry(&package.location)
        {
            let (name, entry) = (Value::from(package.location.as_str()), indented(entry));
            text.push_str(&format!("{separator}\n    {name}: {entry}"));
            separator = ",";
        }
    }
    text.push_str(if separator.is_empty() { "}\n}\n" } else { "\n  }\n}\n" });
    text
}

/// As a member of a member. No string of JSON holds a newline itself.
fn indented(entry: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(entry).unwrap_or_default().replace('\n', "\n    ")
}

/// npm believes its hidden lockfile only if nothing in node_modules is younger.
fn touch(path: &Path) -> Result<()> {
    let now = || Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now(), last_modification: now() };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(crate::error::denied("touch", path))
}

impl Job<'_> {
    /// What makes the next run short.
    pub fn remember(&self, aside: Option<&Path>, settings: &Settings, mut state: State) -> Result<()> {
        let Job { tree, project, wanted, .. } = self;
        // What is aside has the project's paths and its own inodes.
        let base = aside.unwrap_or(&tree.project);
        let own = base.join("node_modules/.cordon");
        // Folders that `**` finds can appear anywhere: then the long way is always taken.
        let deep = settings.members.is_none()
            && project.root().value.get("workspaces").is_some_and(|patterns| patterns.to_string().contains("**"));
        if deep {
            return State::forget(&own);
        }
        for manifest in &project.manifests {
            let path = if manifest.folder.is_empty() {
                "package.json".to_owned()
            } else {
                format!("{}/package.json", manifest.folder)
            };
            state.add_input(&path, &manifest.text);
            if let Some((above, _)) = manifest.folder.rsplit_once('/') {
                state.add_folder(&tree.project, above);
            }
        }
        state.add_input(project.lockfile_name, &project.lockfile_text);
        let record = project.layout.record();
        if let Ok(text) = read_limited(&base.join(record), LARGEST_LOCKFILE) {
            state.add_input(record, &text);
        }
        state.add_folder(base, "node_modules");
        state.add_folder(base, "node_modules/.bin");
        for index in *wanted {
            let package = &project.lockfile.packages[*index];
            debug_assert!(installed_name(&package.location).is_some());
            if !counts(package) && package.location.starts_with(isolated::FOLDER) {
                continue;
            }
            let path = format!("{}/package.json", package.location);
            match &package.source {
                Source::Link(folder) if !counts(package) => {
                    state.add_file(&base.join(folder).join("package.json"), path);
                }
                // Aside, the link leads nowhere yet.
                Source::Link(folder) => state.add_file(&tree.project.join(folder).join("package.json"), path),
                _ => state.add_file(&base.join(&path), path),
            }
        }
        state.write(&own)
    }
}
