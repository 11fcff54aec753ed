//! The command line. The launcher writes it; what is not understood is an error all the same.

use crate::error::{Error, Result, quoted};
use crate::layout::Layout;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Install,
    /// The lockfile as it is, into an empty node_modules.
    Clean,
    /// Renames that a killed installation did not get to.
    Finish,
    /// Lists of versions and tarballs, ahead of the resolver that will want them.
    Foresee,
    StoreStatus,
    StoreVerify,
    StorePrune,
}

#[derive(Debug, Clone)]
pub struct Arguments {
    pub command: Command,
    pub store: PathBuf,
    /// An empty folder beside node_modules, in which a whole new one may be made: the caller swaps them in one step.
    pub aside: Option<PathBuf>,
    pub resolved: bool,
    pub omit: Vec<String>,
    /// Milliseconds that a version must have been there for before it is fetched ahead.
    pub age: i64,
    /// What others took before this was started.
    pub waited: Duration,
    /// Fetches no tarballs ahead.
    pub lists_only: bool,
    /// None: the one that is there.
    pub layout: Option<Layout>,
    pub platform: Platform,
    pub engine: Option<String>,
    pub strict: bool,
    pub force: bool,
    pub dry_run: bool,
    pub verbose: bool,
    pub progress: bool,
    pub output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    Text,
    Json,
    Silent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    pub os: String,
    pub cpu: String,
    pub libc: String,
}

impl Arguments {
    pub fn parse(words: impl Iterator<Item = String>) -> Result<Arguments> {
        let mut plain = Vec::new();
        let mut arguments = Arguments::new();
        for word in words {
            match word.strip_prefix("--") {
                Some(option) => arguments.option(option)?,
                None => plain.push(word),
            }
        }
        let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
        arguments.command = match plain[..] {
            [] | ["install"] => Command::Install,
            ["ci"] => Command::Clean,
            ["finish"] => Command::Finish,
            ["foresee"] => Command::Foresee,
            ["store", "status"] => Command::StoreStatus,
            ["store", "verify"] => Command::StoreVerify,
            ["store", "prune"] => Command::StorePrune,
            _ => return Err(Error::Usage(format!("{} is no command of cordon-install", quoted(&plain.join(" "))))),
        };
        if arguments.store.as_os_str().is_empty() && arguments.command != Command::Finish {
            return Err(Error::Usage("Name the store's folder: --store=PATH".to_owned()));
        }
        Ok(arguments)
    }

    fn new() -> Arguments {
        let libc = if cfg!(target_env = "musl") { "musl" } else { "glibc" };
        let cpu = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        Arguments {
            command: Command::Install,
            store: PathBuf::new(),
            aside: None,
            resolved: false,
            omit: Vec::new(),
            age: 86_400_000,
            waited: Duration::ZERO,
            lists_only: false,
            layout: None,
            platform: Platform { os: "linux".to_owned(), cpu: cpu.to_owned(), libc: libc.to_owned() },
            engine: None,
            strict: false,
            force: false,
            dry_run: false,
            verbose: false,
            progress: false,
            output: Output::Text,
        }
    }

    fn option(&mut self, option: &str) -> Result<()> {
        let (name, value) =
            option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value.to_owned())));
        match (name, value) {
            ("store", Some(value)) => self.store = PathBuf::from(value),
            ("aside", Some(value)) => self.aside = Some(PathBuf::from(value)),
            ("omit", Some(value)) => self.omit = omitted(&value)?,
            ("layout", Some(value)) => self.layout = Some(layout(&value)?),
            ("os", Some(value)) => self.platform.os = value,
            ("cpu", Some(value)) => self.platform.cpu = value,
            ("libc", Some(value)) => self.platform.libc = value,
            ("engine", Some(value)) => self.engine = Some(value),
            ("age", Some(value)) => self.age = age(&value)?,
            ("waited", Some(value)) => self.waited = Duration::from_millis(milliseconds(&value)?),
            ("lists-only", None) => self.lists_only = true,
            ("resolved", None) => self.resolved = true,
            ("strict", None) => self.strict = true,
            ("force", None) => self.force = true,
            ("dry-run", None) => self.dry_run = true,
            ("progress", None) => self.progress = true,
            ("verbose", None) => self.verbose = true,
            ("json", None) => self.output = Output::Json,
            ("silent", None) => self.output = Output::Silent,
            _ => {
                return Err(Error::Usage(format!("{} is no option of cordon-install", quoted(&format!("--{option}")))));
            }
        }
        Ok(())
    }

    pub fn omits(&self, kind: &str) -> bool {
        self.omit.iter().any(|omitted| omitted == kind)
    }
}

fn omitted(value: &str) -> Result<Vec<String>> {
    let kinds: Vec<String> = value.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
    match kinds.iter().find(|kind| !matches!(kind.as_str(), "dev" | "optional" | "peer")) {
        Some(kind) => Err(Error::Usage(format!("--omit takes dev, optional and peer, not {}", quoted(kind)))),
        None => Ok(kinds),
    }
}

fn milliseconds(value: &str) -> Result<u64> {
    value.parse().map_err(|_| Error::Usage("--waited takes milliseconds".to_owned()))
}

/// Days, as npm has it.
fn age(days: &str) -> Result<i64> {
    let days = days.parse().ok().filter(|days: &f64| (0.0..=36_500.0).contains(days));
    let days = days.ok_or_else(|| Error::Usage("--age takes days".to_owned()))?;
    // Some hundred years are 2^42 milliseconds.
    Ok((days * 86_400_000.0) as i64)
}

fn layout(value: &str) -> Result<Layout> {
    let unknown = || Error::Usage(format!("--layout takes hoisted and isolated, not {}", quoted(value)));
    Layout::parse(value).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments> {
        Arguments::parse(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn what_is_typed_is_what_is_meant() {
        let arguments = parse(&["ci", "--store=/s", "--omit=dev,peer", "--json"]).expect("arguments");
        assert_eq!(arguments.command, Command::Clean);
        assert!(arguments.omits("dev") && arguments.omits("peer") && !arguments.omits("optional"));
        assert_eq!(arguments.output, Output::Json);
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for words in [
            &["--store=/s", "--omit=all"][..],
            &["install"],
            &["--store=/s", "--nice"],
            &["--store=/s", "--layout=flat"],
            &["--store=/s", "run"],
            &["--store=/s", "--json=1"],
        ] {
            assert!(matches!(parse(words), Err(Error::Usage(_))), "{words:?}");
        }
    }
}
