//! The command line: one table (contract/commands.json) yields the parser, help, completions and the manual page.

pub mod completions;
mod entries;
mod grants;
pub mod help;
pub mod man;
mod parse;
mod table;

pub use grants::{inspector, section};
pub use parse::{Error, Line, Typed, parse, resembles_a_command};
pub use table::{Command, Meaning, command};
