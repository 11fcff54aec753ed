//! Tells of denials: once for each permission and resource, however often it is asked.
//!
//! Writing happens on a thread of its own: a terminal that is stopped or a full pipe must not hold up the broker. Most
//! programs are denied nothing, so it is started for the first denial.

mod advisory;
mod seen;
mod writer;

use super::record::Record;
use crate::denial::{Advice, Denial, Origin};
use crate::policy::Permission;
pub use advisory::Reading;
use seen::{News, Seen};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Denials that wait to be written; more than these are counted only.
const WAITING: usize = 1024;

/// Where denials are told. Copies tell the same ones.
#[derive(Clone, Debug)]
pub struct Reports {
    seen: Arc<Mutex<Seen>>,
    writer: Arc<Mutex<Writer>>,
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

#[derive(Debug)]
enum Writer {
    Unneeded(Option<Box<Places>>),
    Started(SyncSender<Message>),
}

/// What the writing thread is told.
#[derive(Debug)]
enum Message {
    Denied(Box<Denial>),
    /// What the runtime knows about a denial that was told already, by the broker perhaps just now.
    Explained(Box<Denial>),
    /// Nothing more is listed: a program that makes up names gets no endless list.
    Full,
    /// Everything before this is written when it is answered.
    Flush(SyncSender<()>),
}

impl Reports {
    pub fn new(places: Places) -> Reports {
        let record = places.record.clone();
        let writer = Writer::Unneeded(Some(Box::new(places)));
        Reports { seen: Arc::default(), writer: Arc::new(Mutex::new(writer)), record }
    }

    /// Tells of `denial` unless it was told before. Never waits.
    pub fn tell(&self, denial: Denial) {
        let mut seen = lock(&self.seen);
        let news = seen.add(&denial);
        let explains = news == News::Known && denial.origin.is_some() && Self::is_new_grant(&mut seen, &denial);
        drop(seen);
        if let Some(record) = &self.record {
            Self::note(record, &denial, news);
        }
        let message = match news {
            News::Known if explains => Message::Explained(Box::new(denial)),
            News::Known => return,
            News::New => Message::Denied(Box::new(denial)),
            News::Full => Message::Full,
        };
        if let Err(TrySendError::Full(Message::Denied(lost))) = self.send(message) {
            // It may be told when it is asked for again.
            lock(&self.seen).forget(&lost);
        }
    }

    /// Without room, or without a thread, the message comes back.
    fn send(&self, message: Message) -> Result<(), TrySendError<Message>> {
        let mut writer = lock(&self.writer);
        if let Writer::Unneeded(places) = &mut *writer {
            let (sender, receiver) = std::sync::mpsc::sync_channel(WAITING);
            match writer::start(places, receiver) {
                Ok(()) => *writer = Writer::Started(sender),
                Err(_) => return Err(TrySendError::Full(message)),
            }
        }
        match &*writer {
            Writer::Started(sender) => sender.try_send(message),
            Writer::Unneeded(_) => Err(TrySendError::Full(message)),
        }
    }

    /// Two programs are one refused process to the broker, but two grants.
    fn is_new_grant(seen: &mut Seen, denial: &Denial) -> bool {
        let Some(grant) = &denial.grant else { return true };
        seen.add(&Denial::by_runtime(denial.permission, grant.clone())) == News::New
    }

    fn note(record: &Record, denial: &Denial, news: News) {
        if news == News::New {
            record.refused(denial.permission, &denial.resource);
        }
        if let Some(origin) = &denial.origin {
            record.asked(denial.permission, &denial.resource, origin.clone());
        }
    }

    /// Something that the program uses, and who in it does: of interest while something is learned.
    fn used(&self, permission: Permission, resource: &str, origin: Origin) {
        let Some(record) = &self.record else { return };
        if permission == Permission::Env {
            record.variable(resource);
        }
        record.asked(permission, resource, origin);
    }

    /// Reads what the runtime says, from the pipe that the target holds the other end of, until that is closed.
    pub fn listen_to_runtime(&self, pipe: OwnedFd) -> io::Result<Reading> {
        advisory::start(self.clone(), pipe)
    }

    /// Waits until everything so far is written, or for `patience`.
    pub fn flush(&self, patience: Duration) {
        if matches!(*lock(&self.writer), Writer::Unneeded(_)) {
            return;
        }
        let (done, finished) = std::sync::mpsc::sync_channel(1);
        if self.send(Message::Flush(done)).is_ok() {
            let _ = finished.recv_timeout(patience);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "report/tests.rs"]
mod tests;
