//! Why a jail could not be made.

use std::fmt;
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub enum Error {
    /// The kernel has no Landlock, or one that is too old (the ABI found, 0 for none).
    Landlock(u8),
    /// A system call that a guarantee stands on is missing or forbidden.
    Missing { what: &'static str, cause: io::Error, fix: &'static str },
    /// The ruleset could not be made.
    Ruleset(String),
    /// Something about one path.
    Path { action: &'static str, path: PathBuf, cause: io::Error },
    /// Something else that the kernel refused.
    Step { action: &'static str, cause: io::Error },
}

impl Error {
    pub fn step(action: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |cause| Error::Step { action, cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Landlock(0) => out.write_str(
                "Cannot confine the program: this kernel has no Landlock; \
                 use Linux 6.2 or newer with \"landlock\" in its lsm= list (see `cordon doctor`)",
            ),
            Error::Landlock(abi) => write!(
                out,
                "Cannot confine the program: this kernel's Landlock has ABI {abi} and cordon needs 3; \
                 use Linux 6.2 or newer (see `cordon doctor`)"
            ),
            Error::Missing { what, cause, fix } => write!(out, "Cannot confine the program: {what}: {cause}; {fix}"),
            Error::Ruleset(cause) => write!(out, "Cannot make the Landlock ruleset: {cause}; run `cordon doctor`"),
            Error::Path { action, path, cause } => write!(out, "Cannot {action} {path:?}: {cause}"),
            Error::Step { action, cause } => write!(out, "Cannot {action}: {cause}; run `cordon doctor`"),
        }
    }
}

impl std::error::Error for Error {}
