//! What the grant and limit flags of a command line ask for.

use super::parse::Typed;
use super::table::Meaning;
use crate::manifest::{Error, Place, Problem, Section, Wish, set_limit};
use crate::policy::{Origin, Permission};
use std::ffi::OsStr;
use std::path::Path;

/// Gathers the flags; relative paths in them start at `folder`, the current one.
pub fn section(flags: &[Typed], folder: &Path) -> Result<Section, Error> {
    let mut section = Section::default();
    for typed in flags {
        let place = Place { origin: Origin::Flag(typed.text.clone()), position: None };
        match typed.flag.meaning {
            Meaning::Allow(permission) => section.allow.extend(wishes(typed, permission, &place, folder)?),
            Meaning::Deny(permission) if typed.value.is_none() => section.deny_all.push((permission, place)),
            Meaning::Deny(permission) => section.deny.extend(wishes(typed, permission, &place, folder)?),
            Meaning::Limit(name) => {
                set_limit(&mut section.limits, name, text(typed, &place)?).map_err(|problem| problem.at(&place))?;
            }
            _ => {}
        }
    }
    Ok(section)
}

fn text<'t>(typed: &'t Typed, place: &Place) -> Result<&'t str, Error> {
    let value = typed.value.as_deref().unwrap_or(OsStr::new(""));
    value.to_str().ok_or_else(|| Problem::new("its value is not UTF-8", "write it as UTF-8").at(place))
}

fn wishes(typed: &Typed, permission: Permission, place: &Place, folder: &Path) -> Result<Vec<Wish>, Error> {
    let mut wishes = Vec::new();
    for text in text(typed, place)?.split(',') {
        if text.trim().is_empty() {
            return Err(Problem::new("an empty entry grants nothing", "leave it out, or the flag").at(place));
        }
        wishes.push(Wish { permission, text: text.into(), place: place.clone(), base: folder.to_path_buf() });
    }
    Ok(wishes)
}
