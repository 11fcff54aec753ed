//! The isolated layout: the same packages as in the lockfile, each once in `node_modules/.cordon/<name>@<version>`, where
//! symlinks beside it lead to what it asks for, and to nothing else.
//!
//! The lockfile describes a hoisted tree. Two of its places are one package here where they hold the same package and all
//! that they find from there is the same, too: the coarsest partition, refined until nothing changes.

use super::{Lockfile, Package, Source, installed_name};
use crate::integrity::sha256;
use crate::plan::holder;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Where the packages are, beside what is cordon's own.
pub const FOLDER: &str = "node_modules/.cordon/";

/// Longer versions are named by their digest: a file's name ends at 255 bytes.
const LONGEST_VERSION: usize = 100;

/// What a package finds under a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Found {
    /// A package of this class.
    Class(usize),
    /// The place in the lockfile of something that stays what it is: a folder, or what another package brings along.
    Fixed(usize),
}

/// The lockfile of the isolated tree, and what of it is installed.
pub fn arrange(lockfile: &Lockfile, wanted: &[usize]) -> (Lockfile, Vec<usize>) {
    let wanted: HashSet<usize> = wanted.iter().copied().collect();
    let hoisted = Hoisted { lockfile, wanted: &wanted };
    let (classes, edges) = hoisted.classes();
    let names = names(lockfile, &classes);
    let mut tree = Tree { lockfile, classes: &classes, names: &names, packages: Vec::new(), entries: Map::new() };
    for (index, package) in lockfile.packages.iter().enumerate() {
        match package.source {
            Source::Folder => tree.folder(index, &hoisted.edges(index)),
            // The first place of a class stands for all of them.
            _ if classes.get(&index).is_some_and(|class| names[class].0 == index) => {
                tree.package(index, &edges[&index], &hoisted.bundled(index));
            }
            _ => {}
        }
    }
    tree.finished()
}

struct Hoisted<'a> {
    lockfile: &'a Lockfile,
    wanted: &'a HashSet<usize>,
}

type Edges = BTreeMap<String, usize>;

impl Hoisted<'_> {
    fn is_own(&self, index: usize) -> bool {
        self.lockfile.packages[index].source.is_fetched() && self.wanted.contains(&index)
    }

    /// What a package's tarball brings along.
    fn bundled(&self, index: usize) -> Vec<usize> {
        let prefix = format!("{}/node_modules/", self.lockfile.packages[index].location);
        let inside = |other: &usize| {
            let package = &self.lockfile.packages[*other];
            package.source == Source::Bundled && package.location.starts_with(&prefix) && self.wanted.contains(other)
        };
        if !self.lockfile.has_bundles {
            return Vec::new();
        }
        (0..self.lockfile.packages.len()).filter(inside).collect()
    }

    /// Name → what Node finds under it, of everything that a package and what it brings along ask for.
    fn edges(&self, index: usize) -> Edges {
        let bundled = self.bundled(index);
        let mut edges = Edges::new();
        for from in std::iter::once(index).chain(bundled.iter().copied()) {
            let package = &self.lockfile.packages[from];
            for edge in &package.edges {
                let Some(found) = self.lockfile.resolve(&package.location, &edge.name) else { continue };
                let there = self.wanted.contains(&found) || self.lockfile.packages[found].source == Source::Folder;
                if there && found != index && !bundled.contains(&found) {
                    edges.entry(edge.name.clone()).or_insert(found);
                }
            }
        }
        edges
    }

    /// Place in the lockfile → its class, and what each finds.
    fn classes(&self) -> (HashMap<usize, usize>, HashMap<usize, Edges>) {
        let own: Vec<usize> = (0..self.lockfile.packages.len()).filter(|index| self.is_own(*index)).collect();
        let edges: HashMap<usize, Edges> = own.iter().map(|index| (*index, self.edges(*index))).collect();
        let identity = |index: &usize| {
            let Package { name, version, source, integrity, .. } = &self.lockfile.packages[*index];
            (name.as_str(), version.as_str(), format!("{source:?} {integrity:?}"))
        };
        let mut classes = numbered(own.iter().map(|index| (*index, identity(index))));
        let mut count = classes.values().collect::<BTreeSet<_>>().len();
        loop {
            let found = |target: usize| classes.get(&target).map_or(Found::Fixed(target), |class| Found::Class(*class));
            let seen = |index: &usize| {
                let edges: Vec<(&str, Found)> =
                    edges[index].iter().map(|(name, target)| (name.as_str(), found(*target))).collect();
                (classes[index], edges)
            };
            let refined = numbered(own.iter().map(|index| (*index, seen(index))));
            let now = refined.values().collect::<BTreeSet<_>>().len();
            classes = refined;
            if now == count {
                return (classes, edges);
            }
            count = now;
        }
    }
}

/// The same number for what is equal, in the order of its first appearance.
fn numbered<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = (usize, K)>) -> HashMap<usize, usize> {
    let mut numbers: HashMap<K, usize> = HashMap::new();
    let mut numbered = HashMap::new();
    for (index, key) in keys {
        let next = numbers.len();
        numbered.insert(index, *numbers.entry(key).or_insert(next));
    }
    numbered
}

