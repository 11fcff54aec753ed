//! What is wrong with a manifest or a flag, where, and how to mend it.

use super::json;
use crate::policy::Origin;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub origin: Origin,
    /// Line and column, for manifests.
    pub position: Option<(usize, usize)>,
}

impl Place {
    /// A flag as it was typed.
    pub fn flag(text: &str) -> Place {
        Place { origin: Origin::Flag(text.into()), position: None }
    }
}

/// What is wrong with one value, and its remedy, without the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub what: String,
    pub fix: String,
}

impl Problem {
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Problem {
        Problem { what: what.into(), fix: fix.into() }
    }

    pub fn at(self, place: &Place) -> Error {
        Error { place: Some(place.clone()), what: self.what, fix: self.fix }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub place: Option<Place>,
    pub what: String,
    pub fix: String,
}

impl Error {
    /// Something that no manifest and no flag said.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Error {
        Error { place: None, what: what.into(), fix: fix.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_ref().map(|place| (&place.origin, place.position)) {
            Some((Origin::Manifest { file, pointer }, position)) => {
                write!(out, "Cannot use manifest {}", shown(file))?;
                if let Some((line, column)) = position {
                    write!(out, ":{line}:{column}")?;
                }
                if !pointer.is_empty() {
                    write!(out, " at {}", escaped(pointer))?;
                }
                write!(out, ": ")?;
            }
            Some((Origin::Flag(text), _)) => write!(out, "Cannot use flag {}: ", escaped(text))?,
            Some((Origin::Default(reason), _)) => write!(out, "Cannot give {reason}: ")?,
            None => {}
        }
        write!(out, "{}", self.what)?;
        if self.fix.is_empty() { Ok(()) } else { write!(out, "; {}", self.fix) }
    }
}

impl std::error::Error for Error {}

/// A path for people: escaped, whatever is in it.
pub fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

/// Text from a manifest, a flag or a file's name, without anything that a terminal would obey.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || json::is_format(letter) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

/// Text in quotes, for messages.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let short: String =
        if text.chars().count() > 200 { text.chars().take(200).chain(['…']).collect() } else { text.into() };
    json::quote(&mut out, &short);
    out
}

/// The place of a whole file.
pub fn file_place(file: &Path) -> Place {
    Place { origin: Origin::Manifest { file: PathBuf::from(file), pointer: String::new() }, position: None }
}
