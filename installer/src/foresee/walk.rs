//! Who needs what, as far as lists of versions tell it: each package's ranges, the versions that they most likely come to,
//! and the tarballs of those. Nothing is placed: that is the resolver's.

use super::list::{Choice, List};
use super::range::{Range, contains, release};
use crate::integrity::Integrity;
use crate::lockfile::{Source, registry};
use crate::manifest::{alias, entries};
use crate::names;
use crate::range::Version;
use crate::settings::Settings;
use crate::url::Url;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// What is asked for next.
pub enum Task {
    List { name: String, whole: bool },
    Version { name: String, version: String },
    Tarball { url: Url, integrity: Integrity },
}

/// What the walk goes by.
pub struct Rules<'a> {
    pub settings: &'a Settings,
    pub engine: Option<Version>,
    /// Versions that were published after it are passed over.
    pub limit: i64,
    /// Whether a package of this kind may be installed on this machine.
    pub is_for_us: &'a (dyn Fn(&Map<String, Value>) -> bool + Sync),
    pub tarballs: bool,
}

/// Whether whoever asks is surely installed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    Perhaps,
    Surely,
}

#[derive(Default)]
pub struct Package {
    pub abridged: Option<Foreseen>,
    pub whole: Option<Foreseen>,
    pub wanted: BTreeSet<String>,
    waiting: Vec<(String, Need)>,
    /// Nothing more comes of it.
    given_up: bool,
    picked: BTreeMap<usize, Need>,
    fetched: Vec<Version>,
}

/// A list, and what of it came into question.
pub struct Foreseen {
    pub list: List,
    pub kept: BTreeSet<usize>,
}

#[derive(Default)]
pub struct Walk {
    pub packages: HashMap<String, Package>,
    seen: HashSet<(String, String, Need)>,
    /// Members of the workspace: they are linked.
    pub own: HashSet<String>,
    /// Packages whose lists are there, and which somebody new asks for.
    ready: Vec<String>,
    /// What peers want.
    perhaps: Vec<(String, String)>,
    /// Packages of whose lists more came into question.
    pub fresh: BTreeSet<String>,
    pub tasks: VecDeque<Task>,
    pub tarballs: VecDeque<Task>,
}

impl Walk {
    pub fn visit(&mut self, rules: &Rules<'_>, name: &str, spec: &str, need: Need) {
        let Some((name, wanted)) = from_registry(name, spec) else { return };
        if self.own.contains(&name) || !self.seen.insert((name.clone(), wanted.clone(), need)) {
            return;
        }
        let is_new = !self.packages.contains_key(&name);
        let package = self.packages.entry(name.clone()).or_default();
        if is_new {
            self.tasks.push_back(Task::List { name: name.clone(), whole: false });
        }
        package.waiting.push((wanted, need));
        if package.is_settled(rules) {
            self.ready.push(name);
        }
    }

    /// Follows what is known already. No call in itself: a registry could make a chain of any length.
    pub fn go_on(&mut self, rules: &Rules<'_>) {
        while let Some(name) = self.ready.pop() {
            self.decide(rules, &name);
        }
    }

    /// A list came, or did not.
    pub fn listed(&mut self, rules: &Rules<'_>, name: &str, whole: bool, list: Option<List>) {
        let Some(package) = self.packages.get_mut(name) else { return };
        let Some(list) = list else {
            package.given_up = true;
            return;
        };
        let is_young = !whole && !list.is_older_than(rules.limit) && !list.is_whole();
        let place = if whole { &mut package.whole } else { &mut package.abridged };
        *place = Some(Foreseen { list, kept: BTreeSet::new() });
        if is_young {
            // Only that form says when each version was published.
            self.tasks.push_back(Task::List { name: name.to_owned(), whole: true });
            return;
        }
        self.ready.push(name.to_owned());
        self.go_on(rules);
    }

    fn decide(&mut self, rules: &Rules<'_>, name: &str) {
        let Some(package) = self.packages.get_mut(name) else { return };
        let mut found = Vec::new();
        if !package.waiting.is_empty() {
            self.fresh.insert(name.to_owned());
        }
        for (wanted, need) in std::mem::take(&mut package.waiting) {
            let Some(index) = package.choose(rules, &wanted) else { continue };
            match need {
                Need::Surely => found.extend(package.take(rules, (name, &wanted), index, need)),
                Need::Perhaps => self.perhaps.push((name.to_owned(), wanted)),
            }
        }
        self.follow(rules, found);
    }

    /// All that is surely needed is known: of the peers, those that nothing fits yet are needed too.
    pub fn go_on_with_peers(&mut self, rules: &Rules<'_>) {
        while self.tasks.is_empty() && !self.perhaps.is_empty() {
            for (name, wanted) in std::mem::take(&mut self.perhaps) {
                let Some(package) = self.packages.get_mut(&name).filter(|package| !package.fits(&wanted)) else {
                    continue;
                };
                let index = package.choose(rules, &wanted);
                let found = index.and_then(|index| package.take(rules, (&name, &wanted), index, Need::Perhaps));
                self.follow(rules, found);
            }
            self.go_on(rules);
        }
    }

    fn follow(&mut self, rules: &Rules<'_>, found: impl IntoIterator<Item = Found>) {
        for Found { manifest, task, tarball, need } in found {
            self.tasks.extend(task);
            self.tarballs.extend(tarball);
            self.descend(rules, &manifest, need);
        }
    }

