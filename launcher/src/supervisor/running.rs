//! The launcher's part while the target runs: signals in, news out.

use super::control::{self, Excess, News, Order};
use super::{Ended, Error, usage};
use crate::policy::Limits;
use crate::sys::descriptor::wait_readable;
use crate::sys::signal::{self, Arrived};
use crate::sys::spawn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// The exit code of a program that cordon ended: as for one that was killed.
const ENDED_BY_LIMIT: i32 = 128 + libc::SIGKILL;

pub struct Running {
    pub control: OwnedFd,
    pub signals: OwnedFd,
    pub guardian: i32,
    pub limits: Limits,
}

impl Running {
    /// Until the guardian, and with it the whole tree, has ended. `start_broker` gets the listener once.
    pub fn accompany(&self, mut start_broker: impl FnMut(OwnedFd) -> Result<(), Error>) -> Result<Ended, Error> {
        let mut outcome = Err(Error::Lost);
        loop {
            let [news, signals] = wait_readable([self.control.as_fd(), self.signals.as_fd()], -1)
                .map_err(Error::step("wait for news"))?;
            if signals {
                self.forward_signals().map_err(Error::step("forward a signal"))?;
            }
            if !news {
                continue;
            }
            match control::hear(self.control.as_fd()).map_err(Error::step("hear the guardian"))? {
                News::Listener(listener) => start_broker(listener)?,
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
        spawn::wait_end(self.guardian).map_err(Error::step("wait for the guardian"))?;
        // Without a PID namespace a guardian that was killed leaves its children to the launcher.
        usage::end_descendants();
        outcome
    }

    fn forward_signals(&self) -> io::Result<()> {
        while let Some(Arrived { number, origin }) = signal::next(self.signals.as_fd())? {
            // The guardian's state comes over the socket, and a closed pipe is told by the write that fails.
            if number != libc::SIGCHLD && number != libc::SIGPIPE {
                match control::order(self.control.as_fd(), Order { signal: number, origin }) {
                    // The guardian has ended, which is heard next.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }
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
