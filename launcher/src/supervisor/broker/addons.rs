//! Native code that the engine loads: a tripwire.
//!
//! The loader maps a library's file; the file is looked at, then the kernel goes on with the descriptor's number, behind
//! which another thread may have put another file by then. So this notices addons that are not granted, and stops those
//! that don't race it; what holds against native code is the jail itself.

use super::{Answer, Broker, Call, Caller};
use crate::policy::{Permission, Policy, Request};
use crate::supervisor::record::Use;
use crate::sys::path;
use libc::c_int;
use std::io;
use std::os::fd::AsFd;
use std::path::{Component, Path, PathBuf};

/// Where distributions keep the C library and what the engine loads with it: name services, character sets.
const SYSTEM: [&str; 8] =
    ["/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/nix/store"];

#[derive(Debug)]
pub struct Addons {
    /// Device and inode of the engine; programs that a run grant started load what they like.
    engine: Option<(u64, u64)>,
    /// Folders with libraries that are not addons.
    libraries: Vec<PathBuf>,
    /// cordon's own files; V8 maps the engine's once more, for its built-in functions.
    installation: Vec<PathBuf>,
}

impl Addons {
    pub fn new(engine: &Path, installation: &[PathBuf], policy: &Policy) -> Addons {
        use std::os::unix::fs::MetadataExt;
        // A folder that the target may write is no system folder, whatever its name.
        let libraries =
            SYSTEM.iter().map(PathBuf::from).filter(|folder| !policy.decide(&Request::Write(folder)).allowed());
        Addons {
            engine: std::fs::metadata(engine).ok().map(|status| (status.dev(), status.ino())),
            libraries: libraries.collect(),
            installation: installation.to_vec(),
        }
    }

    /// Whether it is a file of cordon's own.
    pub fn is_installed(&self, path: &Path) -> bool {
        self.installation.iter().any(|own| path.starts_with(own))
    }

    fn is_library(&self, path: &Path) -> bool {
        if self.is_installed(path) {
            return true;
        }
        let packaged = path.components().any(|part| part == Component::Normal("node_modules".as_ref()));
        let named_addon = path.extension().is_some_and(|extension| extension == "node");
        !packaged && !named_addon && self.libraries.iter().any(|folder| path.starts_with(folder))
    }
}

/// `mmap(address, length, protection, flags, descriptor, offset)`
pub fn map(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let descriptor = call.arguments[4] as c_int;
    let found = match caller.find_descriptor(descriptor) {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    if broker.addons.is_library(&found.path) || !is_engine(broker, caller).unwrap_or(true) {
        return Answer::Continue;
    }
    if !broker.policy.decide(&Request::Addon(&found.path)).allowed() {
        return broker.refuse(Permission::Addons, &found.path);
    }
    broker.used(Use::Load, found.path);
    Answer::Continue
}

/// Whether the caller runs the engine.
fn is_engine(broker: &Broker, caller: &Caller) -> io::Result<bool> {
    let program = caller.program()?;
    let status = path::status(program.as_fd())?;
    Ok(broker.addons.engine.is_none_or(|engine| engine == (status.st_dev, status.st_ino)))
}
