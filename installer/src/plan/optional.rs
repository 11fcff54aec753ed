//! Optional packages that this machine can't use, with what only they need: as npm takes them out (arborist's `optionalSet`).

use crate::arguments::{Arguments, Platform};
use crate::error::Result;
use crate::lockfile::{Lockfile, Package};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// npm's `checkPlatform` of npm-install-checks.
pub fn fits(package: &Package, platform: &Platform) -> bool {
    listed(&platform.os, &package.os) && listed(&platform.cpu, &package.cpu) && listed(&platform.libc, &package.libc)
}

/// The same, by what a registry says of a version.
pub fn is_for(manifest: &Map<String, Value>, platform: &Platform) -> bool {
    let list = |field: &str| -> Vec<String> {
        match manifest.get(field) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    };
    listed(&platform.os, &list("os")) && listed(&platform.cpu, &list("cpu")) && listed(&platform.libc, &list("libc"))
}

fn listed(value: &str, list: &[String]) -> bool {
    if list.is_empty() || (list.len() == 1 && list[0] == "any") {
        return true;
    }
    let refused = |entry: &String| entry.strip_prefix('!') == Some(value);
    let only_refusals = list.iter().all(|entry| entry.starts_with('!'));
    !list.iter().any(refused) && (only_refusals || list.iter().any(|entry| entry == value))
}

struct Graph {
    /// from → (to, optional)
    out: Vec<Vec<(usize, bool)>>,
    /// to → (from, optional)
    into: Vec<Vec<(usize, bool)>>,
}

impl Graph {
    fn of(lockfile: &Lockfile) -> Graph {
        let count = lockfile.packages.len();
        let mut graph = Graph { out: vec![Vec::new(); count], into: vec![Vec::new(); count] };
        for (from, package) in lockfile.packages.iter().enumerate() {
            for edge in &package.edges {
                if let Some(to) = lockfile.resolve(&package.location, &edge.name) {
                    graph.out[from].push((to, edge.optional));
                    graph.into[to].push((from, edge.optional));
                }
            }
        }
        graph
    }

    /// Up to the optional edges that lead here, then down to what nobody else needs.
    fn set_of(&self, start: usize, gone: &HashSet<usize>) -> HashSet<usize> {
        let mut set = HashSet::from([start]);
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            for (from, optional) in &self.into[node] {
                if !optional && set.insert(*from) {
                    open.push(*from);
                }
            }
        }
        let mut all = set.clone();
        let mut open: Vec<usize> = set.iter().copied().collect();
        while let Some(node) = open.pop() {
            for (to, _) in &self.out[node] {
                if !gone.contains(&node) && all.insert(*to) {
                    open.push(*to);
                }
            }
        }
        let needed = |all: &HashSet<usize>, node: &usize| {
            self.into[*node].iter().any(|(from, _)| !all.contains(from) && !set.contains(node) && !gone.contains(from))
        };
        loop {
            let kept: Vec<usize> = all.iter().copied().filter(|node| needed(&all, node)).collect();
            if kept.is_empty() {
                return all;
            }
            all.retain(|node| !kept.contains(node));
        }
    }
}

pub fn unfit(lockfile: &Lockfile, arguments: &Arguments) -> Result<HashSet<usize>> {
    let mut gone = HashSet::new();
    let usable = |package: &Package| {
        fits(package, &arguments.platform)
            && crate::range::engine_fits(package.engine.as_deref(), arguments.engine.as_deref())
    };
    let unusable = |package: &&(usize, &Package)| package.1.optional && !usable(package.1);
    let packages: Vec<(usize, &Package)> = lockfile.packages.iter().enumerate().collect();
    if !packages.iter().any(|package| unusable(&package)) {
        return Ok(gone);
    }
    let graph = Graph::of(lockfile);
    for (index, _) in packages.iter().filter(unusable) {
        if !gone.contains(index) {
            let set = graph.set_of(*index, &gone);
            gone.extend(set);
        }
    }
    Ok(gone)
}
