//! The process between launcher and target: it makes the target, and ends the whole tree when the target or the
//! launcher has ended. It is init of the PID namespace where there is one, and adopts orphans where there is none, so
//! that no process of the tree gets away.

use super::control::{self, Excess, News, Order};
use super::running::SETTLED;
use super::{Ended, usage};
use crate::jail::namespaces::Entered;
use crate::jail::root::{self, Ground, Root};
use crate::jail::target::{FAILED, ProcessFiles, Site, Step, Target, Word};
use crate::jail::view::View;
use crate::policy::Limits;
use crate::sys::descriptor::{self, milliseconds, wait_readable};
use crate::sys::signal::{self, Origin};
use crate::sys::spawn::{self, Change, Side};
use crate::sys::{file, memory, notification, privilege};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Instant;

/// How often memory and processes are counted where there are limits on them, in milliseconds.
const INTERVAL: i32 = 50;

/// What the guardian makes the target with.
pub struct Start<'a> {
    pub target: Target,
    pub entered: Entered,
    pub view: View,
    /// The session's folder.
    pub session: &'a Path,
    /// What the new root is built on, where it is in memory.
    pub ground: Option<&'a Ground>,
    pub ruleset: OwnedFd,
}

/// Never returns: the guardian's whole life. Runs in a fresh child of the launcher, with all signals blocked.
pub fn live(control: &OwnedFd, start: Start<'_>) -> ! {
    let entered = start.entered;
    let code = match Guardian::start(control, start) {
        Err(news) => {
            // A launcher that is gone needs no news.
            let _ = control::tell(control.as_fd(), &news);
            // The target still waits: with its guardian it ends.
            i32::from(FAILED)
        }
        Ok(mut guardian) => {
            let outcome = guardian.watch();
            // The kernel ends a PID namespace with its init, which this process is.
            if entered == Entered::None {
                usage::end_descendants(&[]);
            }
            i32::from(outcome.is_err())
        }
    };
    spawn::exit_now(code)
}

struct Guardian<'a> {
    control: BorrowedFd<'a>,
    /// Readable when a child ended or stopped. Other signals wait until the launcher says what to do about them.
    children: OwnedFd,
    pipe: OwnedFd,
    /// Where the target's first call waits, until that is answered.
    starting: Option<OwnedFd>,
    target: i32,
    limits: Limits,
    /// Holds files in memory.
    ground: Option<&'a Ground>,
    started: Instant,
    /// When most of the work is done, until then.
    settles: Option<Instant>,
}

