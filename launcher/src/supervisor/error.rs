//! Why a target could not be started.

use super::broker;
use super::joining::Refusal;
use crate::jail;
use crate::jail::target::Step;
use std::fmt;
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub enum Error {
    Jail(jail::Error),
    Session {
        base: PathBuf,
        cause: io::Error,
    },
    /// This process is in a jail already.
    InJail,
    /// It can't be narrowed as wanted.
    Join(Refusal),
    /// The guardian could not make the jail: its text.
    Refused(String),
    /// The target's own last steps, or its guardian's.
    Start {
        step: Step,
        cause: io::Error,
    },
    Broker(broker::Error),
    /// The file of `--report` could not be opened.
    Report {
        path: PathBuf,
        cause: io::Error,
    },
    /// The guardian ended, and nobody knows how the target did.
    Lost,
    Step {
        action: &'static str,
        cause: io::Error,
    },
}

impl Error {
    pub fn step(action: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |cause| Error::Step { action, cause }
    }
}

impl From<jail::Error> for Error {
    fn from(error: jail::Error) -> Error {
        Error::Jail(error)
    }
}

impl From<broker::Error> for Error {
    fn from(error: broker::Error) -> Error {
        Error::Broker(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Jail(error) => error.fmt(out),
            Error::Session { base, cause } => write!(
                out,
                "Cannot make a private folder in {base:?}: {cause}; set TMPDIR to a folder that you may write"
            ),
            Error::Join(refusal) => refusal.fmt(out),
            Error::InJail => out.write_str(IN_JAIL),
            Error::Start { step: Step::Filter, cause } if cause.raw_os_error() == Some(libc::EBUSY) => {
                out.write_str(IN_JAIL)
            }
            Error::Start { step, cause } => write!(out, "Cannot {}: {cause}; run `cordon doctor`", step.action()),
            Error::Refused(text) => write!(out, "{text}; --namespaces=off goes without a root of its own"),
            Error::Broker(error) => error.fmt(out),
            Error::Report { path, cause } => write!(out, "Cannot write reports to {path:?}: {cause}"),
            Error::Lost => out.write_str("Cannot tell how the program ended: its guardian was killed"),
            Error::Step { action, cause } => write!(out, "Cannot {action}: {cause}; run `cordon doctor`"),
        }
    }
}

const IN_JAIL: &str = "Cannot start a jail here: another supervisor listens to this process already, as inside of a jail, \
                       and a kernel takes one; start cordon outside of it";

impl std::error::Error for Error {}
