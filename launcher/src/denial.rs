//! The record of a refused request, and how it is written down.

mod advice;
mod cause;
mod doors;
mod escape;
mod harmless;

pub use advice::Advice;
pub use doors::gives_away;
pub use escape::escape;
pub use harmless::is_harmless;

use crate::policy::Permission;
use jsonc_parser::ParseOptions;
use std::fmt::Write;
use std::path::Path;

/// A resource's text is cut after this many bytes: names that go into a report come from the target.
const LONGEST: usize = 1024;

/// The resource where a process was refused: it has no program yet.
pub const NEW_PROCESS: &str = "a new process";

/// One refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub permission: Permission,
    /// What was asked for: a path, `host:port`, a program. As the target named it: never printed without `escape`.
    pub resource: String,
    pub source: Source,
    /// Who asked, as the runtime tells: advisory always.
    pub origin: Option<Origin>,
    /// What a grant would name, where that is not the resource: `api.example.org:443` for a refused name. Advisory.
    pub grant: Option<String>,
}

/// Where in the program a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// None is the program's own code.
    pub package: Option<String>,
    pub file: Option<String>,
    pub line: Option<u32>,
    /// The engine's function that was called, `readFile`.
    pub call: Option<String>,
}

impl Origin {
    /// As much of it as a report holds.
    pub fn shortened(self) -> Origin {
        Origin {
            package: self.package.map(shorten),
            file: self.file.map(shorten),
            call: self.call.map(shorten),
            line: self.line,
        }
    }

    /// `left-pad, node_modules/left-pad/index.js:3`; nothing where no file is known. Files of `root` are named from there.
    pub fn told(&self, root: &Path) -> Option<String> {
        let file = self.file.as_deref()?;
        let who = self.package.as_deref().map_or("its own code".to_owned(), escape);
        let place = Path::new(file).strip_prefix(root).map_or(file.into(), |path| path.to_string_lossy());
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        Some(format!("{who}, {}{line}", escape(&place)))
    }
}

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The broker refused it: trusted.
    Broker,
    /// The runtime says that the kernel refused it: advisory, as the target can write this too.
    Runtime,
}

impl Denial {
    /// A refusal of the broker's.
    pub fn by_broker(permission: Permission, resource: impl Into<String>) -> Denial {
        Denial::new(permission, resource.into(), Source::Broker)
    }

    /// What the runtime saw the kernel refuse.
    pub fn by_runtime(permission: Permission, resource: impl Into<String>) -> Denial {
        Denial::new(permission, resource.into(), Source::Runtime)
    }

    fn new(permission: Permission, resource: String, source: Source) -> Denial {
        Denial { permission, resource: shorten(resource), source, origin: None, grant: None }
    }

    /// Who asked, and what a grant would name.
    pub fn explained(mut self, origin: Origin, grant: Option<String>) -> Denial {
        self.origin = Some(origin.shortened());
        self.grant = grant.map(shorten);
        self
    }

    /// A refusal of the broker's that is about a path.
    pub fn of_path(permission: Permission, path: &Path) -> Denial {
        Denial::by_broker(permission, path.to_string_lossy())
    }

    /// Whether every program asks for it, and goes on without.
    pub fn is_harmless(&self) -> bool {
        is_harmless(self.permission, &self.resource)
    }

    /// For people: `denied read /etc/passwd`. Without any run grant the kernel refuses the process before it has a
    /// program: which one it was to be is the program's word, as the grant is.
    pub fn line(&self) -> String {
        let resource = match &self.grant {
            Some(program) if self.resource == NEW_PROCESS && self.permission == Permission::Run => program,
            _ => &self.resource,
        };
        format!("denied {} {}\n", self.permission, escape(resource))
    }

    /// For programs: one JSON object in one line.
    pub fn json(&self) -> String {
        let trusted = self.source == Source::Broker;
        let mut fields = vec![
            format!("\"trusted\":{trusted}"),
            format!("\"permission\":\"{}\"", self.permission),
            format!("\"resource\":{}", quote(&self.resource)),
        ];
        if self.is_harmless() {
            fields.push("\"harmless\":true".into());
        }
        let mut add = |name: &str, text: Option<&String>| {
            fields.extend(text.map(|text| format!("\"{name}\":{}", quote(text))));
        };
        add("grant", self.grant.as_ref());
        if let Some(origin) = &self.origin {
            add("package", origin.package.as_ref());
            add("file", origin.file.as_ref());
            add("call", origin.call.as_ref());
            fields.extend(origin.line.map(|line| format!("\"line\":{line}")));
        }
        format!("{{{}}}\n", fields.join(","))
    }
}

fn shorten(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

/// JSON as RFC 8259 has it: what the parser would take beyond is wrong.
pub const STRICT_JSON: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A JSON string (RFC 8259, 7). What a terminal might obey is escaped too: people look at such files with `cat`.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if escape::is_safe(character) => quoted.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a String does not fail.
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
#[path = "denial/tests.rs"]
mod tests;
