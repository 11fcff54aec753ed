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
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// Root and /proc are the jail's own.
    Own,
    /// The root is the jail's own, /proc is the machine's, as in containers that mask parts of it.
    MachineProcesses,
    /// The machine's: this environment lets nobody mount.
    Machine,
}

/// Changes the root of every process in this mount namespace. `session` is the session's folder, on which the new root
/// is built where there is no ground for it in memory. Runs in the PID namespace's init. The old root stays below the new
/// one until `forget_old` is called, which waits for the whole kernel: nothing of the program may run before that.
pub fn change(view: &View, session: &Path, ground: Option<&Ground>) -> Result<Root, Error> {
    let failed = |cause| Error::Step { action: "build the jail's root", cause };
    let none = match ground {
        Some(ground) => {
            ground.enter().map_err(failed)?;
            inside(session).join("none")
        }
        None if start(&session.join("root")).is_err() => return Ok(Root::Machine),
        None => session.join("none"),
    };
    let places = Places::make(view).map_err(Error::step("lay out the jail's root"))?;
    for path in places.of(Shown::ReadOnly) {
        bind(path, path)?;
    }
    mount::make_read_only(c".").map_err(Error::step("make the jail's root read-only"))?;
    if let Some(ground) = ground {
        ground.show_session(session).map_err(failed)?;
    }
    for path in places.of(Shown::Device) {
        bind(path, path)?;
    }
    for path in places.of(Shown::Writable) {
        bind(path, path)?;
    }
    for path in view.hidden.iter().filter(|path| places.is_shown(path)) {
        make_folder(&none, 0).map_err(failed)?;
        bind(&none, path)?;
    }
    let root = processes()?;
    finish().map_err(failed)?;
    Ok(root)
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

/// /proc of the PID namespace. The kernel refuses it where the machine's is partly masked.
fn processes() -> Result<Root, Error> {
    if mount::processes(c"proc").is_ok() {
        return Ok(Root::Own);
    }
    bind(Path::new("/proc"), Path::new("/proc"))?;
    Ok(Root::MachineProcesses)
}

fn finish() -> io::Result<()> {
    mount::pivot_root_here()
}

/// Where `change` gave a new root. Unmounts the old one, which lies on the current folder.
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
