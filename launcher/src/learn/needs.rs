//! From what a run used to the grants that it lacks.

use super::group::{group, without_covered};
use super::wide::is_secret_name;
use crate::denial::{Origin, gives_away, is_harmless};
use crate::manifest::{self, Addition, Names, Project};
use crate::policy::{Permission, Policy, Request};
use crate::supervisor::record::{Recorded, Use};
use crate::supervisor::{Access, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A grant to propose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    pub addition: Addition,
    /// Some of what it is for.
    pub uses: Vec<String>,
    /// Who asked for that, as the program says: advisory, and empty where only native code or a child of another kind did.
    pub askers: Vec<Origin>,
}

/// What was refused even while learning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    pub permission: Permission,
    pub resource: String,
    /// Key material, tokens, other users' files: somebody should look at who asked.
    pub secret: bool,
    pub askers: Vec<Origin>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    pub needs: Vec<Need>,
    pub refusals: Vec<Refusal>,
    /// Paths in the project that the program wanted to write and could not yet: it has to run once more.
    pub wanted: Vec<PathBuf>,
}

/// What is known of the run.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The policy without what learning added.
    pub policy: &'a Policy,
    /// What that policy lets be read and written, in the kernel's terms.
    pub rules: &'a [Rule],
    /// The policy that held.
    pub wide: &'a Policy,
    pub project: &'a Project,
    pub homes: &'a [PathBuf],
    pub engine: &'a Path,
    /// Whether a path lies in a session's folder, and is private to one run.
    pub is_private: fn(&Path) -> bool,
    /// Names of the user's environment, cordon's own and the session's aside.
    pub variables: &'a BTreeSet<String>,
    /// What was made for the program because it wanted to write it.
    pub made: &'a [PathBuf],
}

/// How many uses stand beside a need.
const SHOWN: usize = 3;

pub fn needs(recorded: &Recorded, ground: &Ground<'_>) -> Learned {
    let mut learned = Learned::default();
    let mut needs = ground.writes(recorded, &mut learned.wanted, &mut learned.refusals);
    needs.extend(ground.reads(recorded, &needs, &mut learned.refusals));
    needs.extend(ground.contacts(recorded));
    needs.extend(ground.listeners(recorded));
    needs.extend(ground.programs(recorded));
    needs.extend(ground.addons(recorded));
    needs.extend(ground.variables(recorded, &mut learned.refusals));
    needs.sort();
    learned.needs = merged(needs);
    learned.refusals.extend(ground.refusals(recorded, &learned.wanted));
    learned.refusals.sort();
    learned.refusals.dedup();
    learned
}

/// One need for each grant.
fn merged(needs: Vec<Need>) -> Vec<Need> {
    let mut by_addition: BTreeMap<Addition, (BTreeSet<String>, BTreeSet<Origin>)> = BTreeMap::new();
    for need in needs {
        let (uses, askers) = by_addition.entry(need.addition).or_default();
        uses.extend(need.uses);
        askers.extend(need.askers);
    }
    let need = |(addition, (uses, askers)): (Addition, (BTreeSet<String>, BTreeSet<Origin>))| Need {
        addition,
        uses: uses.into_iter().take(SHOWN).collect(),
        askers: askers.into_iter().take(SHOWN).collect(),
    };
    by_addition.into_iter().map(need).collect()
}

