//! From words to a command: what was typed, not yet what it means.

use super::entries::COMMANDS;
use super::table::{Command, Flag, Meaning, Takes, command};
use crate::manifest::quoted;
use crate::suggest::nearest;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

/// A command line, taken apart.
#[derive(Debug)]
pub struct Line {
    pub command: &'static Command,
    pub flags: Vec<Typed>,
    /// The file or topic, and everything after it.
    pub rest: Vec<OsString>,
    /// `--help` was among the flags.
    pub help: bool,
}

/// One flag as it was typed.
#[derive(Clone, Debug)]
pub struct Typed {
    pub flag: &'static Flag,
    pub value: Option<OsString>,
    /// `--allow-net=example.org`.
    pub text: String,
}

/// What cannot be understood, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub what: String,
    pub fix: String,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Cannot understand the command line: {}; {}", self.what, self.fix)
    }
}

impl std::error::Error for Error {}

/// Takes `words`, what follows `cordon`, apart. `is_script` tells whether a word that is no command names a script.
pub fn parse(words: impl IntoIterator<Item = OsString>, is_script: impl Fn(&OsStr) -> bool) -> Result<Line, Error> {
    let mut words = words.into_iter().peekable();
    let Some(first) = words.peek() else { return Ok(line_of("help")) };
    let named = match first.to_str() {
        Some("--help" | "-h") => Some("help"),
        Some("--version" | "-v") => Some("version"),
        Some(name) => command(name).map(|command| command.name),
        None => None,
    };
    let mut line = match named {
        Some(name) => {
            words.next();
            line_of(name)
        }
        // `cordon file.js`, `cordon build` and `cordon -e code` are short for `cordon run …`.
        None if looks_like_a_program(first) || is_script(first) => line_of("run"),
        None => return Err(unknown_command(first)),
    };
    // What follows a program goes to it untouched.
    let starts_programs = matches!(line.command.name, "run" | "learn" | "exec");
    while let Some(word) = words.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            break;
        }
        if bytes.len() < 2 || bytes[0] != b'-' {
            line.rest.push(word);
            if starts_programs {
                break;
            }
            continue;
        }
        if bytes == b"--help" || bytes == b"-h" {
            line.help = true;
            continue;
        }
        let typed = flag(line.command, &word, &mut words)?;
        line.flags.push(typed);
    }
    line.rest.extend(words);
    Ok(line)
}

fn line_of(name: &str) -> Line {
    let command = command(name).expect("the table has a row for every command that the launcher knows");
    Line { command, flags: Vec::new(), rest: Vec::new(), help: false }
}

/// A flag, `-`, or something with a path or an ending: all else is taken for a mistyped command.
fn looks_like_a_program(word: &OsStr) -> bool {
    let bytes = word.as_bytes();
    bytes.starts_with(b"-") || bytes.contains(&b'/') || bytes.contains(&b'.') || Path::new(word).exists()
}

/// Whether a command may have been meant.
pub fn resembles_a_command(word: &str) -> bool {
    nearest(word, COMMANDS.iter().map(|command| command.name)).is_some()
}

pub fn unknown_command(word: &OsStr) -> Error {
    let text = word.to_string_lossy();
    let fix = match nearest(&text, COMMANDS.iter().map(|command| command.name)) {
        Some(name) => format!("did you mean \"cordon {name}\"?"),
        None => "there is no such command and no such file; see \"cordon help\"".into(),
    };
    Error { what: format!("{} is not a command", quoted(&text)), fix }
}

