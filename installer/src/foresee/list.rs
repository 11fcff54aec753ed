//! A registry's list of versions: what npm's choice for a range is among, and the list without the rest.

use super::range::{Range, numbers, release};
use super::slices::{Members, Slice, members};
use super::time;
use crate::range::Version;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub struct List {
    name: String,
    text: Vec<u8>,
    outer: Members,
    versions: Members,
    by_name: HashMap<String, usize>,
    tags: BTreeMap<String, String>,
    /// The newest first.
    releases: Vec<(Version, usize)>,
    times: HashMap<String, i64>,
    modified: Option<i64>,
}

/// What a range may come to, and what it most likely does.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    pub candidates: BTreeSet<usize>,
    pub likely: Option<usize>,
}

const KEPT: [&str; 4] = ["name", "dist-tags", "modified", "time"];

impl List {
    /// `None` where anything about it is unusual: such a list is the resolver's to read.
    pub fn read(text: Vec<u8>, name: &str) -> Option<List> {
        let (outer, versions) = members(&text)?;
        let field = |wanted: &str| {
            let (_, (start, end)) = outer.iter().rev().find(|(name, _)| name == wanted)?;
            serde_json::from_slice::<Value>(&text[*start..*end]).ok()
        };
        if field("name")?.as_str() != Some(name) {
            return None;
        }
        let strings = |value: Option<Value>| -> BTreeMap<String, String> {
            let object = value.and_then(|value| value.as_object().cloned()).unwrap_or_default();
            object.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
        };
        let (tags, times) = (strings(field("dist-tags")), strings(field("time")));
        let modified = field("modified").and_then(|value| time::parse(value.as_str()?));
        let modified = modified.or_else(|| time::parse(times.get("modified")?));
        let times = times.into_iter().map(|(version, at)| Some((version, time::parse(&at)?))).collect::<Option<_>>()?;
        let times: HashMap<String, i64> = times;
        let timed = versions.iter().filter(|(version, _)| times.contains_key(version)).count();
        if timed != 0 && timed != versions.len() {
            return None;
        }
        let mut releases = Vec::new();
        for (index, (version, _)) in versions.iter().enumerate() {
            releases.extend(release(version).ok()?.map(|release| (release, index)));
        }
        releases.sort_by(|one, other| other.cmp(one));
        let by_name: HashMap<String, usize> =
            versions.iter().enumerate().map(|(index, (version, _))| (version.clone(), index)).collect();
        (by_name.len() == versions.len() && !versions.is_empty() && tags.contains_key("latest")).then_some(List {
            name: name.to_owned(),
            text,
            outer,
            versions,
            by_name,
            tags,
            releases,
            times,
            modified,
        })
    }

    /// Whether nothing of the package has changed since, so that none of its versions is younger.
    pub fn is_older_than(&self, limit: i64) -> bool {
        self.modified.is_some_and(|modified| modified < limit)
    }

    /// Whether it says when each version was published.
    pub fn is_whole(&self) -> bool {
        self.versions.iter().all(|(version, _)| self.times.contains_key(version))
    }

    /// `limit`: versions that were published after it are passed over. `None`: that is the resolver's to find out.
    pub fn choose(&self, wanted: &str, limit: Option<i64>, fits: &dyn Fn(&str) -> Option<bool>) -> Option<Choice> {
        let all = self.among(wanted, None, fits)?;
        let Some(limit) = limit else { return Some(all) };
        let old = self.among(wanted, Some(limit), fits)?;
        Some(Choice { candidates: all.candidates.union(&old.candidates).copied().collect(), likely: old.likely })
    }

    fn among(&self, wanted: &str, limit: Option<i64>, fits: &dyn Fn(&str) -> Option<bool>) -> Option<Choice> {
        let is_old = |index: &usize| {
            limit.is_none_or(|limit| self.times.get(&self.versions[*index].0).is_none_or(|time| *time <= limit))
        };
        let old = |version: &String| self.by_name.get(version).copied().filter(is_old);
        let latest = match self.tags.get("latest").and_then(old) {
            None if limit.is_some() => Some(self.before_latest(&is_old)?),
            latest => latest,
        };
        let mut candidates: BTreeSet<usize> = latest.into_iter().collect();
        candidates.extend((0..self.versions.len()).find(is_old));
        let tagged = self.tags.get(wanted).filter(|_| is_tag(wanted));
        let exact = tagged.filter(|_| wanted != "latest").and_then(old);
        let exact = exact.or_else(|| latest.filter(|_| wanted == "latest")).or_else(|| old(&wanted.to_owned()));
        if let Some(exact) = exact {
            candidates.insert(exact);
        }
        if exact.is_some() || tagged.is_some() {
            return Some(Choice { candidates, likely: exact });
        }
        let range = Range::read(wanted)?;
        let mut likely = None;
        let fitting = self.releases.iter().filter(|(version, index)| range.contains(*version) && is_old(index));
        let fitting: Vec<usize> = fitting.map(|(_, index)| *index).collect();
        for index in &fitting {
            candidates.insert(*index);
            if self.is_usable(*index, fits)? {
                likely = Some(*index);
                break;
            }
        }
        let prereleases = self.prereleases_in(&range);
        // Which of them comes before the others, and before releases, is the resolver's to say.
        if prereleases.iter().any(|(version, _)| likely.is_none_or(|index: usize| self.is_above(*version, index))) {
            likely = None;
        }
        candidates.extend(prereleases.into_iter().map(|(_, index)| index).filter(is_old));
        // npm prefers what the tag names.
        let preferred = match latest {
            Some(latest) if fitting.contains(&latest) && self.is_usable(latest, fits)? => Some(latest),
            _ => None,
        };
        Some(Choice { candidates, likely: preferred.or(likely) })
    }

