//! What can go wrong, by what the caller does about it.

use std::fmt;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The command line or the settings are wrong.
    Usage(String),
    /// Only the resolver can go on: no lockfile, or one that does not fit.
    Resolution(String),
    /// Dangerous, and the reason why.
    Refused(String),
    /// Something did not work: the network, the disk.
    Failed(String),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 64,
            Error::Resolution(_) => 3,
            Error::Refused(_) | Error::Failed(_) => 1,
        }
    }

    /// The same error, with the place where it happened in front.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Error {
        match self {
            Error::Usage(text) => Error::Usage(format!("{place}: {text}")),
            Error::Resolution(text) => Error::Resolution(format!("{place}: {text}")),
            Error::Refused(text) => Error::Refused(format!("{place}: {text}")),
            Error::Failed(text) => Error::Failed(format!("{place}: {text}")),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Error::Usage(text) | Error::Resolution(text) | Error::Refused(text) | Error::Failed(text)) = self;
        formatter.write_str(text)
    }
}

impl std::error::Error for Error {}

pub fn refused<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::Refused(text.into()))
}

pub fn failed<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::Failed(text.into()))
}

/// What the operating system said, with what was tried on which path.
pub fn cannot<'a>(what: &'a str, path: &'a Path) -> impl Fn(std::io::Error) -> Error + 'a {
    move |error| Error::Failed(format!("Cannot {what} {}: {error}", quoted(&path.to_string_lossy())))
}

/// The same for calls through rustix.
pub fn denied<'a>(what: &'a str, path: &'a Path) -> impl Fn(rustix::io::Errno) -> Error + 'a {
    move |error| cannot(what, path)(std::io::Error::from(error))
}

/// Text of others made harmless for a terminal: control characters and marks that turn the reading direction are escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars().take(300) {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                out.extend(character.escape_unicode());
            }
            _ if character.is_control() => out.extend(character.escape_default()),
            _ => out.push(character),
        }
    }
    out.push_str(if text.chars().nth(300).is_some() { "…\"" } else { "\"" });
    out
}
