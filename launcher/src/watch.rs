//! `--watch`: runs in a process of its own, and anew when the program's code changes.

use crate::policy::Policy;
use crate::sys::signal::{Arrived, Origin};
use crate::sys::spawn::{self, Change, Side};
use crate::sys::{descriptor, inotify, privilege, signal};
use std::collections::HashMap;
use std::ffi::{CString, OsStr};
use std::fmt;
use std::fs;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Endings of files that programs are made of.
const CODE: [&str; 11] = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "json", "node", "wasm"];
/// An editor writes several files at once, a build tool hundreds.
const SETTLING: Duration = Duration::from_millis(100);
/// How long a program may take to end when it is asked to.
const PATIENCE_MILLISECONDS: i32 = 5000;
/// Folders that are watched.
const MOST_FOLDERS: usize = 8192;

#[derive(Debug)]
pub struct Error {
    action: &'static str,
    cause: io::Error,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Cannot {}: {}", self.action, self.cause)
    }
}

impl std::error::Error for Error {}

fn failed(action: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |cause| Error { action, cause }
}

/// Whose turn it is.
#[derive(Debug)]
pub enum Turn {
    /// This process is the one that runs the program.
    Run,
    /// The watching is over: by this signal.
    Ended(i32),
}

/// Forks a run, and another one at each change. `policy` is asked for before each: what it says is wrong is told, and
/// nothing starts until it is mended. `tell` prints a line.
pub fn turns<E: fmt::Display>(policy: impl Fn() -> Result<Policy, E>, tell: impl Fn(&str)) -> Result<Turn, Error> {
    let mask = signal::block_all().map_err(failed("block signals"))?;
    let signals = signal::descriptor().map_err(failed("read signals"))?;
    let own_number = std::process::id() as i32;
    let mut known = None;
    loop {
        // What cannot start is not started; the folders of before are watched.
        let startable = match policy() {
            Ok(policy) => {
                known = Some(policy);
                true
            }
            Err(error) => {
                tell(&error.to_string());
                false
            }
        };
        let mut files = Files::new().map_err(failed("watch files"))?;
        files.add_code_of(known.as_ref()).map_err(failed("watch files"))?;
        let mut watched = Watched { signals: &signals, files, running: None };
        if startable {
            match spawn::fork(0).map_err(failed("start a process"))? {
                Side::Child => {
                    privilege::die_with_parent(own_number).map_err(failed("follow the watcher's end"))?;
                    signal::restore(&mask).map_err(failed("unblock signals"))?;
                    return Ok(Turn::Run);
                }
                Side::Parent(child) => watched.running = Some(child),
            }
        }
        match watched.until_change(&tell).map_err(failed("wait for changes"))? {
            Next::Ended(number) => return Ok(Turn::Ended(number)),
            Next::Changed(name) => tell(&format!("{} changed, starting anew", name.to_string_lossy())),
        }
    }
}

/// How the program is asked to end.
enum Asking {
    By(i32),
    /// What the terminal sent reached the program by itself: a second Ctrl-C would be another one to it.
    Done,
}

enum Next {
    Changed(PathBuf),
    Ended(i32),
}

struct Watched<'a> {
    signals: &'a OwnedFd,
    files: Files,
    running: Option<i32>,
}

