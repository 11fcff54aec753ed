//! One thing that a manifest asks for, or denies.

use crate::denial::gives_away;
use crate::policy::Permission;
use std::path::{Component, Path};

/// As the manifest writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The script of package.json that it is for, or `None` for every run.
    pub script: Option<String>,
    pub permission: Permission,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Allow(String),
    Deny(String),
    DenyAll,
}

impl Wish {
    /// The line that stands for it in a record: different wishes have different lines, and none holds a line break.
    pub fn line(&self) -> String {
        let script = self.script.as_ref().map(|name| format!("script {name:?} ")).unwrap_or_default();
        match &self.kind {
            Kind::Allow(text) => format!("{script}allow {} {text:?}", self.permission),
            Kind::Deny(text) => format!("{script}deny {} {text:?}", self.permission),
            Kind::DenyAll => format!("{script}deny {}", self.permission),
        }
    }

    pub fn is_allowed(&self) -> bool {
        matches!(self.kind, Kind::Allow(_))
    }

    /// What the door to a service outside of every jail gives away, where this names one.
    pub fn gives_away(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Allow(text) if self.permission == Permission::Net && text.starts_with("unix:") => gives_away(text),
            _ => None,
        }
    }

    /// Whether it reaches beyond the project: everything but files below its folder, its dotfiles aside, which may
    /// hold secrets.
    pub fn is_beyond_the_project(&self) -> bool {
        let Kind::Allow(text) = &self.kind else { return false };
        match self.permission {
            Permission::Read => !stays_below(text) || has_dotfile(text),
            Permission::Write => !stays_below(text),
            _ => true,
        }
    }
}

fn stays_below(text: &str) -> bool {
    let mut depth = 0i32;
    for part in Path::new(text).components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => depth -= 1,
            Component::RootDir | Component::Prefix(_) => return false,
        }
        if depth < 0 {
            return false;
        }
    }
    !text.starts_with('~')
}

fn has_dotfile(text: &str) -> bool {
    Path::new(text).components().any(|part| match part {
        Component::Normal(name) => name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beyond(permission: Permission, text: &str) -> bool {
        Wish { script: None, permission, kind: Kind::Allow(text.into()) }.is_beyond_the_project()
    }

    #[test]
    fn files_below_the_project_are_not_beyond_it() {
        assert!(!beyond(Permission::Read, "./data"));
        assert!(!beyond(Permission::Read, "data/../other"));
        assert!(!beyond(Permission::Write, "./.next"));
    }

    #[test]
    fn files_elsewhere_dotfiles_and_everything_else_are() {
        for text in ["../x", "a/../../x", "/etc", "~/x", ".env", "config/.secrets/key"] {
            assert!(beyond(Permission::Read, text), "{text}");
        }
        assert!(beyond(Permission::Write, "../x"));
        for permission in [Permission::Net, Permission::Listen, Permission::Env, Permission::Run, Permission::Addons] {
            assert!(beyond(permission, "x"));
        }
    }

    #[test]
    fn no_line_holds_a_line_break_and_none_can_be_taken_for_another() {
        let wish = |script: Option<&str>, kind: Kind| {
            Wish { script: script.map(str::to_owned), permission: Permission::Net, kind }.line()
        };
        assert_eq!(wish(None, Kind::Allow("a\nallow net \"b\"".into())), "allow net \"a\\nallow net \\\"b\\\"\"");
        assert_ne!(wish(Some("a"), Kind::DenyAll), wish(None, Kind::DenyAll));
    }
}
