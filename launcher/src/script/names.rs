//! Which scripts a script names: their grants count while it runs.

use std::collections::BTreeSet;

/// Programs that run scripts which their arguments name.
const RUNNERS: [&str; 5] = ["npm", "pnpm", "yarn", "bun", "cordon"];
const GROUP_RUNNERS: [&str; 5] = ["npm-run-all", "npm-run-all2", "run-s", "run-p", "concurrently"];

/// The scripts of npm that have commands of their own.
const SHORT: [(&str, &str); 6] =
    [("test", "test"), ("t", "test"), ("tst", "test"), ("start", "start"), ("stop", "stop"), ("restart", "restart")];

/// `name` with its pre and post scripts, and every script that one of them names, and so on.
pub fn named(scripts: &[(String, String)], name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut ahead = vec![name.to_owned()];
    while let Some(next) = ahead.pop() {
        for (name, text) in scripts.iter().filter(|(name, _)| belongs(name, &next)) {
            if found.insert(name.clone()) {
                ahead.extend(patterns(text).iter().flat_map(|pattern| matching(scripts, pattern)));
            }
        }
    }
    found
}

/// Whether `name` runs when `script` is asked for.
fn belongs(name: &str, script: &str) -> bool {
    name == script || ["pre", "post"].iter().any(|prefix| name.strip_prefix(prefix) == Some(script))
}

fn matching(scripts: &[(String, String)], pattern: &str) -> Vec<String> {
    scripts.iter().map(|(name, _)| name.clone()).filter(|name| matches(pattern, name)).collect()
}

/// npm-run-all's patterns: `*` is anything without a colon, `**` anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => {
            let Some(rest) = name.strip_prefix(before) else { return false };
            let (deep, after) = after.strip_prefix('*').map_or((false, after), |after| (true, after));
            let ends = (0..=rest.len()).filter(|end| rest.is_char_boundary(*end));
            ends.take_while(|end| deep || !rest[..*end].contains(':')).any(|end| matches(after, &rest[end..]))
        }
    }
}

/// The names and patterns of scripts in a script's text. It is a look at its words, so it may find too many, never
/// one that package.json does not have.
fn patterns(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let commands = text.split(['|', '&', ';', '\n', '(', ')', '"', '\'', '`']);
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().map(|word| word.trim_matches('\\')).collect();
        for (at, word) in words.iter().enumerate() {
            let program = word.rsplit('/').next().unwrap_or(word);
            let arguments = || words[at + 1..].iter().filter(|word| !word.starts_with('-'));
            if program == "node" {
                found.extend(of_engine(&words[at + 1..]));
            } else if RUNNERS.contains(&program) {
                found.extend(of_runner(program, arguments().copied().collect()));
            } else if GROUP_RUNNERS.contains(&program) {
                found.extend(arguments().map(|word| (*word).to_owned()));
            }
        }
        found.extend(words.iter().filter_map(|word| prefixed(word)));
    }
    // `run-p "build:* -- --watch"`: patterns may be quoted, so they look like commands of their own.
    if GROUP_RUNNERS.iter().any(|program| text.contains(program)) {
        found.extend(text.split(['"', '\'', '\\', ' ']).map(str::to_owned));
    }
    found
}

/// `node --run name`, `node --run=name`
fn of_engine(arguments: &[&str]) -> Option<String> {
    let at = arguments.iter().position(|word| *word == "--run" || word.starts_with("--run="))?;
    match arguments[at].split_once('=') {
        Some((_, name)) => Some(name.to_owned()),
        None => arguments.get(at + 1).map(|name| (*name).to_owned()),
    }
}

fn of_runner(program: &str, arguments: Vec<&str>) -> Option<String> {
    let (first, rest) = arguments.split_first()?;
    if matches!(*first, "run" | "run-script" | "rum" | "urn") {
        return rest.first().map(|name| (*name).to_owned());
    }
    match SHORT.iter().find(|(word, _)| word == first) {
        Some((_, script)) => Some((*script).to_owned()),
        // The others take a script's name where npm wants `run`.
        None => (program != "npm").then(|| (*first).to_owned()),
    }
}

/// concurrently's `npm:watch-*`.
fn prefixed(word: &str) -> Option<String> {
    let (runner, name) = word.split_once(':')?;
    matches!(runner, "npm" | "pnpm" | "yarn" | "bun" | "node").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scripts: &[(&str, &str)], name: &str) -> Vec<String> {
        let scripts: Vec<_> = scripts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        named(&scripts, name).into_iter().collect()
    }

    #[test]
    fn pre_and_post_belong_to_a_script() {
        let scripts = [("prebuild", "a"), ("build", "b"), ("postbuild", "c"), ("other", "d"), ("predictable", "e")];
        assert_eq!(of(&scripts, "build"), ["build", "postbuild", "prebuild"]);
        assert_eq!(of(&scripts, "dictable"), ["predictable"]);
        assert!(of(&scripts, "missing").is_empty());
    }

    #[test]
    fn runners_name_scripts() {
        for text in [
            "npm run b",
            "npm run-script b -- --x",
            "pnpm b",
            "yarn b",
            "cordon run b",
            "node --run b",
            "x && node --no-warnings --run=b -- --y",
            "a && npm run --silent b",
            "npm-run-all clean b",
            "run-s b",
            "run-p 'b'",
            "concurrently \"npm run b\"",
            "concurrently npm:b",
            "concurrently \"npm:b\" x",
            "cross-env A=1 npm run b",
            "x; (npm run b)",
        ] {
            assert_eq!(of(&[("a", text), ("b", "node b.js"), ("c", "node c.js")], "a"), ["a", "b"], "{text}");
        }
        assert_eq!(of(&[("a", "npm t"), ("test", "x")], "a"), ["a", "test"]);
    }

    #[test]
    fn a_word_is_not_a_name_because_a_script_is_called_so() {
        assert_eq!(of(&[("build", "vite build"), ("vite", "x")], "build"), ["build"]);
        assert_eq!(of(&[("a", "npm install b"), ("b", "x")], "a"), ["a"]);
    }

    #[test]
    fn patterns_and_circles_end() {
        let scripts = [("a", "run-p b:*"), ("b:1", "npm run a"), ("b:2", "x"), ("b:2:3", "y"), ("c", "run-s 'b:**'")];
        assert_eq!(of(&scripts, "a"), ["a", "b:1", "b:2"]);
        assert_eq!(of(&scripts, "c"), ["a", "b:1", "b:2", "b:2:3", "c"]);
    }
}
