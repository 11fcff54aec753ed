//! What a manifest asks for, as the question wants it.

use super::{Kind, Wish};
use crate::manifest::{Project, Section};
use std::path::PathBuf;

/// One manifest, and everything that it asks for: for every run and for single scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    pub manifest: PathBuf,
    pub wishes: Vec<Wish>,
}

impl Asking {
    /// `None` where no manifest counts.
    pub fn of(project: &Project) -> Option<Asking> {
        let scripts = project.key.scripts.iter().map(|(name, section)| (Some(name.as_str()), section));
        let wishes =
            [(None, &project.key.section)].into_iter().chain(scripts).flat_map(|(name, section)| wishes(name, section));
        Some(Asking { manifest: project.manifest.clone()?, wishes: wishes.collect() })
    }
}

fn wishes(script: Option<&str>, section: &Section) -> Vec<Wish> {
    let wish = |permission, kind| Wish { script: script.map(str::to_owned), permission, kind };
    let allow = section.allow.iter().map(|own| wish(own.permission, Kind::Allow(own.text.clone())));
    let deny = section.deny.iter().map(|own| wish(own.permission, Kind::Deny(own.text.clone())));
    let all = section.deny_all.iter().map(|(permission, _)| wish(*permission, Kind::DenyAll));
    allow.chain(deny).chain(all).collect()
}