impl<'a> Guardian<'a> {
    fn start(control: &'a OwnedFd, start: Start<'a>) -> Result<Guardian<'a>, News> {
        let failed = |error: io::Error| failure(Step::Guardian, &error);
        let control = control.as_fd();
        privilege::adopt_orphans().map_err(failed)?;
        let children = signal::descriptor_of_children().map_err(failed)?;
        let (pipe, ours) = descriptor::pipe().map_err(failed)?;
        let (waiting, go) = descriptor::pipe().map_err(failed)?;
        let root = begin_root(&start)?;
        let machine = file::handle(c"/proc").map_err(failed)?;
        let (processes, files) = match root.as_ref().and_then(Root::processes) {
            Some(own) => (own, start.target.processes),
            None => (machine.as_fd(), ProcessFiles::Own),
        };
        let site = Site {
            guardian: std::process::id() as i32,
            processes,
            files,
            ruleset: start.ruleset.as_fd(),
            go: waiting.as_fd(),
            pipe: ours.as_fd(),
        };
        // What the target can do without the root is done while that is built.
        let target = match spawn::fork_sharing_descriptors().map_err(failed)? {
            Side::Child => start.target.start(&site),
            Side::Parent(child) => child,
        };
        if let Some(root) = &root {
            root.change(&start.view).map_err(refused)?;
        }
        if !control::hear_granted(control).map_err(failed)? {
            return Err(News::Gone);
        }
        descriptor::write(go.as_fd(), &[1]).map_err(failed)?;
        // While the target confines itself: it executes nothing before `let_start`.
        if root.is_some() {
            root::forget_old().map_err(|error| failure(Step::Root, &error))?;
        }
        privilege::drop_capabilities().map_err(|error| failure(Step::Capabilities, &error))?;
        // The numbers in these stay open until the program runs with a table of its own.
        let (limits, ground) = (start.target.limits, start.ground);
        std::mem::forget((root, machine, ours, waiting));
        std::mem::forget(start);
        let started = Instant::now();
        let settles = Some(started + SETTLED);
        Ok(Guardian { control, children, pipe, starting: None, target, limits, ground, started, settles })
    }

    /// Until the target or the launcher has ended.
    fn watch(&mut self) -> io::Result<()> {
        loop {
            let pipe = self.pipe.as_fd();
            let first_call = self.starting.as_ref().map_or(pipe, OwnedFd::as_fd);
            let ready = wait_readable([self.control, self.children.as_fd(), pipe, first_call], self.patience())?;
            if self.settles.take_if(|time| *time <= Instant::now()).is_some() {
                memory::forget_code();
            }
            if ready[3] {
                self.let_start()?;
            }
            if ready[2] {
                self.pass_on()?;
                continue;
            }
            if ready[0] {
                match control::obey(self.control)? {
                    None => return Ok(()),
                    Some(order) => self.forward(order),
                }
            }
            if ready[1] && self.look_after_children()? {
                return Ok(());
            }
            if let Some(excess) = self.excess() {
                control::tell(self.control, &News::OverLimit(excess))?;
                return Ok(());
            }
        }
    }

    /// What the target says before it is the program.
    fn pass_on(&mut self) -> io::Result<()> {
        let mut bytes = [0; Word::SIZE];
        descriptor::read(self.pipe.as_fd(), &mut bytes)?;
        match Word::decode(bytes) {
            Some(Word::Listener(number)) => {
                self.starting = Some(descriptor::own(number)?);
                Ok(())
            }
            Some(Word::Failed(step, errno)) => control::tell(self.control, &News::Failed(step, errno)),
            None => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }

    /// The target's first call after its filter is the one that executes the engine. It is answered here and now, while
    /// the launcher gets ready for the rest. Signals come at any time, and change nothing about that.
    fn let_start(&mut self) -> io::Result<()> {
        let Some(listener) = self.starting.take() else { return Ok(()) };
        match proceed(listener.as_fd()) {
            Ok(()) => control::tell(self.control, &News::Listener(listener)),
            // The target was killed meanwhile, which is heard of by a signal, or stopped, and calls again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.starting = Some(listener);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// A signal to the whole process group reached the target by itself, and waits here too.
    fn forward(&self, order: Order) {
        let for_group = signal::take_pending(order.signal);
        if order.origin == Origin::Process && !for_group {
            // A target that has just ended needs no signal.
            let _ = signal::send(self.target, order.signal);
        }
    }

    /// Reaps; returns whether the target has ended.
    fn look_after_children(&self) -> io::Result<bool> {
        signal::take_pending(libc::SIGCHLD);
        while let Some((child, change)) = spawn::next_change()? {
            if child != self.target {
                continue;
            }
            match change {
                Change::Exited(code) => return self.report_end(Ended::Code(code)),
                Change::Killed(signal) => return self.report_end(Ended::Signal(signal)),
                Change::Stopped(libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU) => {
                    control::tell(self.control, &News::Stopped)?;
                }
                Change::Stopped(_) | Change::Continued => {}
            }
        }
        Ok(false)
    }

    fn report_end(&self, ended: Ended) -> io::Result<bool> {
        control::tell(self.control, &News::Ended(ended))?;
        Ok(true)
    }

    fn patience(&self) -> i32 {
        let counted = self.limits.memory.is_some() || self.limits.processes.is_some();
        let settles = self.settles.map(|time| time.saturating_duration_since(Instant::now()));
        let ends = self.limits.time.map(|time| time.saturating_sub(self.started.elapsed()));
        let left = settles.into_iter().chain(ends).min().map(milliseconds);
        match (counted, left) {
            (true, Some(left)) => left.min(INTERVAL),
            (true, None) => INTERVAL,
            (false, Some(left)) => left,
            (false, None) => -1,
        }
    }

    fn excess(&self) -> Option<Excess> {
        if self.limits.time.is_some_and(|time| self.started.elapsed() >= time) {
            return Some(Excess::Time);
        }
        if self.limits.memory.is_none() && self.limits.processes.is_none() {
            return None;
        }
        let used = usage::of_descendants();
        if self.limits.processes.is_some_and(|limit| used.processes > limit) {
            return Some(Excess::Processes);
        }
        let memory = used.memory.saturating_add(self.ground.map_or(0, Ground::used));
        self.limits.memory.is_some_and(|limit| memory > limit).then_some(Excess::Memory)
    }
}

fn proceed(listener: BorrowedFd<'_>) -> io::Result<()> {
    let call = notification::receive(listener)?;
    if i64::from(call.data.nr) != libc::SYS_execve {
        return Err(io::Error::from_raw_os_error(libc::EPROTO));
    }
    notification::proceed(listener, call.id)
}

/// `None` where the root stays the machine's.
fn begin_root<'a>(start: &Start<'a>) -> Result<Option<Root<'a>>, News> {
    match start.entered {
        Entered::None => Ok(None),
        Entered::All => Root::begin(start.session, start.ground).map_err(refused),
    }
}

fn refused(error: crate::jail::Error) -> News {
    News::Refused(error.to_string())
}

fn failure(step: Step, error: &io::Error) -> News {
    News::Failed(step, error.raw_os_error().unwrap_or(libc::EIO))
}
