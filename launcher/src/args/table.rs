//! What the rows of contract/commands.json are.

use super::entries::{COMMANDS, FLAGS};
use crate::policy::Permission;

#[derive(Debug)]
pub struct Command {
    pub name: &'static str,
    /// Shorter or older names.
    pub aliases: &'static [&'static str],
    /// Words that may stand behind it first.
    pub words: &'static [&'static str],
    pub usage: &'static str,
    pub summary: &'static str,
    pub details: &'static str,
    /// The groups of flags that it takes.
    pub groups: &'static [&'static str],
}

#[derive(Debug)]
pub struct Group {
    pub name: &'static str,
    pub title: &'static str,
}

#[derive(Debug)]
pub struct Flag {
    pub name: &'static str,
    pub short: Option<char>,
    pub takes: Takes,
    pub placeholder: &'static str,
    /// The only values, or none for any.
    pub choices: &'static [&'static str],
    pub group: &'static str,
    pub meaning: Meaning,
    pub help: &'static str,
}

/// Whether a flag has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    None,
    /// Only as `--flag=value`.
    Optional,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Allow(Permission),
    Deny(Permission),
    Limit(&'static str),
    Namespaces,
    Landlock,
    Report,
    Quiet,
    Eval,
    Print,
    Json,
    Write,
    Record,
    Strict,
    /// The script that something is shown for.
    For,
    /// Start anew when files change.
    Watch,
    EnvFile,
    EnvFileIfExists,
    /// Handed to the engine, and listens on loopback.
    Inspect,
    /// Handed to the engine.
    Engine,
    /// For those who install, who know it by its name.
    Install,
}

pub fn command(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name || command.aliases.contains(&name))
}

impl Command {
    /// It and its other names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    pub fn flags(&self) -> impl Iterator<Item = &'static Flag> + '_ {
        FLAGS.iter().filter(|flag| self.groups.contains(&flag.group))
    }
}

impl Flag {
    /// `-e, --eval=<code>`.
    pub fn shown(&self) -> String {
        let short = self.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
        let value = match self.takes {
            Takes::None => String::new(),
            Takes::Optional => format!("[=<{}>]", self.placeholder),
            Takes::Required => format!("=<{}>", self.placeholder),
        };
        format!("{short}--{}{value}", self.name)
    }
}
