//! The last steps of the target, between fork and exec. They allocate nothing and take no lock: everything that they
//! need is made before.

use super::{landlock, limits, system};
use crate::policy::Limits;
use crate::sys::spawn::{self, Strings};
use crate::sys::{descriptor, file, mount, privilege, seccomp, signal};
use std::ffi::{CStr, CString};
use std::io;
use std::mem::{ManuallyDrop, forget};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

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

/// What the guardian tells the target when the jail is ready: eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Go {
    /// The ruleset's number in the table that both share.
    pub ruleset: i32,
    pub processes: ProcessFiles,
}

impl Go {
    pub fn encode(self) -> [u8; Word::SIZE] {
        let mut bytes = [0; Word::SIZE];
        bytes[..4].copy_from_slice(&self.ruleset.to_ne_bytes());
        bytes[4] = u8::from(self.processes == ProcessFiles::Namespace);
        bytes
    }

    fn decode(bytes: [u8; Word::SIZE]) -> Go {
        let [a, b, c, d, namespace, ..] = bytes;
        let processes = if namespace == 1 { ProcessFiles::Namespace } else { ProcessFiles::Own };
        Go { ruleset: i32::from_ne_bytes([a, b, c, d]), processes }
    }
}

impl Target {
    /// Confines the calling process and executes the program, or says on `pipe` what failed and ends. What needs no
    /// ruleset and no root is done while the guardian builds them; `go` tells of them.
    pub fn start(&self, guardian: i32, go: BorrowedFd<'_>, pipe: BorrowedFd<'_>) -> ! {
        let (step, errno) = self.steps(guardian, go, pipe);
        // Nobody is left to tell when the pipe is gone.
        let _ = descriptor::write(pipe, &Word::Failed(step, errno).encode());
        spawn::exit_now(125)
    }

    fn steps(&self, guardian: i32, go: BorrowedFd<'_>, pipe: BorrowedFd<'_>) -> (Step, i32) {
        match self.lay_down(guardian).and_then(|()| wait(go)).and_then(|go| self.confine(go)) {
            Err(failure) => failure,
            Ok(listener) => match descriptor::write(pipe, &Word::Listener(listener).encode()) {
                Err(error) => failed(Step::Filter)(error),
                Ok(_) => failed(Step::Execute)(spawn::execute(&self.program, &self.arguments, &self.environment)),
            },
        }
    }

    /// Gives up what the launcher's process had.
    fn lay_down(&self, guardian: i32) -> Result<(), (Step, i32)> {
        limits::apply(&self.limits).map_err(failed(Step::Limits))?;
        descriptor::keep_on_exec(self.report.as_fd()).map_err(failed(Step::Report))?;
        privilege::drop_bounding_set().map_err(failed(Step::Capabilities))?;
        privilege::drop_capabilities().map_err(failed(Step::Capabilities))?;
        privilege::die_with_parent().map_err(failed(Step::Guardian))?;
        // It may have died just before.
        if spawn::parent() != guardian {
            return Err((Step::Guardian, libc::ESRCH));
        }
        // Rust ignores it; a program expects what the shell gave.
        signal::set_default(libc::SIGPIPE).map_err(failed(Step::Signals))?;
        signal::restore(&self.signals).map_err(failed(Step::Signals))?;
        privilege::never_gain().map_err(failed(Step::Privileges))
    }

    fn confine(&self, go: Go) -> Result<i32, (Step, i32)> {
        let ruleset = ManuallyDrop::new(descriptor::own(go.ruleset).map_err(failed(Step::Ruleset))?);
        mount::change_folder(&self.folder).map_err(failed(Step::Folder))?;
        grant_process_files(ruleset.as_fd(), go.processes).map_err(failed(Step::ProcessFiles))?;
        crate::sys::landlock::restrict_self(ruleset.as_fd()).map_err(failed(Step::Ruleset))?;
        seccomp::install(&self.filter).map_err(failed(Step::Filter))
    }
}

/// Waits for the guardian. Its end of the pipe is in the table that both share, so it has no end; but the guardian's
/// death is the target's.
fn wait(go: BorrowedFd<'_>) -> Result<Go, (Step, i32)> {
    let mut bytes = [0; Word::SIZE];
    loop {
        match descriptor::read(go, &mut bytes) {
            Ok(Word::SIZE) => return Ok(Go::decode(bytes)),
            Ok(_) => return Err((Step::Guardian, libc::EPIPE)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(Step::Guardian)(error)),
        }
    }
}

/// These rules can only be made here: /proc/self is who opens it.
fn grant_process_files(ruleset: BorrowedFd<'_>, processes: ProcessFiles) -> io::Result<()> {
    if processes == ProcessFiles::Namespace {
        return grant(ruleset, c"/proc");
    }
    for path in system::OWN_PROCESS.iter().chain(system::MACHINE) {
        grant(ruleset, path)?;
    }
    Ok(())
}

fn grant(ruleset: BorrowedFd<'_>, path: &CStr) -> io::Result<()> {
    let place = match file::handle(path) {
        Ok(place) => place,
        // Kernels are built without some of them.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let rights = match file::is_folder(place.as_fd())? {
        true => landlock::reading_and_listing(),
        false => landlock::reading(),
    };
    crate::sys::landlock::add_rule(ruleset, place.as_fd(), rights)?;
    // The guardian, which shares the table, keeps it open: when the kernel forgets the name, it makes a new inode
    // for the next one who asks, and the rule is bound to this one.
    forget(place);
    Ok(())
}

fn failed(step: Step) -> impl Fn(io::Error) -> (Step, i32) {
    move |error| (step, error.raw_os_error().unwrap_or(libc::EIO))
}
