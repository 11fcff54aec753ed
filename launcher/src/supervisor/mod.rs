//! Starts the target, keeps it company, and ends with it.

mod apart;
mod beside;
pub mod broker;
mod control;
mod error;
mod guardian;
mod joining;
mod preparation;
pub mod record;
mod report;
mod run;
mod running;
mod session;
mod signals;
mod summary;
mod usage;
mod witness;

pub use crate::jail::target::FAILED;
pub use crate::jail::view::{Access, Rule};
pub use apart::apart;
pub use beside::{Beside, beside};
pub use error::Error;
pub use joining::{Refusal, jail_around, join};
pub use preparation::{is_private, rules};
pub use run::run;
pub use session::remove_folder;
pub use signals::{close_inherited, end_as, heed_signals};
pub use summary::summary;
pub use witness::{Part, part};

use crate::policy::Policy;
use record::Record;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// Everything that is needed to start one target; made by `main`'s side, from the command line and the manifest.
#[derive(Debug)]
pub struct Plan {
    /// The program to start: the engine. Absolute, without symlinks.
    pub engine: PathBuf,
    /// Its arguments, argv[0] first.
    pub arguments: Vec<OsString>,
    /// The variables that the policy lets through, and those that cordon sets, HOME, TMPDIR and PATH aside: these three
    /// name folders of the session, which `supervisor` makes.
    pub environment: Vec<(OsString, OsString)>,
    /// Files and folders of cordon's own that the target must read: dist/ and the engine's folder.
    pub installation: Vec<PathBuf>,
    /// Where the target starts.
    pub folder: PathBuf,
    pub policy: Policy,
    /// Folders, granted for reading and writing, that are filled with so many links that how far Landlock looks counts.
    pub filled: Vec<PathBuf>,
    pub namespaces: Namespaces,
    /// Uses no more of Landlock than this ABI has: for tests of older kernels.
    pub landlock_at_most: Option<u8>,
    pub report: ReportPlan,
    /// A folder for what cordon's runtime keeps from run to run: private to this policy, and writable.
    pub cache: Option<PathBuf>,
    /// Where the broker tells what the target uses, while something is learned.
    pub record: Option<Record>,
}

/// Whether namespaces are used beside Landlock and the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// Where the kernel allows them.
    WherePossible,
    Off,
}

/// Who hears of denials.
#[derive(Debug, Default)]
pub struct ReportPlan {
    /// Nothing on stderr.
    pub quiet: bool,
    /// JSON lines go here, `--report=json:<file>`.
    pub json: Option<PathBuf>,
    /// Grants that would let refused requests through go here, for the process that offers them at the end.
    pub offers: Option<OwnedFd>,
}

/// How a target ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Code(i32),
    Signal(i32),
}
