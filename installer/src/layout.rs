//! How packages lie in node_modules, and the file that says which are there.

use crate::lockfile::isolated;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// As the lockfile says, which is npm's way.
    Hoisted,
    /// Each package once, with symlinks to what it asks for.
    Isolated,
}

impl Layout {
    pub fn parse(text: &str) -> Option<Layout> {
        match text {
            "hoisted" => Some(Layout::Hoisted),
            "isolated" => Some(Layout::Isolated),
            _ => None,
        }
    }

    /// The layout of the tree that is there.
    pub fn of(project: &Path) -> Layout {
        if project.join(Layout::Isolated.record()).exists() { Layout::Isolated } else { Layout::Hoisted }
    }

    pub fn name(self) -> &'static str {
        match self {
            Layout::Hoisted => "hoisted",
            Layout::Isolated => "isolated",
        }
    }

    /// npm's own file must describe a tree that npm would make, so that the isolated tree has another.
    pub fn record(self) -> &'static str {
        match self {
            Layout::Hoisted => "node_modules/.package-lock.json",
            Layout::Isolated => "node_modules/.cordon/isolated.json",
        }
    }

    pub fn other(self) -> Layout {
        match self {
            Layout::Hoisted => Layout::Isolated,
            Layout::Isolated => Layout::Hoisted,
        }
    }
}

/// What is put in place and taken away as one: a package of the isolated tree with its symlinks; elsewhere the place itself.
pub fn unit_of(location: &str) -> &str {
    let end = location.strip_prefix(isolated::FOLDER).and_then(|rest| rest.find('/'));
    end.map_or(location, |end| &location[..isolated::FOLDER.len() + end])
}

/// Whether a symlink belongs to the isolated tree, and is no package of its own.
pub fn is_inner(location: &str, target: &str) -> bool {
    location.starts_with(isolated::FOLDER) || target.starts_with(isolated::FOLDER)
}

/// From a symlink at `location` to `target`, both in the project: as short as npm writes it.
pub fn way(location: &str, target: &str) -> String {
    let from: Vec<&str> = location.split('/').collect();
    let to: Vec<&str> = target.split('/').collect();
    let shared =
        from[..from.len() - 1].iter().zip(&to).take_while(|(one, other)| one == other && **one != "..").count();
    let shared = shared.min(to.len() - 1);
    let up = "../".repeat(from.len() - 1 - shared);
    format!("{up}{}", to[shared..].join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symlink_takes_the_shortest_way() {
        for (location, target, expected) in [
            ("node_modules/a", "packages/a", "../packages/a"),
            ("packages/b/node_modules/a", "packages/a", "../../a"),
            ("node_modules/@s/a", "../a", "../../../a"),
            ("node_modules/a", "node_modules/.cordon/a@1/node_modules/a", ".cordon/a@1/node_modules/a"),
            (
                "node_modules/.cordon/a@1/node_modules/@s/b",
                "node_modules/.cordon/@s+b@1/node_modules/@s/b",
                "../../../@s+b@1/node_modules/@s/b",
            ),
        ] {
            assert_eq!(way(location, target), expected);
        }
    }

    #[test]
    fn a_package_and_its_symlinks_are_one_unit() {
        assert_eq!(unit_of("node_modules/.cordon/a@1/node_modules/b"), "node_modules/.cordon/a@1");
        assert_eq!(unit_of("node_modules/a/node_modules/b"), "node_modules/a/node_modules/b");
    }
}
