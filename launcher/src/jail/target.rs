//! The last steps of the target, between fork and exec. They allocate nothing and take no lock: everything that they
//! need is made before.

use super::{landlock, limits, system};
use crate::policy::Limits;
use crate::sys::spawn::{self, Strings};
use crate::sys::{descriptor, file, mount, privilege, seccomp, signal};
use std::ffi::{CStr, CString};
use std::io;
use std::mem::forget;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The exit code of a start that failed; what a program returns is its own.
pub const FAILED: u8 = 125;

/// Everything that the steps need.
#[derive(Debug)]
pub struct Target {
    pub program: CString,
    pub arguments: Strings,
    pub environment: Strings,
    pub folder: CString,
    pub limits: Limits,
    pub filter: Vec<libc::sock_filter>,
    pub processes: ProcessFiles,
    /// The one descriptor beside 0, 1 and 2 that the program gets.
    pub report: OwnedFd,
    /// Signals that were blocked when the launcher started.
    pub signals: signal::Mask,
}

/// What the target may read in /proc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessFiles {
    /// Every process of its own PID namespace.
    Namespace,
    /// Its own first process, and a few harmless files of the machine's.
    Own,
}

/// A step that can fail; its number goes over the pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Step {
    Root = 1,
    Folder,
    Limits,
    Report,
    ProcessFiles,
    Capabilities,
    Signals,
    Privileges,
    Ruleset,
    Filter,
    Execute,
    Guardian,
}

impl Step {
    const ALL: [Step; 12] = [
        Step::Root,
        Step::Folder,
        Step::Limits,
        Step::Report,
        Step::ProcessFiles,
        Step::Capabilities,
        Step::Signals,
        Step::Privileges,
        Step::Ruleset,
        Step::Filter,
        Step::Execute,
        Step::Guardian,
    ];

    pub fn by_number(number: i32) -> Option<Step> {
        Step::ALL.into_iter().find(|step| *step as i32 == number)
    }

    /// What could not be done.
    pub fn action(self) -> &'static str {
        match self {
            Step::Root => "show the jail's files in a mount namespace (`--namespaces=off` goes without)",
            Step::Folder => "enter the folder that the program starts in, from inside the jail",
            Step::Limits => "set the limits",
            Step::Report => "pass the pipe for reports",
            Step::ProcessFiles => "grant the program's own files in /proc",
            Step::Capabilities => "drop the capabilities",
            Step::Signals => "restore how signals are handled",
            Step::Privileges => "forbid new privileges",
            Step::Ruleset => "enforce the Landlock ruleset",
            Step::Filter => "install the seccomp filter",
            Step::Execute => "execute the engine",
            Step::Guardian => "start the program's process",
        }
    }
}

/// What a target says on the pipe: four bytes of kind and four of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The filter's listener has this number in the table that guardian and target share.
    Listener(i32),
    Failed(Step, i32),
}

impl Word {
    pub const SIZE: usize = 8;

    pub fn encode(self) -> [u8; Word::SIZE] {
        let (kind, number) = match self {
            Word::Listener(number) => (0, number),
            Word::Failed(step, errno) => (step as i32, errno),
        };
        let mut bytes = [0; Word::SIZE];
        bytes[..4].copy_from_slice(&kind.to_ne_bytes());
        bytes[4..].copy_from_slice(&number.to_ne_bytes());
        bytes
    }

    pub fn decode(bytes: [u8; Word::SIZE]) -> Option<Word> {
        let [a, b, c, d, e, f, g, h] = bytes;
        let (kind, number) = (i32::from_ne_bytes([a, b, c, d]), i32::from_ne_bytes([e, f, g, h]));
        if kind == 0 {
            Some(Word::Listener(number))
        } else {
            Step::by_number(kind).map(|step| Word::Failed(step, number))
        }
    }
}

/// What the guardian has ready for the target, in the table of descriptors that both share.
pub struct Site<'a> {
    /// The guardian's number.
    pub guardian: i32,
    /// /proc as the jail will see it, perhaps before it is there.
    pub processes: BorrowedFd<'a>,
    pub files: ProcessFiles,
    pub ruleset: BorrowedFd<'a>,
    /// Says, by a byte, that the root and the ruleset are complete.
    pub go: BorrowedFd<'a>,
    /// Where the target says what comes of it.
    pub pipe: BorrowedFd<'a>,
}