impl Watched<'_> {
    fn until_change(&mut self, tell: impl Fn(&str)) -> io::Result<Next> {
        loop {
            let [signalled, changed] =
                descriptor::wait_readable([self.signals.as_fd(), self.files.watcher.as_fd()], -1)?;
            if signalled && let Some(arrived) = self.signal()? {
                self.end(match arrived.origin {
                    Origin::Kernel => Asking::Done,
                    Origin::Process => Asking::By(arrived.number),
                })?;
                return Ok(Next::Ended(arrived.number));
            }
            self.reap(&tell)?;
            if changed && let Some(name) = self.files.changed()? {
                std::thread::sleep(SETTLING);
                while self.files.changed()?.is_some() {}
                let came = self.end(Asking::By(libc::SIGTERM))?;
                return Ok(came.map_or(Next::Changed(name), Next::Ended));
            }
        }
    }

    /// A signal that ends the watching.
    fn signal(&self) -> io::Result<Option<Arrived>> {
        while let Some(arrived) = signal::next(self.signals.as_fd())? {
            match arrived.number {
                libc::SIGINT | libc::SIGTERM | libc::SIGHUP | libc::SIGQUIT => return Ok(Some(arrived)),
                libc::SIGTSTP => signal::raise(libc::SIGSTOP)?,
                _ => {}
            }
        }
        Ok(None)
    }

    fn reap(&mut self, tell: impl Fn(&str)) -> io::Result<()> {
        while self.running.is_some() {
            match spawn::next_change()? {
                None => return Ok(()),
                Some((_, Change::Exited(_) | Change::Killed(_))) => {
                    self.running = None;
                    tell("the program has ended, waiting for changes");
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Waits for the program's end, and makes it end when it takes too long. Gives a signal that came meanwhile.
    fn end(&mut self, asking: Asking) -> io::Result<Option<i32>> {
        let Some(child) = self.running else { return Ok(None) };
        if let Asking::By(number) = asking {
            signal::send(child, number)?;
        }
        let (mut left, mut came) = (PATIENCE_MILLISECONDS, None);
        while self.running.is_some() && left > 0 {
            descriptor::wait_readable([self.signals.as_fd()], 50)?;
            left -= 50;
            // A second Ctrl-C is a wish for a quick end.
            if let Some(arrived) = self.signal()? {
                came = Some(arrived.number);
                left = 0;
            }
            self.reap(|_| {})?;
        }
        if self.running.is_some() {
            signal::send(child, libc::SIGKILL)?;
            spawn::wait_end(child)?;
        }
        self.running = None;
        Ok(came)
    }
}

/// The folders that hold the program's code.
struct Files {
    watcher: OwnedFd,
    folders: HashMap<i32, PathBuf>,
    /// Not watched: what the program writes, and secrets.
    passed_over: Vec<PathBuf>,
    /// Where not a whole folder is own code.
    single: Vec<PathBuf>,
}

impl Files {
    fn new() -> io::Result<Files> {
        Ok(Files { watcher: inotify::open()?, folders: HashMap::new(), passed_over: Vec::new(), single: Vec::new() })
    }

    fn add_code_of(&mut self, policy: Option<&Policy>) -> io::Result<()> {
        let Some(policy) = policy else { return Ok(()) };
        let written = policy.allow.write.iter().map(|grant| grant.pattern.clone());
        self.passed_over = written.chain(policy.own.secrets.iter().cloned()).collect();
        for place in &policy.own.readable {
            match place.parent().filter(|_| !place.is_dir()) {
                Some(folder) => {
                    self.single.push(place.clone());
                    self.add(folder)?;
                }
                None => self.add_all(place)?,
            }
        }
        Ok(())
    }

    fn add(&mut self, folder: &Path) -> io::Result<()> {
        if self.folders.len() < MOST_FOLDERS {
            let number = inotify::add(&self.watcher, &CString::new(folder.as_os_str().as_bytes())?)?;
            self.folders.insert(number, folder.to_path_buf());
        }
        Ok(())
    }

    /// A folder and those in it, without packages, and without what tools and the program itself write.
    fn add_all(&mut self, top: &Path) -> io::Result<()> {
        let mut ahead = vec![top.to_path_buf()];
        while let Some(folder) = ahead.pop() {
            match self.add(&folder) {
                Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
                    return Err(error);
                }
                _ => {}
            }
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let folders =
                entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path());
            ahead.extend(folders.filter(|path| self.is_code(path)));
            if self.folders.len() >= MOST_FOLDERS {
                break;
            }
        }
        Ok(())
    }

    fn is_code(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or(OsStr::new(""));
        name != "node_modules"
            && !name.as_bytes().starts_with(b".")
            && !self.passed_over.iter().any(|own| path.starts_with(own))
    }

    /// A file of the program's that changed; new folders are watched from now on.
    fn changed(&mut self) -> io::Result<Option<PathBuf>> {
        let mut found = None;
        for change in inotify::read(&self.watcher)? {
            let Some(folder) = self.folders.get(&change.folder) else { continue };
            let path = folder.join(&change.name);
            let single = self.single.contains(&path);
            if change.is_folder {
                if self.is_code(&path) && path.is_dir() && !self.is_beside_a_single(folder) {
                    self.add_all(&path)?;
                }
            } else if single || (self.is_code(&path) && is_program(&path) && !self.is_beside_a_single(folder)) {
                found = Some(path);
            }
        }
        Ok(found)
    }

    /// Only the file itself counts in a folder that is nobody's own code.
    fn is_beside_a_single(&self, folder: &Path) -> bool {
        self.single.iter().any(|file| file.parent() == Some(folder))
    }
}

fn is_program(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| CODE.contains(&ending))
}