    fn descend(&mut self, rules: &Rules<'_>, manifest: &Map<String, Value>, need: Need) {
        let optional: BTreeMap<&str, &str> = entries(manifest, "optionalDependencies").collect();
        for (name, spec) in entries(manifest, "dependencies").filter(|(name, _)| !optional.contains_key(name)) {
            self.visit(rules, name, spec, need);
        }
        for (name, spec) in &optional {
            self.visit(rules, name, spec, need);
        }
        let meta = manifest.get("peerDependenciesMeta").and_then(Value::as_object);
        let is_optional =
            |name: &str| meta.and_then(|meta| meta.get(name)?.get("optional")) == Some(&Value::Bool(true));
        for (name, spec) in entries(manifest, "peerDependencies").filter(|(name, _)| !is_optional(name)) {
            self.visit(rules, name, spec, Need::Perhaps);
        }
    }
}

struct Found {
    manifest: Map<String, Value>,
    task: Option<Task>,
    tarball: Option<Task>,
    need: Need,
}

impl Package {
    /// Whether all forms of its list are there that versions are chosen by.
    fn is_settled(&self, rules: &Rules<'_>) -> bool {
        let by_abridged =
            self.abridged.as_ref().is_some_and(|own| own.list.is_older_than(rules.limit) || own.list.is_whole());
        !self.given_up && (by_abridged || self.whole.is_some())
    }

    fn chosen_by(&self) -> Option<&Foreseen> {
        self.whole.as_ref().or(self.abridged.as_ref())
    }

    /// Whether a version that is needed anyhow lies in a range.
    fn fits(&self, wanted: &str) -> bool {
        let list = self.chosen_by().map(|own| &own.list);
        any_in(wanted, self.picked.keys().filter_map(|index| release(list?.version(*index)).ok()?))
    }

    /// The version that is most likely; all that come into question are kept.
    fn choose(&mut self, rules: &Rules<'_>, wanted: &str) -> Option<usize> {
        let fits = |range: &str| contains(range, rules.engine?);
        let short = self.abridged.as_mut()?;
        let passes_over = short.list.is_whole() && !short.list.is_older_than(rules.limit);
        let limit = passes_over.then_some(rules.limit);
        let Choice { candidates, mut likely } = short.list.choose(wanted, limit, &fits)?;
        if let Some(whole) = &mut self.whole {
            let choice = whole.list.choose(wanted, Some(rules.limit), &fits)?;
            likely = choice.likely;
            whole.kept.extend(choice.candidates);
        }
        short.kept.extend(candidates);
        self.wanted.insert(wanted.to_owned());
        likely
    }

    /// What comes of a version that is needed; nothing where that is known.
    fn take(&mut self, rules: &Rules<'_>, (name, wanted): (&str, &str), index: usize, need: Need) -> Option<Found> {
        let before = self.picked.get(&index).copied();
        if before.is_some_and(|before| before >= need) {
            return None;
        }
        self.picked.insert(index, need);
        let list = &self.chosen_by()?.list;
        let manifest = list.manifest(index)?;
        let version = list.version(index).to_owned();
        // A whole list has whole versions.
        let complete = manifest.contains_key("_id");
        let task =
            (before.is_none() && !complete).then(|| Task::Version { name: name.to_owned(), version: version.clone() });
        // Who is content with what is there gets that.
        let is_content = || any_in(wanted, self.fetched.iter().copied());
        let wants_tarball = rules.tarballs && need == Need::Surely && (rules.is_for_us)(&manifest) && !is_content();
        let tarball = if wants_tarball { self.tarball(rules, name, &version, &manifest) } else { None };
        Some(Found { manifest, task, tarball, need })
    }

    /// Of what the installer would take from a lockfile, and nothing else.
    fn tarball(&mut self, rules: &Rules<'_>, name: &str, version: &str, manifest: &Map<String, Value>) -> Option<Task> {
        let dist = manifest.get("dist")?.as_object()?;
        let integrity = Integrity::parse(dist.get("integrity")?.as_str()?)?;
        let resolved = dist.get("tarball")?.as_str()?;
        let Ok(Source::Registry(url)) = registry(name, version, Some(resolved), rules.settings) else { return None };
        self.fetched.extend(release(version).ok().flatten());
        Some(Task::Tarball { url, integrity })
    }
}

fn any_in(range: &str, mut versions: impl Iterator<Item = Version>) -> bool {
    Range::read(range).is_some_and(|range| versions.any(|version| range.contains(version)))
}

/// The package and what is wanted of it, as npm reads a dependency; nothing for what comes from no registry.
fn from_registry(name: &str, spec: &str) -> Option<(String, String)> {
    let spec = spec.trim();
    let (name, wanted) = match alias(spec) {
        Some(other) => (other, spec["npm:".len() + other.len()..].trim_start_matches('@').trim()),
        None => (name, spec),
    };
    let wanted = if wanted.is_empty() { "*" } else { wanted };
    let is_plain = Range::read(wanted).is_some()
        || names::version(wanted)
        || wanted.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_plain && names::package_name(name).is_ok()).then(|| (name.to_owned(), wanted.to_owned()))
}