impl Ground<'_> {
    fn covers(&self, path: &Path, wanted: &[Access]) -> bool {
        self.rules.iter().any(|rule| wanted.contains(&rule.access) && path.starts_with(&rule.path))
    }

    /// Paths that are the same on every machine and in every run: not worth a grant, or private to the run.
    fn passes(&self, path: &Path) -> bool {
        ["/proc", "/dev", "/sys"].iter().any(|folder| path.starts_with(folder)) || (self.is_private)(path)
    }

    fn need(&self, permission: Permission, path: &Path, uses: Vec<String>, recorded: &Recorded) -> Need {
        let askers = recorded.askers(permission, |resource| Path::new(resource).starts_with(path));
        Need { addition: Addition::new(permission, self.text(path)), uses, askers }
    }

    /// As a manifest writes it: relative in the project, which may be a member of a workspace.
    pub fn text(&self, path: &Path) -> String {
        let folder = &self.project.folder;
        let shared = self.project.root.as_ref().filter(|root| path.starts_with(root) && folder.starts_with(root));
        let Some(root) = shared else { return path.display().to_string() };
        let above = folder.ancestors().take_while(|above| above.starts_with(root));
        let (up, below) =
            above.enumerate().find_map(|(up, above)| Some((up, path.strip_prefix(above).ok()?))).unwrap_or((0, path));
        let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
        format!("{start}{}", below.display())
    }

    fn writes(&self, recorded: &Recorded, wanted: &mut Vec<PathBuf>, refusals: &mut Vec<Refusal>) -> Vec<Need> {
        let writing = [Access::Write, Access::Device];
        let made = |how: &Use| matches!(how, Use::Change | Use::Make | Use::Remove);
        let all: BTreeSet<(Use, PathBuf)> = recorded
            .paths
            .iter()
            .filter(|(how, path)| made(how) && !self.covers(path, &writing) && !self.passes(path))
            .cloned()
            .collect();
        let mut granted = BTreeSet::new();
        let caches = all.iter().filter(|(how, _)| *how == Use::Make).flat_map(|(_, path)| self.caches(path, recorded));
        let mut places: Vec<PathBuf> = caches.collect();
        let names = Names::published();
        for (how, path) in &all {
            match self.place(*how, path, &all).filter(|place| self.is_output(place, &names)) {
                Some(place) => places.push(place),
                None if path.ends_with("node_modules") => {}
                None => refusals.push(self.refusal(Permission::Write, &path.to_string_lossy(), recorded)),
            }
        }
        for place in places {
            if !self.wide.decide(&Request::Write(&place)).allowed() {
                wanted.push(place.clone());
            }
            granted.insert(place);
        }
        wanted.sort();
        wanted.dedup();
        let uses = |place: &Path| {
            let below = all.iter().filter(|(_, path)| path.starts_with(place));
            below.map(|(_, path)| self.text(path)).take(SHOWN).collect()
        };
        without_covered(granted)
            .iter()
            .map(|place| self.need(Permission::Write, place, uses(place), recorded))
            .collect()
    }

    /// What has to be granted so that `path` can be made, changed or removed: the folder, where names change; the file
    /// itself in the project's own folder, which is never granted.
    fn place(&self, how: Use, path: &Path, all: &BTreeSet<(Use, PathBuf)>) -> Option<PathBuf> {
        let root = self.project.root.as_ref()?;
        let below = path.strip_prefix(root).ok()?;
        if let Some(cache) = cache_folder(root, below).filter(|cache| manifest::may_be_written(cache, self.project)) {
            return Some(cache);
        }
        if let Some(made) = self.made.iter().find(|made| path.starts_with(made)) {
            return Some(made.clone());
        }
        let is_folder = path.is_dir() || all.iter().any(|(_, other)| other != path && other.starts_with(path));
        let place = if is_folder || how == Use::Change {
            path.to_path_buf()
        } else {
            path.parent().filter(|parent| !self.is_a_project(parent)).unwrap_or(path).to_path_buf()
        };
        manifest::may_be_written(&place, self.project).then_some(place)
    }

    /// Not what other programs obey: a poisoned package would have it made, and granted, by being learned from. Beside
    /// package.json only new files that hold no code and no settings, and nowhere a dotfile that tools do not generate.
    fn is_output(&self, place: &Path, names: &Names) -> bool {
        const OBEYED: [&str; 14] =
            ["js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx", "json", "yml", "yaml", "toml", "sh", "node"];
        if self.policy.decide(&Request::Write(place)).allowed() || self.made.iter().any(|made| made == place) {
            return true;
        }
        let below = self.project.root.as_ref().and_then(|root| place.strip_prefix(root).ok());
        if below.is_none_or(|below| below.iter().any(|name| names.cover(name.as_encoded_bytes()))) {
            return false;
        }
        let beside = place.parent().is_some_and(|parent| self.is_a_project(parent)) && !place.is_dir();
        let ends =
            |endings: &[&str]| place.extension().is_some_and(|ending| endings.iter().any(|other| ending == *other));
        !beside || ends(&["tsbuildinfo"]) || (!ends(&OBEYED) && !place.exists())
    }

    /// Caches for which a tool wanted to make node_modules itself: that it is missing is all that the kernel was told.
    fn caches(&self, modules: &Path, recorded: &Recorded) -> Vec<PathBuf> {
        let Some(root) = &self.project.root else { return Vec::new() };
        if modules.file_name().is_none_or(|name| name != "node_modules") || modules.exists() {
            return Vec::new();
        }
        let said = recorded.asked.keys().filter(|(permission, _)| *permission == Permission::Write);
        said.map(|(_, path)| Path::new(path))
            .filter(|path| path.starts_with(modules))
            .filter_map(|path| cache_folder(root, path.strip_prefix(root).ok()?))
            .filter(|cache| manifest::may_be_written(cache, self.project))
            .collect()
    }

    fn is_a_project(&self, folder: &Path) -> bool {
        self.project.root.as_deref() == Some(folder) || !manifest::may_be_written(folder, self.project)
    }

    fn reads(&self, recorded: &Recorded, writes: &[Need], refusals: &mut Vec<Refusal>) -> Vec<Need> {
        let reading = [Access::Read, Access::Execute, Access::Device];
        let listing = [Access::Read, Access::List];
        let written: Vec<PathBuf> =
            writes.iter().map(|need| self.project.folder.join(&need.addition.text)).map(|path| normal(&path)).collect();
        let (mut files, mut folders) = (BTreeSet::new(), BTreeSet::new());
        for (how, path) in &recorded.paths {
            let wanted: &[Access] = match how {
                Use::Read => &reading,
                Use::List => &listing,
                _ => continue,
            };
            let known = self.covers(path, wanted) || self.covers(path, &[Access::Write]) || self.passes(path);
            let harmless = || path.to_str().is_some_and(|text| is_harmless(Permission::Read, text));
            if known || harmless() || written.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            if !self.wide.decide(&Request::Read(path)).allowed() {
                refusals.push(self.refusal(Permission::Read, &path.display().to_string(), recorded));
            } else if *how == Use::Read {
                files.insert(path.clone());
            } else {
                folders.insert(path.clone());
            }
        }
        let too_wide = |folder: &Path| {
            manifest::never_own(folder, self.homes)
                || self.wide.deny.read.iter().any(|grant| grant.pattern.starts_with(folder))
        };
        let uses = |place: &Path| {
            let below = files.iter().chain(&folders).filter(|path| path.starts_with(place));
            below.map(|path| self.text(path)).take(SHOWN).collect()
        };
        group(&files, &folders, too_wide)
            .iter()
            .map(|place| self.need(Permission::Read, place, uses(place), recorded))
            .collect()
    }

    fn programs(&self, recorded: &Recorded) -> Vec<Need> {
        let started = recorded.paths.iter().filter(|(how, _)| *how == Use::Run).map(|(_, path)| path);
        let missing = started.filter(|path| !self.policy.decide(&Request::Run(path)).allowed());
        let text = |path: &Path| if path == self.engine { "node".to_owned() } else { self.text(path) };
        let need = |path: &PathBuf| {
            let names = |asked: &str| Path::new(asked).file_name() == path.file_name();
            let askers = recorded.askers(Permission::Run, names);
            Need { addition: Addition::new(Permission::Run, text(path)), uses: vec![self.text(path)], askers }
        };
        missing.map(need).collect()
    }

    fn addons(&self, recorded: &Recorded) -> Vec<Need> {
        let loaded = recorded.paths.iter().filter(|(how, _)| *how == Use::Load).map(|(_, path)| path);
        let mut missing: Vec<(&PathBuf, Vec<String>)> = loaded
            .filter(|path| !self.policy.decide(&Request::Addon(path)).allowed())
            .map(|path| (path, manifest::addon_owners(path, &self.project.folder, |folder| self.text(folder))))
            .collect();
        let mut needs = Vec::new();
        // The package that covers most first: one that lists builds for each platform covers what those bring along.
        while let Some(name) = most_named(&missing) {
            let (covered, rest): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(_, names)| names.contains(&name));
            missing = rest;
            let files: Vec<&PathBuf> = covered.into_iter().map(|(path, _)| path).collect();
            let askers = recorded
                .askers(Permission::Addons, |asked| files.iter().any(|path| Path::new(asked) == path.as_path()));
            let uses = files.iter().map(|path| self.text(path)).collect();
            needs.push(Need { addition: Addition::new(Permission::Addons, name), uses, askers });
        }
        needs
    }

    /// Variables that the user's environment has. What sounds like a secret was not handed over, and is not proposed.
    fn variables(&self, recorded: &Recorded, refusals: &mut Vec<Refusal>) -> Vec<Need> {
        let missing = recorded
            .variables
            .iter()
            .filter(|name| self.variables.contains(*name) && !self.policy.decide(&Request::Env(name)).allowed());
        let (secret, plain): (Vec<&String>, Vec<&String>) = missing.partition(|name| is_secret_name(name));
        let refused = secret.into_iter().map(|name| Refusal {
            permission: Permission::Env,
            resource: name.clone(),
            secret: true,
            askers: recorded.askers(Permission::Env, |asked| asked == name),
        });
        refusals.extend(refused);
        let need = |text: &String| Need {
            addition: Addition::new(Permission::Env, text.clone()),
            uses: Vec::new(),
            askers: recorded.askers(Permission::Env, |asked| asked == text),
        };
        plain.into_iter().map(need).collect()
    }

    /// What was told as refused, but for what another run will be granted.
    fn refusals(&self, recorded: &Recorded, wanted: &[PathBuf]) -> Vec<Refusal> {
        let again = |permission: Permission, resource: &str| {
            permission == Permission::Write && wanted.iter().any(|path| Path::new(resource).starts_with(path))
        };
        let told = recorded
            .refused
            .iter()
            .filter(|(permission, resource)| !again(*permission, resource) && !is_harmless(*permission, resource));
        told.map(|(permission, resource)| self.refusal(*permission, resource, recorded)).collect()
    }

    fn refusal(&self, permission: Permission, resource: &str, recorded: &Recorded) -> Refusal {
        let path = Path::new(resource);
        let files = matches!(permission, Permission::Read | Permission::Write);
        let at_home = self.homes.iter().any(|home| path.starts_with(home));
        let own = self.project.root.as_ref().is_some_and(|root| path.starts_with(root));
        let secret = files
            && (self.policy.own.secrets.iter().any(|secret| path.starts_with(secret))
                || self.wide.deny.read.iter().any(|grant| path.starts_with(&grant.pattern))
                || (at_home && !own))
            || gives_away(resource).is_some_and(|_| files || permission == Permission::Net);
        let askers = recorded.askers(permission, |asked| asked == resource);
        Refusal { permission, resource: resource.to_owned(), secret, askers }
    }
}

/// `node_modules/.vite` and its like, in the project's own node_modules or in that of a member.
fn cache_folder(root: &Path, below: &Path) -> Option<PathBuf> {
    let names: Vec<_> = below.iter().collect();
    let modules = names.iter().position(|name| *name == "node_modules")?;
    let cache = root.join(names.get(..modules + 2)?.iter().collect::<PathBuf>());
    manifest::is_cache(&cache).then_some(cache)
}

fn most_named(missing: &[(&PathBuf, Vec<String>)]) -> Option<String> {
    let count = |name: &String| missing.iter().filter(|(_, names)| names.contains(name)).count();
    let names: BTreeSet<&String> = missing.iter().flat_map(|(_, names)| names).collect();
    // The first of those that cover as much.
    names.into_iter().rev().max_by_key(|name| count(name)).cloned()
}

fn normal(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != std::path::Component::CurDir).collect()
}
