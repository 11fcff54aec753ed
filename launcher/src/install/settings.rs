//! Settings that change what is installed, from flags, the project's .npmrc and the user's.

use super::sources::Sources;
use crate::args::{Line, Meaning};

/// npm's names for settings that a resolver heeds, and that a project may set.
const NAMES: [&str; 11] = [
    "legacy-peer-deps",
    "strict-peer-deps",
    "save-exact",
    "save-prefix",
    "engine-strict",
    "install-strategy",
    "prefer-dedupe",
    "tag",
    "install-links",
    "lockfile-version",
    "omit-lockfile-registry-resolved",
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `dev`, `optional`, `peer`.
    pub omit: Vec<String>,
    /// `hoisted` or `isolated`, where somebody says so.
    pub layout: Option<String>,
    /// By name; a flag without a value is `true`.
    pub flags: Vec<(String, String)>,
}

impl Settings {
    pub fn of(line: &Line, sources: &Sources, production: bool) -> Settings {
        let values = |name: &str| -> Vec<String> {
            let typed = line.flags.iter().filter(|typed| is_install(typed) && typed.flag.name == name);
            typed.filter_map(|typed| typed.value.as_ref()?.to_str().map(str::to_owned)).collect()
        };
        let mut omit = values("omit");
        omit.extend(sources.project.list("omit").chain(sources.user.list("omit")).map(str::to_owned));
        if production {
            omit.push("dev".into());
        }
        let mut include = values("include");
        include.extend(sources.project.list("include").chain(sources.user.list("include")).map(str::to_owned));
        omit.sort();
        omit.dedup();
        omit.retain(|kind| ["dev", "optional", "peer"].contains(&kind.as_str()) && !include.contains(kind));
        let layout = values("layout").pop().or_else(|| layout_of(sources));
        let mut flags: Vec<(String, String)> = NAMES
            .iter()
            .filter_map(|name| sources.setting(name).map(|value| ((*name).to_owned(), value.to_owned())))
            .collect();
        // Days, as npm has it: a project may ask for more patience, and only the user for less.
        flags.extend(patience(sources).map(|days| ("min-release-age".to_owned(), days)));
        for typed in line.flags.iter().filter(|typed| is_install(typed) || typed.flag.meaning == Meaning::Strict) {
            let value =
                typed.value.as_ref().map_or_else(|| "true".into(), |value| value.to_string_lossy().into_owned());
            flags.push((typed.flag.name.to_owned(), value));
        }
        let members = values("workspace");
        if members.len() > 1 {
            flags.push(("workspace".to_owned(), members.join("\n")));
        }
        Settings { omit, layout, flags }
    }

    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// npm's word for the isolated layout is `install-strategy=linked`.
fn layout_of(sources: &Sources) -> Option<String> {
    let own = sources.setting("layout").filter(|layout| ["hoisted", "isolated"].contains(layout));
    let linked = || sources.setting("install-strategy") == Some("linked");
    own.map(str::to_owned).or_else(|| linked().then(|| "isolated".to_owned()))
}

fn is_install(typed: &crate::args::Typed) -> bool {
    typed.flag.meaning == Meaning::Install
}

fn patience(sources: &Sources) -> Option<String> {
    let days = |text: Option<&str>| {
        text.and_then(|text| text.parse::<f64>().ok()).filter(|days| days.is_finite() && *days >= 0.0)
    };
    let (user, project) = (days(sources.user.get("min-release-age")), days(sources.project.get("min-release-age")));
    match (user, project) {
        (Some(user), Some(project)) => Some(user.max(project).to_string()),
        (Some(user), None) => Some(user.to_string()),
        (None, Some(project)) => Some(project.max(1.0).to_string()),
        (None, None) => None,
    }
}
