//! The folder that one run has to itself: an empty HOME, a TMPDIR, and links to the granted programs. In memory where
//! the jail has a root of its own, unless TMPDIR asks for a disk.

mod removal;

pub use removal::remove as remove_folder;

use super::Error;
use crate::jail::root::Ground;
use crate::policy::{Limits, Policy};
use crate::sys::{file, memory, random};
use std::ffi::{CString, OsStr};
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const PREFIX: &str = "cordon-";
const BASES: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];
/// Entries of the temporary folder that are looked at for folders left behind.
const SWEPT: usize = 2000;

#[derive(Debug)]
pub struct Session {
    pub path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Ends with the jail's mount namespace.
    Memory(Ground),
    /// Open and locked: others of this user who find it unlocked remove it.
    Disk {
        name: CString,
        /// The temporary folder that it is in, by descriptor: the launcher's root may change.
        parent: OwnedFd,
        folder: OwnedFd,
    },
}

impl Session {
    /// In memory: for a process in a mount namespace of its own. `None` where this machine has no room for it, or where
    /// the user has named a folder for what is temporary.
    pub fn in_memory(policy: &Policy, engine: &Path) -> Option<Session> {
        if wanted_base().is_some() {
            return None;
        }
        let base = BASES.iter().map(Path::new).find(|base| !is_seen(policy, base))?;
        let path = base.join(new_name().ok()?);
        let ground = Ground::lay(&path, room(&policy.limits).ok()?).ok()?;
        let session = Session { path, place: Place::Memory(ground) };
        session.fill(policy, engine).ok()?;
        Some(session)
    }

    /// Makes the folder, with mode 0700, under TMPDIR, /tmp or /var/tmp.
    pub fn on_disk(policy: &Policy, engine: &Path) -> Result<Session, Error> {
        let base = base(policy);
        let failed = |cause| Error::Session { base: base.clone(), cause };
        let session = loop {
            match Session::try_create(&base).map_err(failed)? {
                Some(session) => break session,
                None => continue,
            }
        };
        session.fill(policy, engine).map_err(failed)?;
        Ok(session)
    }

    /// What the jail's root is built on, where the session is in memory.
    pub fn ground(&self) -> Option<&Ground> {
        match &self.place {
            Place::Memory(ground) => Some(ground),
            Place::Disk { .. } => None,
        }
    }

