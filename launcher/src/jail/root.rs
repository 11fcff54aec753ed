//! A new root that holds what the target may see, and nothing else: file metadata of everything else is out of sight.

mod ground;
mod place;

use super::Error;
use super::system;
use super::view::{Shown, View};
use crate::sys::mount;
pub use ground::Ground;
use place::Places;
use std::ffi::CString;
use std::fs::DirBuilder;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

const BUILD: &str = "build the jail's root";

/// A root that has been begun, in the current folder. Runs in the PID namespace's init.
#[derive(Debug)]
pub struct Root<'a> {
    /// The session's folder.
    session: &'a Path,
    ground: Option<&'a Ground>,
    /// The jail's own /proc, before it is in its place. None where the kernel refuses one: where the machine's is partly
    /// masked, as in containers.
    processes: Option<OwnedFd>,
}

impl<'a> Root<'a> {
    /// `session` is the session's folder, on which the new root is built where there is no ground for it in memory.
    /// `None` where this environment lets nobody mount: then the root stays the machine's.
    pub fn begin(session: &'a Path, ground: Option<&'a Ground>) -> Result<Option<Root<'a>>, Error> {
        match ground {
            Some(ground) => ground.enter().map_err(Error::step(BUILD))?,
            None if start(&session.join("root")).is_err() => return Ok(None),
            None => {}
        }
        Ok(Some(Root { session, ground, processes: mount::processes().ok() }))
    }

    /// The jail's own /proc.
    pub fn processes(&self) -> Option<BorrowedFd<'_>> {
        self.processes.as_ref().map(OwnedFd::as_fd)
    }

    /// Changes the root of every process in this mount namespace. The old root stays below the new one until `forget_old`
    /// is called, which waits for the whole kernel: nothing of the program may run before that.
    pub fn change(&self, view: &View) -> Result<(), Error> {
        let failed = |cause| Error::Step { action: BUILD, cause };
        let none = match self.ground {
            Some(_) => inside(self.session).join("none"),
            None => self.session.join("none"),
        };
        fill(view, self, &none)?;
        match self.processes() {
            Some(processes) => mount::attach(processes, c"proc").map_err(failed)?,
            None => bind(Path::new("/proc"), Path::new("/proc"))?,
        }
        mount::pivot_root_here().map_err(failed)
    }
}

/// Shows what the target may see. `none` is an empty folder to be made, which lies over what is hidden.
fn fill(view: &View, root: &Root<'_>, none: &Path) -> Result<(), Error> {
    let failed = |cause| Error::Step { action: BUILD, cause };
    let places = Places::make(view).map_err(Error::step("lay out the jail's root"))?;
    for path in places.of(Shown::ReadOnly) {
        bind(path, path)?;
    }
    mount::make_read_only(c".").map_err(Error::step("make the jail's root read-only"))?;
    if let Some(ground) = root.ground {
        ground.show_session(root.session).map_err(failed)?;
    }
    for path in places.of(Shown::Device) {
        bind(path, path)?;
    }
    for path in places.of(Shown::Writable) {
        bind(path, path)?;
    }
    for path in view.hidden.iter().filter(|path| places.is_shown(path)) {
        make_folder(none, 0).map_err(failed)?;
        bind(none, path)?;
    }
    Ok(())
}

/// The new root is not copied into itself where a folder is shown that it lies in.
fn start(on: &Path) -> io::Result<()> {
    make_folder(on, 0o700)?;
    let on = c_string(on)?;
    mount::make_private()?;
    mount::memory(&on, c"mode=755,size=1m")?;
    mount::change_folder(&on)?;
    mount::make_unbindable(c".")
}

fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Where the root was changed. Unmounts the old one, which lies on the current folder.
pub fn forget_old() -> io::Result<()> {
    mount::detach_here()?;
    mount::change_folder(c"/")
}

fn bind(from: &Path, on: &Path) -> Result<(), Error> {
    let failed = |cause| Error::Path { action: "show", path: on.to_path_buf(), cause };
    let names = || -> io::Result<(CString, CString)> { Ok((c_string(from)?, c_string(inside(on))?)) };
    let (from, on) = names().map_err(failed)?;
    mount::bind(&from, &on).map_err(failed)
}

/// An absolute path as one below the current folder, which is the new root.
fn inside(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

fn c_string(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}