/// Class → its first place, and its folder's name: `name@version`, and a few digits where several are called so.
fn names(lockfile: &Lockfile, classes: &HashMap<usize, usize>) -> HashMap<usize, (usize, String)> {
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    let location = |index: usize| lockfile.packages[index].location.as_str();
    for (index, class) in classes {
        let known = first.entry(*class).or_insert(*index);
        if (location(*index).len(), location(*index)) < (location(*known).len(), location(*known)) {
            *known = *index;
        }
    }
    let mut places: Vec<(usize, usize)> = first.into_iter().collect();
    places.sort_by_key(|(_, index)| (location(*index).len(), location(*index)));
    let mut taken = HashSet::new();
    let mut names = HashMap::new();
    for (class, index) in places {
        let mut name = called(&lockfile.packages[index]);
        if !taken.insert(name.clone()) {
            name = format!("{name}_{}", &sha256(location(index).as_bytes())[..16]);
            taken.insert(name.clone());
        }
        names.insert(class, (index, name));
    }
    names
}

/// No `+` is in a package's name, so that no two names become one.
fn called(package: &Package) -> String {
    let plain = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
        !text.is_empty() && text.len() <= LONGEST_VERSION && text.bytes().all(allowed)
    };
    let version = if plain(&package.version) {
        package.version.clone()
    } else {
        sha256(format!("{} {:?}", package.version, package.source).as_bytes())[..16].to_owned()
    };
    format!("{}@{version}", package.name.replace('/', "+"))
}

/// The isolated tree while it grows.
struct Tree<'a> {
    lockfile: &'a Lockfile,
    classes: &'a HashMap<usize, usize>,
    names: &'a HashMap<usize, (usize, String)>,
    packages: Vec<Package>,
    entries: Map<String, Value>,
}

impl Tree<'_> {
    fn folder(&mut self, index: usize, edges: &Edges) {
        let package = self.lockfile.packages[index].clone();
        let location = package.location.clone();
        self.add(package, index);
        // What lies outside of the project is installed there.
        if location.starts_with("..") {
            return;
        }
        let modules = if location.is_empty() { String::new() } else { format!("{location}/") };
        for (name, target) in edges {
            self.link(format!("{modules}node_modules/{name}"), *target);
        }
    }

    fn package(&mut self, index: usize, edges: &Edges, bundled: &[usize]) {
        let package = &self.lockfile.packages[index];
        let place = self.place(index);
        let beside = place[..place.len() - package.name.len()].to_owned();
        self.add(Package { location: place.clone(), ..package.clone() }, index);
        for other in bundled {
            let inner = &self.lockfile.packages[*other];
            let location = format!("{place}{}", &inner.location[package.location.len()..]);
            self.add(Package { location, ..inner.clone() }, *other);
        }
        for (name, target) in edges {
            // What the tarball has in its own node_modules would be found first.
            let within = format!("{}/node_modules/{name}", package.location);
            let over = !bundled.is_empty() && self.lockfile.packages[*target].location == within;
            let inside = over || *name == package.name;
            let modules = if inside { format!("{place}/node_modules/") } else { beside.clone() };
            self.link(format!("{modules}{name}"), *target);
        }
    }

    /// Where the isolated tree has what the hoisted one has at this place.
    fn place(&self, index: usize) -> String {
        let package = &self.lockfile.packages[index];
        if let Some(class) = self.classes.get(&index) {
            return format!("{FOLDER}{}/node_modules/{}", self.names[class].1, package.name);
        }
        let above = (package.source == Source::Bundled).then(|| holder(&package.location)).flatten();
        match above.and_then(|above| Some((above, self.lockfile.index_of(above)?))) {
            Some((above, index)) => format!("{}{}", self.place(index), &package.location[above.len()..]),
            None => package.location.clone(),
        }
    }

    fn link(&mut self, location: String, target: usize) {
        let place = self.place(target);
        let package = Package::link(&location, &place);
        self.entries.insert(location, json!({"resolved": place, "link": true}));
        self.packages.push(package);
    }

    fn add(&mut self, package: Package, index: usize) {
        let entry = self.lockfile.entry(&self.lockfile.packages[index].location).cloned().unwrap_or_default();
        self.entries.insert(package.location.clone(), Value::Object(entry));
        self.packages.push(package);
    }

    fn finished(self) -> (Lockfile, Vec<usize>) {
        let mut value = self.lockfile.value.clone();
        value.insert("packages".to_owned(), Value::Object(self.entries));
        let lockfile = Lockfile::of(value, self.packages);
        let installed = |index: &usize| installed_name(&lockfile.packages[*index].location).is_some();
        let mut wanted: Vec<usize> = (0..lockfile.packages.len()).filter(installed).collect();
        wanted.sort_by(|one, other| lockfile.packages[*one].location.cmp(&lockfile.packages[*other].location));
        (lockfile, wanted)
    }
}

#[cfg(test)]
#[path = "isolated_tests.rs"]
mod tests;