    fn prereleases_in(&self, range: &Range) -> Vec<(Version, usize)> {
        let tagged = self.versions.iter().enumerate().filter_map(|(index, (version, _))| {
            let named = numbers(version).filter(|named| range.is_about_prereleases_of(*named))?;
            release(version).ok()?.is_none().then_some((named, index))
        });
        tagged.collect()
    }

    fn is_above(&self, version: Version, release: usize) -> bool {
        numbers(&self.versions[release].0).is_none_or(|other| version > other)
    }

    /// Where the tagged version is too young: the newest release before it.
    fn before_latest(&self, is_old: &dyn Fn(&usize) -> bool) -> Option<usize> {
        let tagged = release(self.tags.get("latest")?).ok()??;
        self.releases.iter().find(|(version, index)| *version <= tagged && is_old(index)).map(|(_, index)| *index)
    }

    /// Neither deprecated nor made for another engine.
    fn is_usable(&self, index: usize, fits: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
        let manifest = self.manifest(index)?;
        let engine = match manifest.get("engines") {
            None | Some(Value::Null) => None,
            Some(Value::Object(engines)) => engines.get("node"),
            Some(_) => return None,
        };
        let fits = match engine {
            None => true,
            Some(range) => fits(range.as_str()?)?,
        };
        Some(fits && !manifest.contains_key("deprecated"))
    }

    /// `None` where the resolver would pass it over: isManifest in suite/package-manager/registry/packument.ts.
    pub fn manifest(&self, index: usize) -> Option<Map<String, Value>> {
        let (version, (start, end)) = &self.versions[index];
        let value: Map<String, Value> = serde_json::from_slice(&self.text[*start..*end]).ok()?;
        let is_text = |field: &str, wanted: &str| value.get(field).and_then(Value::as_str) == Some(wanted);
        let has_tarball = value.get("dist").and_then(|dist| dist.get("tarball")).is_some_and(Value::is_string);
        let are_ranges = |list: &Value| list.as_object().is_some_and(|list| list.values().all(Value::is_string));
        let lists = ["dependencies", "optionalDependencies", "peerDependencies"];
        let well_formed = lists.iter().all(|list| value.get(*list).is_none_or(are_ranges));
        (is_text("name", &self.name) && is_text("version", version) && has_tarball && well_formed).then_some(value)
    }

    pub fn version(&self, index: usize) -> &str {
        &self.versions[index].0
    }

    /// The list with these versions only.
    pub fn cut(&self, kept: &BTreeSet<usize>) -> Vec<u8> {
        let mut out = b"{".to_vec();
        for (name, slice) in self.outer.iter().filter(|(name, _)| KEPT.contains(&name.as_str())) {
            if name == "time" {
                self.member(&mut out, name, self.times_of(kept).as_bytes());
            } else {
                self.member(&mut out, name, self.slice(*slice));
            }
        }
        out.extend_from_slice(b"\"versions\":{");
        for (position, index) in kept.iter().enumerate() {
            let (version, slice) = &self.versions[*index];
            out.extend_from_slice(if position == 0 { b"\"" } else { b",\"" });
            // Plain, or this would be no list.
            out.extend_from_slice(version.as_bytes());
            out.extend_from_slice(b"\":");
            out.extend_from_slice(self.slice(*slice));
        }
        out.extend_from_slice(b"}}");
        out
    }

    fn member(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) {
        out.extend_from_slice(format!("\"{name}\":").as_bytes());
        out.extend_from_slice(value);
        out.push(b',');
    }

    fn slice(&self, (start, end): Slice) -> &[u8] {
        &self.text[start..end]
    }

    /// Also of those versions that a tag names.
    fn times_of(&self, kept: &BTreeSet<usize>) -> String {
        let place = self.outer.iter().rev().find(|(name, _)| name == "time").map(|(_, slice)| *slice);
        let whole: Map<String, Value> =
            place.and_then(|place| serde_json::from_slice(self.slice(place)).ok()).unwrap_or_default();
        let named: BTreeSet<&str> = kept.iter().map(|index| self.version(*index)).collect();
        let tagged: BTreeSet<&str> = self.tags.values().map(String::as_str).collect();
        let counts = |key: &str| ["created", "modified"].contains(&key) || named.contains(key) || tagged.contains(key);
        Value::Object(whole.into_iter().filter(|(key, _)| counts(key)).collect()).to_string()
    }
}

/// What npm takes for no range: `v1` and `x` are ranges.
fn is_tag(wanted: &str) -> bool {
    wanted.starts_with(|first: char| first.is_ascii_alphabetic() && !"vVxX".contains(first))
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