impl Target {
    /// Confines the calling process and executes the program, or says what failed and ends.
    pub fn start(&self, site: &Site<'_>) -> ! {
        let (step, errno) = self.steps(site);
        // Nobody is left to tell when the pipe is gone.
        let _ = descriptor::write(site.pipe, &Word::Failed(step, errno).encode());
        spawn::exit_now(i32::from(FAILED))
    }

    fn steps(&self, site: &Site<'_>) -> (Step, i32) {
        match self.prepare(site).and_then(|listener| self.confine(site).map(|()| listener)) {
            Err(failure) => failure,
            Ok(listener) => match descriptor::write(site.pipe, &Word::Listener(listener).encode()) {
                Err(error) => failed(Step::Filter)(error),
                Ok(_) => failed(Step::Execute)(spawn::execute(&self.program, &self.arguments, &self.environment)),
            },
        }
    }

    /// What needs neither the root nor the rest of the ruleset, while others make them. Of the calls that come after the
    /// filter, up to the one that executes the program, none may be one that waits for an answer.
    fn prepare(&self, site: &Site<'_>) -> Result<i32, (Step, i32)> {
        self.lay_down(site.guardian)?;
        grant_process_files(site).map_err(failed(Step::ProcessFiles))?;
        seccomp::install(&self.filter).map_err(failed(Step::Filter))
    }

    /// Gives up what the launcher's process had.
    fn lay_down(&self, guardian: i32) -> Result<(), (Step, i32)> {
        limits::apply(&self.limits).map_err(failed(Step::Limits))?;
        descriptor::keep_on_exec(self.report.as_fd()).map_err(failed(Step::Report))?;
        privilege::drop_bounding_set().map_err(failed(Step::Capabilities))?;
        privilege::drop_capabilities().map_err(failed(Step::Capabilities))?;
        privilege::die_with_parent(guardian).map_err(failed(Step::Guardian))?;
        // Rust ignores it; a program expects what the shell gave.
        signal::set_default(libc::SIGPIPE).map_err(failed(Step::Signals))?;
        signal::restore(&self.signals).map_err(failed(Step::Signals))?;
        privilege::never_gain().map_err(failed(Step::Privileges))
    }

    fn confine(&self, site: &Site<'_>) -> Result<(), (Step, i32)> {
        wait(site.go)?;
        mount::change_folder(&self.folder).map_err(failed(Step::Folder))?;
        crate::sys::landlock::restrict_self(site.ruleset).map_err(failed(Step::Ruleset))
    }
}

/// Waits for the guardian. Its end of the pipe is in the table that both share, so it has no end; but the guardian's
/// death is the target's.
fn wait(go: BorrowedFd<'_>) -> Result<(), (Step, i32)> {
    let mut byte = [0];
    loop {
        match descriptor::read(go, &mut byte) {
            Ok(1) => return Ok(()),
            Ok(_) => return Err((Step::Guardian, libc::EPIPE)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(Step::Guardian)(error)),
        }
    }
}

/// These rules can only be made here: `self` in /proc is who opens it.
fn grant_process_files(site: &Site<'_>) -> io::Result<()> {
    if site.files == ProcessFiles::Namespace {
        return crate::sys::landlock::add_rule(site.ruleset, site.processes, landlock::reading_and_listing());
    }
    for path in system::OWN_PROCESS.iter().chain(system::MACHINE) {
        grant(site, path)?;
    }
    Ok(())
}

fn grant(site: &Site<'_>, path: &CStr) -> io::Result<()> {
    let place = match file::open_at(Some(site.processes), path, libc::O_PATH) {
        Ok(place) => place,
        // Kernels are built without some of them.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let rights = match file::is_folder(place.as_fd())? {
        true => landlock::reading_and_listing(),
        false => landlock::reading(),
    };
    crate::sys::landlock::add_rule(site.ruleset, place.as_fd(), rights)?;
    // The guardian, which shares the table, keeps it open: when the kernel forgets the name, it makes a new inode
    // for the next one who asks, and the rule is bound to this one.
    forget(place);
    Ok(())
}

fn failed(step: Step) -> impl Fn(io::Error) -> (Step, i32) {
    move |error| (step, error.raw_os_error().unwrap_or(libc::EIO))
}