fn flag(command: &'static Command, word: &OsStr, words: &mut impl Iterator<Item = OsString>) -> Result<Typed, Error> {
    let bytes = word.as_bytes();
    let (name, given) = match bytes.iter().position(|byte| *byte == b'=').filter(|_| bytes.starts_with(b"--")) {
        Some(at) => (&bytes[..at], Some(OsString::from_vec(bytes[at + 1..].to_vec()))),
        None => (bytes, None),
    };
    let flag = find(command, name).ok_or_else(|| unknown_flag(command, &String::from_utf8_lossy(name)))?;
    let shown = || quoted(&String::from_utf8_lossy(name));
    let value = match (flag.takes, given) {
        (Takes::None, Some(_)) => {
            return Err(Error { what: format!("{} takes no value", shown()), fix: "leave out what follows =".into() });
        }
        (Takes::Required, None) => match words.next() {
            Some(next) => Some(next),
            None => {
                return Err(Error {
                    what: format!("{} has no value", shown()),
                    fix: format!("write {}", flag.shown()),
                });
            }
        },
        (_, given) => given,
    };
    refuse_other_choices(flag, value.as_deref())?;
    let text = match &value {
        Some(value) => format!("--{}={}", flag.name, value.to_string_lossy()),
        None => format!("--{}", flag.name),
    };
    Ok(Typed { flag, value, text })
}

