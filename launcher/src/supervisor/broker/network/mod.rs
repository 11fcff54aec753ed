//! The only way out: connections, binds, listens and addressed sends, decided and performed by the broker on its own
//! copy of the address, and the resolver that says which address a name has.

mod bind;
mod connect;
mod control;
mod diagnosis;
pub mod dns;
mod message;
pub mod name;
mod own;
mod reach;
mod receive;
mod recent;
mod send;
mod socket;
mod unix;
mod waiter;

use crate::policy::{Permission, Policy};
use crate::supervisor::record::Record;
use dns::Resolver;
use own::Own;
use recent::Recent;
use send::Held;
use socket::{Family, Style};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use waiter::Waiter;

/// Addresses that were found to be this machine's or not; sockets that speak with the resolver.
const REMEMBERED: usize = 8192;

/// What the network needs from the rest.
#[derive(Debug)]
pub struct Setting {
    pub policy: Arc<Policy>,
    pub tell: Tell,
    /// The machine's settings for names, read before the launcher changed roots.
    pub system: dns::System,
    /// The target's Landlock rules: a thread that makes a file for it has them too.
    pub ruleset: OwnedFd,
    /// As in the broker's setting.
    pub proc: OwnedFd,
}

#[derive(Debug)]
pub struct Network {
    policy: Arc<Policy>,
    tell: Tell,
    resolver: Resolver,
    waiter: Waiter,
    own: Own,
    ruleset: OwnedFd,
    /// Whether the policy has patterns of names.
    has_names: bool,
    /// Public addresses: whether one is this machine's, and when that was found.
    here: Mutex<Recent<IpAddr, (bool, Instant)>>,
    /// By cookie: the nameserver that a socket believes to speak with.
    redirected: Mutex<Recent<u64, SocketAddr>>,
    /// By cookie: what a socket is.
    kinds: Mutex<Recent<u64, (Family, Style)>>,
    held: Held,
}

impl Network {
    pub fn new(setting: Setting) -> Network {
        let resolver = Resolver::new(dns::Setting {
            policy: setting.policy.clone(),
            system: setting.system,
            tell: setting.tell.clone(),
        });
        Network {
            has_names: reach::has_names(&setting.policy),
            policy: setting.policy,
            tell: setting.tell,
            resolver,
            waiter: Waiter::new(setting.proc),
            own: Own::default(),
            ruleset: setting.ruleset,
            here: Mutex::new(Recent::new(REMEMBERED)),
            redirected: Mutex::new(Recent::new(REMEMBERED)),
            kinds: Mutex::new(Recent::new(REMEMBERED)),
            held: Held::default(),
        }
    }
}

/// What is behind a lock, whatever happened to a thread that held it: no table is left half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is told of a denial: the permission, and what was asked for.
type Hear = dyn Fn(Permission, &str) + Send + Sync;

/// Who hears of denials.
#[derive(Clone)]
pub struct Tell {
    denied: Arc<Hear>,
    record: Option<Record>,
}

impl Tell {
    pub fn new(hear: impl Fn(Permission, &str) + Send + Sync + 'static) -> Tell {
        Tell { denied: Arc::new(hear), record: None }
    }

    /// One attempt on `resource` was refused.
    pub fn denied(&self, permission: Permission, resource: &str) {
        (self.denied)(permission, resource);
    }

    /// Has what is used recorded too, while something is learned.
    pub fn recording(self, record: Option<Record>) -> Tell {
        Tell { record, ..self }
    }

    /// Something was granted, and is used.
    pub fn used(&self, note: impl FnOnce(&Record)) {
        if let Some(record) = &self.record {
            note(record);
        }
    }
}

impl fmt::Debug for Tell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tell")
    }
}
