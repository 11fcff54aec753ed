//! A cloned or pulled repository chooses its own manifest: it is shown and asked for, once, before anything starts.

mod ask;
mod asking;
mod command;
mod hash;
mod record;
mod wish;
mod written;

pub use ask::typed_yes;
pub use asking::Asking;
pub use command::command;
pub use hash::sha256;
pub use record::{Record, Store, state_folder};
pub use wish::{Kind, Wish};
pub use written::Written;

use crate::manifest::walk;
use crate::policy::Policy;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

/// What holds where nobody can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unattended {
    /// What is in the file.
    Accept,
    /// `CORDON_TRUST=strict`: only what was accepted before.
    Refuse,
}

impl Unattended {
    /// From the variable `CORDON_TRUST`.
    pub fn from_variable(value: Option<&OsStr>) -> Result<Unattended, Error> {
        match value.map(OsStr::as_encoded_bytes) {
            None | Some(b"") => Ok(Unattended::Accept),
            Some(b"strict") => Ok(Unattended::Refuse),
            Some(_) => Err(Error::Variable),
        }
    }
}

#[derive(Debug)]
pub enum Error {
    /// The answer was not yes.
    NotAccepted {
        manifest: PathBuf,
    },
    /// Nobody to ask, and `CORDON_TRUST=strict`.
    Strict {
        manifest: PathBuf,
    },
    Variable,
    /// Nobody to ask, and an earlier program could have written it.
    Planted {
        manifest: PathBuf,
        writable: PathBuf,
    },
    /// A write grant that covers the store, or another folder of cordon's.
    Writable {
        grant: String,
        folder: PathBuf,
        what: &'static str,
    },
    Terminal(io::Error),
    Store {
        folder: PathBuf,
        cause: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotAccepted { manifest } => write!(out, "Cannot start: manifest {manifest:?} was not accepted"),
            Error::Strict { manifest } => write!(
                out,
                "Cannot start: manifest {manifest:?} was not accepted before, and CORDON_TRUST is \"strict\"; run it once on a terminal"
            ),
            Error::Planted { manifest, writable } => write!(
                out,
                "Cannot start: manifest {manifest:?} lies in {writable:?}, where an earlier program could write, and was \
                 never accepted; look at it, and run it once on a terminal"
            ),
            Error::Variable => write!(out, "Cannot use variable CORDON_TRUST; write \"strict\", or unset it"),
            Error::Writable { grant, folder, what } => write!(
                out,
                "Cannot grant write of {grant:?}: it covers {folder:?}, where {what} are kept; grant another folder"
            ),
            Error::Terminal(cause) => write!(out, "Cannot ask on the terminal: {cause}"),
            Error::Store { folder, cause } => write!(out, "Cannot keep what was accepted in {folder:?}: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

/// Gives back once `asking` is accepted: by an earlier answer, by one now, or because nobody can be asked.
///
/// Without anybody to ask, a manifest where an earlier program could write is not taken at its word: it may be that one's.
pub fn settle(
    asking: &Asking,
    store: Option<&Store>,
    written: Option<&Written>,
    unattended: Unattended,
) -> Result<(), Error> {
    if !asking.wishes.iter().any(Wish::is_beyond_the_project) {
        return Ok(());
    }
    let before = match store {
        Some(store) => store.read(&asking.manifest).map_err(|cause| Error::store(store, cause))?,
        None => None,
    };
    if before.as_ref().is_some_and(|record| covers(record, asking)) {
        return Ok(());
    }
    match ask::typed_yes(&question(asking, before.as_ref())).map_err(Error::Terminal)? {
        Some(true) => remember(asking, store),
        Some(false) => Err(Error::NotAccepted { manifest: asking.manifest.clone() }),
        None if unattended == Unattended::Refuse => Err(Error::Strict { manifest: asking.manifest.clone() }),
        None => match written.and_then(|written| written.around(&asking.manifest)) {
            Some(writable) => Err(Error::Planted { manifest: asking.manifest.clone(), writable }),
            None => Ok(()),
        },
    }
}

/// Accepts what was just written into `manifest` because the user said so, and nothing else that is in it.
pub fn accept_added(manifest: &Path, store: Option<&Store>, additions: &[Wish]) -> Result<(), Error> {
    let Some(store) = store else { return Ok(()) };
    let before = store.read(manifest).map_err(|cause| Error::store(store, cause))?;
    let empty = || Record { manifest: format!("{manifest:?}"), lines: BTreeSet::new() };
    let mut record = before.unwrap_or_else(empty);
    record.lines.extend(additions.iter().map(Wish::line));
    store.write(manifest, &record).map_err(|cause| Error::store(store, cause))
}

/// Refuses a target that could write its own acceptance, or what cordon keeps for others: `kept`, each with what it is.
pub fn refuse_writable(kept: &[(PathBuf, &'static str)], policy: &Policy) -> Result<(), Error> {
    if policy.allow.write.is_empty() {
        return Ok(());
    }
    for (folder, what) in kept {
        // What is not there yet could be made. Grants are real paths.
        let folder = walk(folder).map_or_else(|_| folder.clone(), |walked| walked.real);
        let covers = |grant: &Path| folder.starts_with(grant) || grant.starts_with(&folder);
        if let Some(grant) = policy.allow.write.iter().find(|grant| covers(&grant.pattern)) {
            return Err(Error::Writable { grant: grant.text.clone(), folder, what });
        }
    }
    Ok(())
}

impl Error {
    fn store(store: &Store, cause: io::Error) -> Error {
        Error::Store { folder: store.folder().to_path_buf(), cause }
    }
}

/// Whether everything that is asked for was accepted, and everything that was denied still is.
fn covers(record: &Record, asking: &Asking) -> bool {
    let now = lines(asking);
    let is_deny = |line: &&String| !is_allow(line);
    now.iter().filter(|line| is_allow(line)).all(|line| record.lines.contains(line))
        && record.lines.iter().filter(is_deny).all(|line| now.contains(line))
}

fn is_allow(line: &str) -> bool {
    // A script's name is quoted, so the word after the last quote before it cannot be part of one.
    let rest = match line.strip_prefix("script ") {
        Some(named) => after_quoted(named),
        None => line,
    };
    rest.trim_start().starts_with("allow ")
}

/// What follows a text in quotes, with its escapes.
fn after_quoted(text: &str) -> &str {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

fn lines(asking: &Asking) -> BTreeSet<String> {
    asking.wishes.iter().map(Wish::line).collect()
}

fn remember(asking: &Asking, store: Option<&Store>) -> Result<(), Error> {
    let Some(store) = store else { return Ok(()) };
    let record = Record { manifest: format!("{:?}", asking.manifest), lines: lines(asking) };
    store.write(&asking.manifest, &record).map_err(|cause| Error::store(store, cause))
}

/// What is asked for beyond the project, a line each; what was not accepted before is marked.
fn question(asking: &Asking, before: Option<&Record>) -> String {
    let mut text = match before {
        None => format!("{:?} asks for more than its own folder:\n\n", asking.manifest),
        Some(_) => format!("{:?} has changed; + marks what is new:\n\n", asking.manifest),
    };
    for wish in asking.wishes.iter().filter(|wish| wish.is_beyond_the_project()) {
        let new = before.is_some_and(|record| !record.lines.contains(&wish.line()));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {} {}", if new { '+' } else { ' ' }, shown(wish));
        if let Some(why) = wish.gives_away() {
            let _ = writeln!(text, "      WARNING: {why}");
        }
    }
    for line in before.iter().flat_map(|record| &record.lines).filter(|line| !is_allow(line)) {
        if !lines(asking).contains(line) {
            let _ = writeln!(text, "  + no longer: {}", short(line));
        }
    }
    text.push_str("\nType yes to accept this and start, anything else to stop: ");
    text
}

fn shown(wish: &Wish) -> String {
    let Kind::Allow(pattern) = &wish.kind else { return String::new() };
    let script =
        wish.script.as_ref().map(|name| format!("  (script {})", short(&format!("{name:?}")))).unwrap_or_default();
    format!("{:<7} {}{script}", wish.permission.name(), short(&format!("{pattern:?}")))
}

/// A screen's width of it: a long text must not push the rest out of sight.
fn short(text: &str) -> String {
    const WIDTH: usize = 100;
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    text.chars().take(WIDTH).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Permission;
    use std::ffi::OsString;

    fn wish(permission: Permission, text: &str) -> Wish {
        Wish { script: None, permission, kind: Kind::Allow(text.into()) }
    }

    fn asking(wishes: Vec<Wish>) -> Asking {
        Asking { manifest: "/projects/a/package.json".into(), wishes }
    }

    fn record(asking: &Asking) -> Record {
        Record { manifest: "\"/projects/a/package.json\"".into(), lines: lines(asking) }
    }

    #[test]
    fn a_door_to_services_outside_is_asked_for_with_a_warning() {
        let text = question(&asking(vec![wish(Permission::Net, "unix:/run/docker.sock")]), None);
        assert!(text.contains("WARNING: whoever reaches that socket"), "{text}");
        assert!(!question(&asking(vec![wish(Permission::Net, "unix:/run/x.sock")]), None).contains("WARNING"));
    }

    #[test]
    fn what_was_accepted_is_not_asked_again_and_less_neither() {
        let (one, other) = (wish(Permission::Net, "a.example:443"), wish(Permission::Env, "KEY"));
        let both = record(&asking(vec![one.clone(), other.clone()]));
        assert!(covers(&both, &asking(vec![other.clone(), one.clone()])));
        assert!(covers(&both, &asking(vec![one.clone()])));
        assert!(!covers(&record(&asking(vec![one.clone()])), &asking(vec![one, other])));
    }

    #[test]
    fn a_deny_that_is_gone_is_asked_for() {
        let allow = wish(Permission::Net, "*");
        let deny = Wish { kind: Kind::Deny("x.example".into()), ..allow.clone() };
        let all = Wish { kind: Kind::DenyAll, ..allow.clone() };
        let before = record(&asking(vec![allow.clone(), deny.clone(), all.clone()]));
        assert!(covers(&before, &asking(vec![allow.clone(), deny.clone(), all])));
        assert!(!covers(&before, &asking(vec![allow.clone(), deny])));
        assert!(question(&asking(vec![allow]), Some(&before)).contains("no longer: deny net \"x.example\""));
    }

    #[test]
    fn a_scripts_name_cannot_hide_what_a_line_does() {
        let named = |kind| Wish { script: Some("a\" allow \\".into()), permission: Permission::Run, kind };
        assert!(is_allow(&named(Kind::Allow("x".into())).line()));
        assert!(!is_allow(&named(Kind::Deny("x".into())).line()));
    }

    #[test]
    fn the_question_shows_what_is_beyond_the_project_and_nothing_that_a_terminal_obeys() {
        let text = question(
            &asking(vec![
                wish(Permission::Write, "./out"),
                wish(Permission::Net, "evil\u{1b}[2J\u{202e}\r\n  run git"),
                wish(Permission::Read, &"x/../../".repeat(2000)),
            ]),
            None,
        );
        assert!(!text.contains("out"));
        assert!(text.contains("evil\\u{1b}[2J\\u{202e}\\r\\n  run git"));
        assert!(text.lines().all(|line| line.chars().count() < 140));
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'));
    }

    #[test]
    fn what_is_new_is_marked() {
        let one = wish(Permission::Net, "a.example:443");
        let before = record(&asking(vec![one.clone()]));
        let text = question(&asking(vec![one, wish(Permission::Env, "KEY")]), Some(&before));
        assert!(text.contains("    net     \"a.example:443\"\n  + env     \"KEY\"\n"), "{text}");
    }

    #[test]
    fn records_are_kept_listed_and_forgotten() {
        let folder = std::env::temp_dir().join(format!("cordon-trust-{}", std::process::id()));
        let state = OsString::from(&folder);
        let store = Store::of_user(|name| (name == "XDG_STATE_HOME").then(|| state.clone())).expect("a store");
        let asked = asking(vec![wish(Permission::Net, "a.example:443")]);
        assert!(store.list().expect("an empty list").is_empty());
        remember(&asked, Some(&store)).expect("kept");
        let kept = store.read(&asked.manifest).expect("readable").expect("there");
        assert_eq!(kept, record(&asked));
        assert_eq!(store.list().expect("a list"), std::slice::from_ref(&kept));
        settle(&asked, Some(&store), None, Unattended::Refuse).expect("accepted before");
        assert!(store.forget(&asked.manifest).expect("forgotten"));
        assert!(!store.forget(&asked.manifest).expect("already"));
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn without_a_home_nothing_is_kept() {
        assert_eq!(Store::of_user(|_| None), None);
        assert_eq!(Store::of_user(|_| Some("relative".into())), None);
    }

    #[test]
    fn the_variable_has_one_word() {
        assert_eq!(Unattended::from_variable(None).expect("unset"), Unattended::Accept);
        assert_eq!(Unattended::from_variable(Some(OsStr::new("strict"))).expect("a word"), Unattended::Refuse);
        assert!(Unattended::from_variable(Some(OsStr::new("Strict"))).is_err());
    }
}
