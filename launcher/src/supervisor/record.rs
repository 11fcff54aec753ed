//! What a target used while it was watched, for `cordon learn`: told by the broker, so that children and native code are
//! in it too.

use crate::denial::Origin;
use crate::policy::Permission;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// More different uses than this of one kind are not kept: a program that makes up names gets no endless list.
const MOST: usize = 100_000;

/// Places in the program that ask for one thing; a program can make up more.
const ASKERS: usize = 16;

/// What was done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A file was opened for reading, or looked for.
    Read,
    /// A folder was listed.
    List,
    /// A file that was there was opened for writing.
    Change,
    /// A name was made.
    Make,
    /// A name was removed, or moved away.
    Remove,
    /// A program was started.
    Run,
    /// Native code was loaded.
    Load,
}

/// A connection or datagram.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contact {
    pub address: SocketAddr,
    /// The names that the resolver handed the address out for.
    pub names: Vec<String>,
}

/// A socket that was bound, or listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listened {
    pub address: SocketAddr,
    pub datagrams: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    pub paths: BTreeSet<(Use, PathBuf)>,
    pub contacts: BTreeSet<Contact>,
    pub listened: BTreeSet<Listened>,
    pub sockets: BTreeSet<PathBuf>,
    /// Names of variables that the program asked for, as the runtime says: advisory.
    pub variables: BTreeSet<String>,
    /// What was asked for and refused, as it was told.
    pub refused: BTreeSet<(Permission, String)>,
    /// Names that were looked up.
    pub names: BTreeSet<String>,
    /// Who asked for what, as the runtime says: advisory.
    pub asked: BTreeMap<(Permission, String), BTreeSet<Origin>>,
}

impl Recorded {
    /// Who asked for `permission` on resources that `concerns` takes: one place in each package.
    pub fn askers(&self, permission: Permission, concerns: impl Fn(&str) -> bool) -> Vec<Origin> {
        let these = self.asked.iter().filter(|((own, resource), _)| *own == permission && concerns(resource));
        let mut by_package: BTreeMap<Option<&String>, &Origin> = BTreeMap::new();
        for origin in these.flat_map(|(_, origins)| origins).filter(|origin| origin.file.is_some()) {
            by_package.entry(origin.package.as_ref()).or_insert(origin);
        }
        by_package.into_values().cloned().collect()
    }
}

/// Where uses are told. Copies tell the same list.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<Recorded>>);

impl Record {
    pub fn path(&self, how: Use, path: PathBuf) {
        self.with(|recorded| add(&mut recorded.paths, (how, path)));
    }

    pub fn contact(&self, address: SocketAddr, names: &[String]) {
        self.with(|recorded| add(&mut recorded.contacts, Contact { address, names: names.to_vec() }));
    }

    pub fn listened(&self, address: SocketAddr, datagrams: bool) {
        self.with(|recorded| add(&mut recorded.listened, Listened { address, datagrams }));
    }

    pub fn socket(&self, path: PathBuf) {
        self.with(|recorded| add(&mut recorded.sockets, path));
    }

    pub fn variable(&self, name: &str) {
        self.with(|recorded| add(&mut recorded.variables, name.to_owned()));
    }

    pub fn refused(&self, permission: Permission, resource: &str) {
        self.with(|recorded| add(&mut recorded.refused, (permission, resource.to_owned())));
    }

    pub fn name(&self, name: &str) {
        self.with(|recorded| add(&mut recorded.names, name.to_owned()));
    }

    pub fn asked(&self, permission: Permission, resource: &str, origin: Origin) {
        self.with(|recorded| {
            let key = (permission, resource.to_owned());
            if recorded.asked.len() < MOST || recorded.asked.contains_key(&key) {
                let origins = recorded.asked.entry(key).or_default();
                if origins.len() < ASKERS {
                    origins.insert(origin);
                }
            }
        });
    }

    /// What was told so far.
    pub fn so_far(&self) -> Recorded {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn with(&self, change: impl FnOnce(&mut Recorded)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn add<T: Ord>(set: &mut BTreeSet<T>, one: T) {
    if set.len() < MOST {
        set.insert(one);
    }
}