fn find(command: &'static Command, name: &[u8]) -> Option<&'static Flag> {
    let short = |flag: &Flag| name.len() == 2 && flag.short.is_some_and(|letter| name[1] == letter as u8);
    // npm's one short flag of two letters.
    let name = if name == b"-ws" { b"--workspaces" } else { name };
    // The engine takes underscores for dashes, so `--max_old_space_size` is common.
    let long = name.strip_prefix(b"--").map(|name| String::from_utf8_lossy(name).replace('_', "-"));
    command.flags().find(|flag| short(flag) || long.as_deref() == Some(flag.name))
}

fn unknown_flag(command: &Command, name: &str) -> Error {
    let bare = name.trim_start_matches('-');
    let what = format!("{} is not a flag of cordon {}", quoted(name), command.name);
    if bare == "run" && matches!(command.name, "run" | "learn") {
        return Error { what, fix: format!("write cordon {} <script>", command.name) };
    }
    let fix = match nearest(bare, command.flags().map(|flag| flag.name)) {
        Some(near) => format!("did you mean --{near}?"),
        None => format!("see cordon help {}; flags of the program go after its file", command.name),
    };
    Error { what, fix }
}

fn refuse_other_choices(flag: &Flag, value: Option<&OsStr>) -> Result<(), Error> {
    let Some(value) = value.filter(|_| !flag.choices.is_empty()).map(OsStr::to_string_lossy) else { return Ok(()) };
    if flag.choices.contains(&value.as_ref()) {
        return Ok(());
    }
    let fix = match nearest(&value, flag.choices.iter().copied()) {
        Some(near) => format!("did you mean --{}={near}?", flag.name),
        None => format!("write one of {}", flag.choices.join(", ")),
    };
    Err(Error { what: format!("{} is not a value of --{}", quoted(&value), flag.name), fix })
}

impl Line {
    /// The last flag of this meaning: later ones win.
    pub fn last(&self, meaning: Meaning) -> Option<&Typed> {
        self.flags.iter().rev().find(|typed| typed.flag.meaning == meaning)
    }

    /// The value of the last flag of this meaning, where it is UTF-8.
    pub fn value(&self, meaning: Meaning) -> Option<&str> {
        self.last(meaning)?.value.as_deref()?.to_str()
    }

    /// A word after the flags, for people's eyes.
    pub fn word(&self, index: usize) -> Option<String> {
        self.rest.get(index).map(|word| word.to_string_lossy().into_owned())
    }

    /// What a flag took for its value though it is a file: most likely the program.
    pub fn swallowed(&self) -> Option<&Typed> {
        let last = self.flags.last().filter(|typed| typed.flag.takes == Takes::Required)?;
        last.value.as_ref().filter(|value| Path::new(value).is_file()).map(|_| last)
    }

    /// Whether a flag brings the code.
    pub fn has_code(&self) -> bool {
        self.last(Meaning::Eval).or(self.last(Meaning::Print)).is_some()
    }

    /// The file or folder to run; none for code of a flag's or of stdin.
    pub fn file(&self) -> Option<&Path> {
        self.rest.first().filter(|word| !self.has_code() && *word != "-").map(Path::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<Line, Error> {
        parse(words.iter().map(OsString::from), |word| word == "build")
    }

    fn fix(words: &[&str]) -> String {
        line(words).expect_err("refused").fix
    }

    #[test]
    fn a_file_is_short_for_run() {
        let line = line(&["a.js", "--allow-net=x", "--", "b"]).expect("a line");
        assert_eq!(line.command.name, "run");
        assert_eq!(line.rest, ["a.js", "--allow-net=x", "--", "b"]);
        assert!(line.flags.is_empty());
    }

    #[test]
    fn a_script_is_short_for_run_and_a_command_wins_over_it() {
        assert_eq!(line(&["build", "--x"]).expect("a line").rest, ["build", "--x"]);
        assert!(line(&["buid"]).is_err());
        assert_eq!(parse(["doctor".into()], |_| true).expect("a line").command.name, "doctor");
    }

    #[test]
    fn what_follows_the_file_is_the_programs() {
        let line = line(&["run", "--quiet", "a.js", "--quiet", "-e"]).expect("a line");
        assert_eq!(line.flags.len(), 1);
        assert_eq!(line.rest, ["a.js", "--quiet", "-e"]);
    }

    #[test]
    fn two_dashes_end_the_flags() {
        assert_eq!(line(&["run", "--", "-odd.js", "--"]).expect("a line").rest, ["-odd.js", "--"]);
        assert_eq!(line(&["run", "-e", "1", "--", "--quiet"]).expect("a line").rest, ["--quiet"]);
    }

    #[test]
    fn one_dash_is_stdin() {
        assert_eq!(line(&["run", "-", "a"]).expect("a line").rest, ["-", "a"]);
        assert_eq!(line(&["-"]).expect("a line").command.name, "run");
    }

    #[test]
    fn values_stand_after_an_equals_sign_or_in_the_next_word() {
        for words in [&["--eval=1=1"][..], &["-e", "1=1"], &["--eval", "1=1"]] {
            assert_eq!(line(words).expect("a line").flags[0].value.as_deref(), Some(OsStr::new("1=1")));
        }
        assert!(line(&["--deny-net", "a.js"]).expect("a line").flags[0].value.is_none());
    }

    #[test]
    fn a_misspelled_word_suggests_the_right_one() {
        assert_eq!(fix(&["permisions"]), "did you mean \"cordon permissions\"?");
        assert_eq!(fix(&["run", "--alow-net=x", "a.js"]), "did you mean --allow-net?");
        assert_eq!(fix(&["--namespaces=of", "a.js"]), "did you mean --namespaces=off?");
        assert!(fix(&["run", "--allow-all", "a.js"]).contains("--allow-"));
    }

    #[test]
    fn a_flag_without_its_value_and_one_with_too_much_are_refused() {
        assert!(line(&["run", "--allow-net"]).is_err());
        assert!(line(&["run", "--quiet=yes", "a.js"]).is_err());
        assert!(line(&["run", "--landlock-at-most=2", "a.js"]).is_err());
        assert!(line(&["run", "--addons", "a.js"]).is_err());
    }

    #[test]
    fn the_engines_own_spelling_is_understood() {
        let line = line(&["--max_old_space_size=64", "a.js"]).expect("a line");
        assert_eq!(line.flags[0].text, "--max-old-space-size=64");
    }

    #[test]
    fn bytes_that_are_not_utf8_do_no_harm() {
        let odd = OsString::from_vec(vec![b'-', b'-', 0xff, b'=', 0xfe]);
        assert!(parse([OsString::from("run"), odd], |_| false).is_err());
        let file = OsString::from_vec(vec![b'.', b'/', 0xff]);
        assert_eq!(parse([file.clone()], |_| false).expect("a line").rest, [file]);
    }
}
