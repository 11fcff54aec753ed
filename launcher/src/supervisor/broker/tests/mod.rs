//! Claims about the broker, made by a thread of the test that lives behind the filter.

mod datagrams;
mod files;
mod flood;
mod folders;
mod joining;
mod refused;
mod sockets;
mod watches;

use super::{Descriptors, Jail, Setting};
use crate::jail::filter;
use crate::policy::{AddonPackage, Grant, Grants, ListenPattern, NetPattern, Origin, Outline, Policy, Shared};
use crate::supervisor::report::{Places, Reports};
use crate::sys::{descriptor, privilege, seccomp};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

/// A folder for one test: `granted/` may be written, `other/` may not.
pub struct Place {
    root: PathBuf,
    policy: Policy,
}

impl Place {
    pub fn new() -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("cordon-broker-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::temp_dir().canonicalize().unwrap().join(name);
        for folder in ["granted", "other"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
            std::fs::write(root.join(folder).join("file"), "x").unwrap();
        }
        let pattern = root.join("granted");
        let policy = Policy { allow: Grants { write: vec![grant(pattern)], ..Grants::default() }, ..Policy::default() };
        Place { root, policy }
    }

    /// Then the broker answers for folders that are removed and made again.
    pub fn with_native_code(mut self) -> Place {
        self.policy.allow.addons.push(grant(AddonPackage { name: "native".into(), folders: Vec::new() }));
        self
    }

    pub fn with_net(mut self, pattern: NetPattern) -> Place {
        self.policy.allow.net.push(grant(pattern));
        self
    }

    pub fn with_listen(mut self, pattern: ListenPattern) -> Place {
        self.policy.allow.listen.push(grant(pattern));
        self
    }

    pub fn granted(&self, name: &str) -> PathBuf {
        self.root.join("granted").join(name)
    }

    pub fn other(&self, name: &str) -> PathBuf {
        self.root.join("other").join(name)
    }

    /// Runs `work` on a thread behind the filter, and returns what it returns.
    pub fn jailed<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        self.jailed_with(1, Descriptors::Fetched, work)
    }

    pub fn jailed_with<T: Send + 'static>(
        &self,
        landlock_abi: u8,
        descriptors: Descriptors,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let policy = self.policy.clone();
        let sockets = match descriptors {
            Descriptors::Fetched => filter::Sockets::Target,
            Descriptors::Made => filter::Sockets::Broker,
        };
        let program = filter::program(&filter::Setting::new(&policy, landlock_abi, sockets, filter::Uses::Unwatched));
        let setting = Setting {
            record: None,
            system: crate::supervisor::broker::network::dns::System::read(),
            ruleset: OwnedFd::from(File::open("/dev/null").unwrap()),
            over: OwnedFd::from(File::open("/dev/null").unwrap()),
            outline: Outline::of(&policy, Shared { home: &self.root, temporary: &self.root, programs: &self.root }),
            policy: Arc::new(policy),
            reports: Reports::new(Places { quiet: true, ..Places::default() }),
            proc: OwnedFd::from(File::open("/proc").unwrap()),
            jail: Jail::Descendants { guardian: std::os::unix::process::parent_id().cast_signed() },
            descriptors,
            landlock_abi,
            engine: std::env::current_exe().unwrap(),
            installation: vec![PathBuf::from("/")],
        };
        let (give, take) = mpsc::channel();
        let thread = thread::spawn(move || {
            privilege::never_gain().unwrap();
            let listener = descriptor::own(seccomp::install(&program).unwrap()).unwrap();
            give.send(listener).unwrap();
            work()
        });
        // Threads inherit the filter, so the broker's is made by one without it.
        super::start(take.recv().unwrap(), setting).unwrap();
        thread.join().unwrap()
    }
}

fn grant<P>(pattern: P) -> Grant<P> {
    Grant { pattern, text: String::new(), origin: Origin::Default("test") }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// The errno of a refused call.
pub fn errno<T>(result: std::io::Result<T>) -> Option<i32> {
    result.err().and_then(|error| error.raw_os_error())
}

pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}
