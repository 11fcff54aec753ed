//! What one target may do, and whether one request is granted. Pure: nothing here touches a file, a socket or a clock.
//!
//! A `Policy` is made by `manifest` from package.json and the flags, held by the kernel through `jail`, and asked by
//! the broker for the calls that the kernel cannot decide alone.

mod address;
mod decide;
mod env;
mod http;
mod lexical;
mod limits;
mod modules;
mod net;
mod outline;
mod reach;

pub use address::{AddressClass, classify};
pub use decide::{Decision, Request};
pub use env::{EnvPattern, is_dangerous};
pub use http::{Http, HttpSetting};
pub use lexical::without_dots;
pub use limits::Limits;
pub use modules::{CACHES, is_in_node_modules};
pub use net::{Cidr, HostPattern, ListenPattern, NetPattern, PortPattern, destination};
pub use outline::{Left, Narrowing, Outline, Shared, Unenforceable};
pub use reach::FIRST_FREE_PORT;

use std::fmt;
use std::path::PathBuf;

/// A kind of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    Read,
    Write,
    Net,
    Listen,
    Env,
    Run,
    Addons,
}

impl Permission {
    pub const ALL: [Permission; 7] = [
        Permission::Read,
        Permission::Write,
        Permission::Net,
        Permission::Listen,
        Permission::Env,
        Permission::Run,
        Permission::Addons,
    ];

    /// The word for it in manifests, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Permission::Read => "read",
            Permission::Write => "write",
            Permission::Net => "net",
            Permission::Listen => "listen",
            Permission::Env => "env",
            Permission::Run => "run",
            Permission::Addons => "addons",
        }
    }

    pub fn by_name(name: &str) -> Option<Permission> {
        Permission::ALL.into_iter().find(|permission| permission.name() == name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Where a grant was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A manifest and the JSON pointer in it, `/cordon/permissions/net/0`.
    Manifest { file: PathBuf, pointer: String },
    /// A flag as it was typed, `--allow-net=example.org:443`.
    Flag(String),
    /// What every target has; the text says why.
    Default(&'static str),
}

/// One permission on what a pattern matches, and who asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<P> {
    pub pattern: P,
    /// The pattern as it was written, for people.
    pub text: String,
    pub origin: Origin,
}

/// A program that may be started: the absolute path that its name was found at when the policy was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The name in the jail's PATH.
    pub name: String,
    /// Absolute and without symlinks.
    pub path: PathBuf,
}

/// A package whose native addons may be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddonPackage {
    pub name: String,
    /// Folders of the package and of its own optional dependencies, absolute and without symlinks.
    pub folders: Vec<PathBuf>,
}

/// Lists of grants, one for each permission. Paths are absolute and without symlinks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    pub read: Vec<Grant<PathBuf>>,
    pub write: Vec<Grant<PathBuf>>,
    pub net: Vec<Grant<NetPattern>>,
    pub listen: Vec<Grant<ListenPattern>>,
    pub env: Vec<Grant<EnvPattern>>,
    pub run: Vec<Grant<Program>>,
    pub addons: Vec<Grant<AddonPackage>>,
}

/// The program's own code: what it may read without a grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCode {
    /// The folder of the package.json that counts, or the entry file's where there is none.
    pub root: PathBuf,
    /// Folders and files that are readable: the root, and for a workspace member its root's package.json and
    /// node_modules.
    pub readable: Vec<PathBuf>,
    /// Secrets below `readable` that were found at start: never readable unless a grant names them or a file in them.
    pub secrets: Vec<PathBuf>,
}

/// The grants in force for one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub own: OwnCode,
    /// What may be reached.
    pub allow: Grants,
    /// What may not, whatever `allow` says.
    pub deny: Grants,
    pub limits: Limits,
    /// How the program's HTTP servers are guarded.
    pub http: Http,
    /// Folders private to this run, readable and writable, or empty before a run: HOME and TMPDIR.
    pub private: Vec<PathBuf>,
}
