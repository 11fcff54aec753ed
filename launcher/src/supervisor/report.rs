//! Tells of denials: once for each permission and resource, however often it is asked.
//!
//! Writing happens on a thread of its own: a terminal that is stopped or a full pipe must not hold up the broker.

mod advisory;
mod seen;
mod writer;

use super::record::Record;
use crate::denial::{Advice, Denial};
pub use advisory::Reading;
use seen::{News, Seen};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Denials that wait to be written; more than these are counted only.
const WAITING: usize = 1024;

/// Where denials are told. Copies tell the same ones.
#[derive(Clone, Debug)]
pub struct Reports {
    seen: Arc<Mutex<Seen>>,
    writer: SyncSender<Message>,
    record: Option<Record>,
}

/// Where lines go.
#[derive(Debug, Default)]
pub struct Places {
    /// Not on stderr.
    pub quiet: bool,
    /// The file of `--report=json:`, opened for appending before the target starts.
    pub json: Option<File>,
    /// Explains on stderr.
    pub advice: Advice,
    /// Lines for the process that offers grants: a pipe that never makes the launcher wait.
    pub offers: Option<File>,
    /// While something is learned.
    pub record: Option<Record>,
}

/// What the writing thread is told.
#[derive(Debug)]
enum Message {
    Denied(Denial),
    /// What the runtime knows about a denial that was told already, by the broker perhaps just now.
    Explained(Denial),
    /// Nothing more is listed: a program that makes up names gets no endless list.
    Full,
    /// Everything before this is written when it is answered.
    Flush(SyncSender<()>),
}

impl Reports {
    pub fn start(places: Places) -> io::Result<Reports> {
        let record = places.record.clone();
        let (sender, receiver) = std::sync::mpsc::sync_channel(WAITING);
        writer::start(places, receiver)?;
        Ok(Reports { seen: Arc::default(), writer: sender, record })
    }

    /// Tells of `denial` unless it was told before. Never waits.
    pub fn tell(&self, denial: Denial) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let news = seen.add(&denial);
        let explains = news == News::Known && denial.origin.is_some() && Self::is_new_grant(&mut seen, &denial);
        drop(seen);
        if let (News::New, Some(record)) = (news, &self.record) {
            record.refused(denial.permission, &denial.resource);
        }
        let message = match news {
            News::Known if explains => Message::Explained(denial),
            News::Known => return,
            News::New => Message::Denied(denial),
            News::Full => Message::Full,
        };
        if let Err(TrySendError::Full(Message::Denied(lost))) = self.writer.try_send(message) {
            // It may be told when it is asked for again.
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).forget(&lost);
        }
    }

    /// Two programs are one refused process to the broker, but two grants.
    fn is_new_grant(seen: &mut Seen, denial: &Denial) -> bool {
        let Some(grant) = &denial.grant else { return true };
        seen.add(&Denial::by_runtime(denial.permission, grant.clone())) == News::New
    }

    /// A variable that the program asks for: of interest while something is learned.
    fn asked(&self, variable: &str) {
        if let Some(record) = &self.record {
            record.variable(variable);
        }
    }

    /// Reads what the runtime says, from the pipe that the target holds the other end of, until that is closed.
    pub fn listen_to_runtime(&self, pipe: OwnedFd) -> io::Result<Reading> {
        advisory::start(self.clone(), pipe)
    }

    /// Waits until everything so far is written, or for `patience`.
    pub fn flush(&self, patience: Duration) {
        let (done, finished) = std::sync::mpsc::sync_channel(1);
        if self.writer.try_send(Message::Flush(done)).is_ok() {
            let _ = finished.recv_timeout(patience);
        }
    }
}

#[cfg(test)]
#[path = "report/tests.rs"]
mod tests;