    fn folder(&self) -> BorrowedFd<'_> {
        match &self.place {
            Place::Memory(ground) => ground.session(),
            Place::Disk { folder, .. } => folder.as_fd(),
        }
    }

    /// `None` when another took the name, or swept the folder before it was locked.
    fn try_create(base: &Path) -> io::Result<Option<Session>> {
        let name = new_name()?;
        let path = base.join(&name);
        let name = CString::new(name)?;
        let parent = file::open_at(None, &c_string(base)?, libc::O_DIRECTORY)?;
        match file::make_folder(parent.as_fd(), &name, 0o700) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            other => other?,
        }
        let Ok(folder) = file::open_at(Some(parent.as_fd()), &name, libc::O_DIRECTORY | libc::O_NOFOLLOW) else {
            return Ok(None);
        };
        let ours = file::try_lock(folder.as_fd()).is_ok() && file::status_at(parent.as_fd(), &name).is_ok();
        Ok(ours.then_some(Session { path, place: Place::Disk { name, parent, folder } }))
    }

    fn fill(&self, policy: &Policy, engine: &Path) -> io::Result<()> {
        for name in [c"home", c"tmp"] {
            file::make_folder(self.folder(), name, 0o700)?;
        }
        let denied = |path: &Path| policy.deny.run.iter().any(|grant| grant.pattern.path == path);
        let programs = policy.allow.run.iter().map(|grant| &grant.pattern).filter(|program| !denied(&program.path));
        if policy.allow.run.is_empty() {
            return Ok(());
        }
        file::make_folder(self.folder(), c"bin", 0o700)?;
        let bin = file::open_at(Some(self.folder()), c"bin", libc::O_DIRECTORY)?;
        for program in programs {
            let target = if program.name == "node" { engine } else { &program.path };
            let name = Path::new(&program.name).file_name().unwrap_or(OsStr::new(&program.name));
            match file::make_link(&c_string(target)?, bin.as_fd(), &CString::new(name.as_bytes())?) {
                // Two grants with the same name: the first is found first, as in a PATH.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => other?,
            }
        }
        Ok(())
    }

    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    pub fn temporary(&self) -> PathBuf {
        self.path.join("tmp")
    }

    pub fn programs(&self) -> PathBuf {
        self.path.join("bin")
    }

    /// One in sixteen: names are random.
    pub fn is_drawn(&self) -> bool {
        self.path.as_os_str().as_bytes().ends_with(b"0")
    }

    /// Removes folders of launchers that were killed: those of this user that nobody has locked.
    pub fn sweep(&self) {
        let Place::Disk { name: own, parent, .. } = &self.place else { return };
        let user = crate::sys::privilege::user();
        for name in removal::names(parent.as_fd(), PREFIX, SWEPT) {
            let Ok(status) = file::status_at(parent.as_fd(), &name) else { continue };
            // Only what has exactly a session's name: somebody may keep work in a folder called cordon-something.
            if is_session(&name)
                && name != *own
                && status.st_uid == user
                && status.st_mode & libc::S_IFMT == libc::S_IFDIR
            {
                // Another sweeps too, or the folder is in use: both are fine.
                let _ = remove_if_unlocked(parent.as_fd(), &name);
            }
        }
    }

    /// Removes the folder and all that is in it, unless that was done before.
    pub fn remove(&self) -> io::Result<()> {
        let Place::Disk { name, parent, folder } = &self.place else { return Ok(()) };
        if file::status_at(parent.as_fd(), name).is_err() {
            return Ok(());
        }
        removal::remove(parent.as_fd(), name, folder)
    }
}

/// Whether `name` is one that `try_create` gives.
fn is_session(name: &CString) -> bool {
    name.to_str().is_ok_and(is_name)
}

/// The same for text.
pub fn is_name(name: &str) -> bool {
    let digits = name.strip_prefix(PREFIX).unwrap_or("");
    digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn remove_if_unlocked(parent: std::os::fd::BorrowedFd<'_>, name: &CString) -> io::Result<()> {
    let folder = file::open_at(Some(parent), name, libc::O_DIRECTORY | libc::O_NOFOLLOW)?;
    file::try_lock(folder.as_fd())?;
    removal::remove(parent, name, &folder)
}

/// How much HOME and TMPDIR take in memory: no more than the program's memory, of which it is a part, and without such a
/// limit this part of the machine's.
fn room(limits: &Limits) -> io::Result<u64> {
    limits.memory.map_or_else(|| memory::of_machine().map(|all| all / 4), Ok)
}

fn new_name() -> io::Result<String> {
    let mut digits = [0; 8];
    random::fill(&mut digits)?;
    Ok(format!("{PREFIX}{:016x}", u64::from_ne_bytes(digits)))
}

/// The folder that the user has named.
fn wanted_base() -> Option<PathBuf> {
    std::env::var_os("TMPDIR").map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The first usual folder that the program does not see for another reason, without symlinks. In one that it sees, the
/// session's folder would be mounted upon itself, and the kernel keeps what is mounted from being removed.
fn base(policy: &Policy) -> PathBuf {
    let usual = BASES.map(PathBuf::from);
    let found: Vec<PathBuf> = wanted_base()
        .into_iter()
        .chain(usual)
        .filter_map(|path| fs::canonicalize(path).ok().filter(|path| path.is_dir()))
        .collect();
    let apart = found.iter().find(|base| !is_seen(policy, base));
    apart.or(found.first()).cloned().unwrap_or_else(|| PathBuf::from("/tmp"))
}

fn is_seen(policy: &Policy, folder: &Path) -> bool {
    let granted = policy.allow.read.iter().chain(&policy.allow.write).map(|grant| &grant.pattern);
    granted.chain(&policy.own.readable).any(|seen| folder.starts_with(seen))
}

pub(super) fn c_string(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}
