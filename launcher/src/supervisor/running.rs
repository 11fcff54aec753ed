//! The launcher's part while the target runs: signals in, news out.

use super::control::{self, Excess, News, Order};
use super::{Ended, Error, usage};
use crate::policy::Limits;
use crate::sys::descriptor::{self, milliseconds, wait_readable};
use crate::sys::signal::{self, Arrived};
use crate::sys::spawn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// The exit code of a program that cordon ended: as for one that was killed.
const ENDED_BY_LIMIT: i32 = 128 + libc::SIGKILL;
/// Programs that run longer than this have time for what is not urgent.
pub const SETTLED: Duration = Duration::from_millis(500);

pub struct Running {
    pub control: OwnedFd,
    pub signals: OwnedFd,
    /// The broker's last word, or its end without one.
    pub over: OwnedFd,
    /// What the runtime says.
    pub told: OwnedFd,
    pub guardian: i32,
    pub orphans: Orphans,
    pub limits: Limits,
}

/// Who may be left of the jail when its guardian has ended.
#[derive(Debug)]
pub enum Orphans {
    /// The PID namespace ended with its init.
    None,
    /// A guardian that was killed leaves its children to the launcher, beside those that whoever became the launcher
    /// had before (`sleep 9 & exec cordon run app.js`).
    AllBut(Vec<i32>),
}

/// What the launcher does on the way.
pub trait Steps {
    /// The target is confined.
    fn start_broker(&mut self, listener: OwnedFd) -> Result<(), Error>;
    /// The runtime has said its first word. Most programs end without one.
    fn runtime_speaks(&mut self, told: BorrowedFd<'_>) -> Result<(), Error>;
    /// The program has been running for a while.
    fn settled(&mut self);
    /// Every process of the jail is on its way out: none runs a program any more.
    fn jail_is_empty(&mut self);
}

enum LastWord {
    Empty,
    None,
}

impl Running {
    /// Until the guardian, and with it the whole tree, has ended.
    pub fn accompany(&self, steps: &mut impl Steps) -> Result<Ended, Error> {
        let mut outcome = Err(Error::Lost);
        let mut over = Some(self.over.as_fd());
        let mut told = Some(self.told.as_fd());
        let mut settles = Some(Instant::now() + SETTLED);
        loop {
            let control = self.control.as_fd();
            let sources = [control, self.signals.as_fd(), over.unwrap_or(control), told.unwrap_or(control)];
            let [news, signals, ended, speaks] =
                wait_readable(sources, patience(settles)).map_err(Error::step("wait for news"))?;
            if settles.take_if(|time| *time <= Instant::now()).is_some() {
                steps.settled();
            }
            if speaks && let Some(told) = told.take() {
                self.hear_runtime(told, steps)?;
            }
            if ended && over.take().is_some() {
                match self.last_word().map_err(Error::step("hear the broker"))? {
                    LastWord::Empty => steps.jail_is_empty(),
                    LastWord::None => self.end_now().map_err(Error::step("end the program"))?,
                }
            }
            if signals {
                self.forward_signals().map_err(Error::step("forward a signal"))?;
            }
            if !news {
                continue;
            }
            match control::hear(self.control.as_fd()).map_err(Error::step("hear the guardian"))? {
                News::Listener(listener) => steps.start_broker(listener)?,
                News::Failed(step, errno) => {
                    outcome = Err(Error::Start { step, cause: io::Error::from_raw_os_error(errno) });
                }
                News::Refused(text) => outcome = Err(Error::Refused(text)),
                News::Stopped => signal::raise(libc::SIGSTOP).map_err(Error::step("stop with the program"))?,
                // After a failure the target ends too, which says nothing new.
                News::Ended(ended) if matches!(outcome, Err(Error::Lost)) => outcome = Ok(ended),
                News::Ended(_) => {}
                News::OverLimit(excess) => {
                    eprintln!("cordon: {}", explain(excess, &self.limits));
                    outcome = Ok(Ended::Code(ENDED_BY_LIMIT));
                }
                News::Gone => break,
            }
        }
        if let Some(told) = told {
            self.hear_runtime(told, steps)?;
        }
        spawn::wait_end(self.guardian).map_err(Error::step("wait for the guardian"))?;
        if let Orphans::AllBut(strangers) = &self.orphans {
            usage::end_descendants(strangers);
        }
        outcome
    }

    fn hear_runtime(&self, told: BorrowedFd<'_>, steps: &mut impl Steps) -> Result<(), Error> {
        let failed = Error::step("read what the runtime reports");
        if descriptor::holds_bytes(told).map_err(failed)? { steps.runtime_speaks(told) } else { Ok(()) }
    }

    fn last_word(&self) -> io::Result<LastWord> {
        let mut byte = [0];
        Ok(if descriptor::read(self.over.as_fd(), &mut byte)? == 1 { LastWord::Empty } else { LastWord::None })
    }

    /// A jail without a broker must not go on.
    fn end_now(&self) -> io::Result<()> {
        signal::send(self.guardian, libc::SIGKILL)
    }

    fn forward_signals(&self) -> io::Result<()> {
        while let Some(Arrived { number, origin }) = signal::next(self.signals.as_fd())? {
            // The guardian's state comes over the socket, and a closed pipe is told by the write that fails.
            if number != libc::SIGCHLD && number != libc::SIGPIPE {
                match control::order(self.control.as_fd(), Order { signal: number, origin }) {
                    // The guardian has ended, which is heard next.
                    Err(error)
                        if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }
}

fn patience(until: Option<Instant>) -> i32 {
    until.map_or(-1, |time| milliseconds(time.saturating_duration_since(Instant::now())))
}

fn explain(excess: Excess, limits: &Limits) -> String {
    match excess {
        Excess::Memory => format!(
            "ended the program: it used more than {} MiB of memory; raise \"memory\" in \"limits\"",
            limits.memory.unwrap_or_default() >> 20
        ),
        Excess::Processes => format!(
            "ended the program: it had more than {} processes; raise \"processes\" in \"limits\"",
            limits.processes.unwrap_or_default()
        ),
        Excess::Time => format!(
            "ended the program: it ran longer than {:?}; raise \"time\" in \"limits\"",
            limits.time.unwrap_or_default()
        ),
    }
}
