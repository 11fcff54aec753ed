//! From package.json and the flags to a `Policy`: what is asked for, which file counts, what it means here.
//!
//! `section` and `json` read what is written, `find` decides which package.json counts, the others say what one kind of
//! grant means, and `resolve` joins them.

mod addons;
mod edit;
mod error;
mod file;
mod find;
mod host;
mod http;
pub mod json;
mod limits;
mod path;
mod programs;
mod resolve;
mod secrets;
mod section;
mod start;
#[cfg(test)]
pub mod testing;
mod workspace;
mod write;

pub use addons::{PNPM_HOISTED, addon_owners, is_installed};
pub use edit::{Addition, add, save};
pub use error::{Error, Place, Problem, escaped, quoted, shown};
pub use file::{Document, document, parse, text};
pub use find::{Project, Start, never_own};
pub use host::{listen, net};
pub use limits::{NAMES as LIMIT_NAMES, set as set_limit};
pub use path::walk;
pub use resolve::{Note, Question, Resolved, resolve};
pub use secrets::Names;
pub use section::{Key, Section, Wish};
pub use start::{homes, package_above};
pub use workspace::{Patterns, starred};
pub use write::{Absent, is_cache, make_for, may_be_written};
