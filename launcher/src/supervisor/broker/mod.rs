//! Answers the calls that the kernel cannot decide alone.
//!
//! One thread receives calls and answers them; what may wait goes to a pool. Every handler copies what it needs from
//! the target once, decides on its copy, asks whether the caller still waits, and acts on descriptors of its own.

mod addons;
mod call;
mod caller;
mod dispatch;
mod exec;
mod files;
mod found;
mod groups;
mod handles;
mod interfaces;
mod jail;
mod joining;
mod link;
mod made;
pub mod network;
mod pool;
mod processes;
mod remake;
mod setting;
mod watch;
mod watched;

pub use call::{Answer, Call};
pub use caller::Caller;
pub use setting::{Descriptors, Jail, Setting};

use crate::denial::Denial;
use crate::policy::{Outline, Permission, Policy};
use crate::supervisor::record::{Record, Use};
use crate::supervisor::report::Reports;
use crate::sys::limit::{self, Resource};
use crate::sys::{descriptor, process};
use addons::Addons;
use link::{Link, Received};
use made::Made;
use network::{Network, Tell};
use remake::Folders;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use watch::Watchers;

/// Why there is no broker. Printed by `main` only.
#[derive(Debug)]
pub enum Error {
    Thread(io::Error),
    Network(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Thread(cause) => write!(out, "Cannot start the broker's thread: {cause}"),
            Error::Network(cause) => write!(out, "Cannot keep the broker's descriptors: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

/// The broker of one jail, with what its handlers share.
#[derive(Debug)]
pub struct Broker {
    policy: Arc<Policy>,
    reports: Reports,
    record: Option<Record>,
    jail: Jail,
    addons: Addons,
    folders: Folders,
    network: Network,
    watchers: Watchers,
    over: OwnedFd,
    outline: Outline,
}

/// Starts to answer. Ends by itself when no process of the jail is left; if the launcher ends earlier, the listener is
/// closed and every notified call fails with ENOSYS.
pub fn start(listener: OwnedFd, setting: Setting) -> Result<(), Error> {
    let network = start_network(&setting).map_err(Error::Network)?;
    let broker = Broker {
        jail: setting.jail,
        addons: Addons::new(&setting.engine, &setting.installation, &setting.policy),
        folders: Folders::new(&setting.policy),
        network,
        watchers: Watchers::default(),
        policy: setting.policy,
        reports: setting.reports,
        record: setting.record,
        over: setting.over,
        outline: setting.outline,
    };
    let made = match setting.descriptors {
        Descriptors::Fetched => None,
        Descriptors::Made => Some(Made::start(setting.jail, &broker.policy).map_err(Error::Thread)?),
    };
    let link = Arc::new(Link::new(listener, setting.proc, made));
    thread::Builder::new()
        .name("broker".into())
        .stack_size(256 * 1024)
        .spawn(move || serve(&broker, &link))
        .map(drop)
        .map_err(Error::Thread)
}

fn start_network(setting: &Setting) -> io::Result<Network> {
    // Calls that wait hold a descriptor each. The target has its own limit by now.
    let _ = limit::set(Resource::Descriptors, u64::MAX);
    let reports = setting.reports.clone();
    Ok(Network::new(network::Setting {
        policy: setting.policy.clone(),
        tell: Tell::new(move |permission, resource| reports.tell(Denial::by_broker(permission, resource)))
            .recording(setting.record.clone()),
        system: setting.system.clone(),
        ruleset: setting.ruleset.try_clone()?,
        proc: setting.proc.try_clone()?,
    }))
}

fn serve(broker: &Broker, link: &Arc<Link>) {
    // Handlers name descriptors `self/fd/3`, as the kernel lacks variants of some calls that take a descriptor.
    let _ = process::work_in(link.proc());
    let table = dispatch::Table::new();
    loop {
        match link.receive() {
            Ok(Received::Call(call)) => {
                let caller = Caller::new(Arc::clone(link), &call);
                link.answer(call.id, table.handler(&call)(broker, &caller, &call));
            }
            Ok(Received::Nothing) => {}
            Ok(Received::Over) => {
                // A launcher that does not listen any more needs no news.
                let _ = descriptor::write(broker.over.as_fd(), &[0]);
                return;
            }
            // Without a receiver every notified call would wait for ever: the listener is closed with the last `Link`,
            // and the launcher ends the jail when it sees the pipe closed without a word.
            Err(_) => return,
        }
    }
}

impl Broker {
    /// Records a use of a path, while something is learned.
    fn used(&self, how: Use, path: PathBuf) {
        if let Some(record) = &self.record {
            record.path(how, path);
        }
    }

    /// Refuses a request about a path, and tells of it.
    fn refuse(&self, permission: Permission, path: &Path) -> Answer {
        self.reports.tell(Denial::of_path(permission, path));
        Answer::Error(libc::EACCES)
    }
}

#[cfg(test)]
mod tests;
