//! Which program starts.
//!
//! The kernel goes on with the call: the path may change after the look at it, but then Landlock's EXECUTE right bounds
//! what starts, in the same jail. Without any run grant nothing starts, and there is no race.

use super::found::{Found, Last, as_written};
use super::{Answer, Broker, Call, Caller};
use crate::denial::NEW_PROCESS;
use crate::policy::{Permission, Request};
use crate::supervisor::record::Use;
use crate::sys::path;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;

/// BINPRM_BUF_SIZE: as much as the kernel looks at (linux/binfmts.h).
const HEAD: usize = 256;
/// Interpreters that may be scripts themselves: the kernel stops at five (fs/exec.c).
const CHAIN: usize = 5;

/// Why a program does not start.
enum Refusal {
    /// No grant: a path, as it is told.
    Denied(std::path::PathBuf),
    /// As the kernel would say.
    Error(i32),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        Refusal::Error(error.raw_os_error().unwrap_or(libc::EACCES))
    }
}

pub fn execve(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    exec(broker, caller, libc::AT_FDCWD, call.arguments[0], Last::Follow)
}

pub fn execveat(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [folder, path, _, _, flags, _] = call.arguments;
    let last = if flags as i32 & libc::AT_SYMLINK_NOFOLLOW != 0 { Last::Keep } else { Last::Follow };
    // AT_EMPTY_PATH starts what a descriptor holds, a file without a name perhaps: with an empty path it is not found.
    exec(broker, caller, folder as i32, path, last)
}

/// A process that is not a thread, without a run grant.
pub fn process(broker: &Broker, _: &Caller, _: &Call) -> Answer {
    broker.refuse(Permission::Run, Path::new(NEW_PROCESS))
}

fn exec(broker: &Broker, caller: &Caller, folder: i32, path: u64, last: Last) -> Answer {
    match look_at(broker, caller, folder, path, last) {
        Ok(()) if caller.still_waits() => Answer::Continue,
        Ok(()) => Answer::Error(libc::ESRCH),
        Err(Refusal::Denied(path)) => broker.refuse(Permission::Run, &path),
        Err(Refusal::Error(errno)) => Answer::Error(errno),
    }
}

fn look_at(broker: &Broker, caller: &Caller, folder: i32, path: u64, last: Last) -> Result<(), Refusal> {
    let text = caller.text(path)?;
    let program = match caller.find(folder, &text, last) {
        Ok(program) => program,
        Err(_) if broker.policy.allow.run.is_empty() => return Err(Refusal::Denied(as_written(&text).into())),
        Err(error) => return Err(error.into()),
    };
    chain(broker, caller, program)
}

/// The program, and the interpreters that scripts name.
fn chain(broker: &Broker, caller: &Caller, mut program: Found) -> Result<(), Refusal> {
    for _ in 0..CHAIN {
        if !broker.policy.decide(&Request::Run(&program.path)).allowed() {
            return Err(Refusal::Denied(program.path));
        }
        broker.used(Use::Run, program.path.clone());
        match interpreter(caller, &program)? {
            None => return Ok(()),
            Some(name) => program = caller.find(libc::AT_FDCWD, &name, Last::Follow)?,
        }
    }
    Err(Refusal::Error(libc::ELOOP))
}

/// What a script's first line names (fs/binfmt_script.c).
fn interpreter(caller: &Caller, program: &Found) -> io::Result<Option<CString>> {
    // A pipe or a device would wait, or act, when it is opened; the kernel starts regular files only.
    if path::status(program.descriptor.as_fd())?.st_mode & libc::S_IFMT != libc::S_IFREG {
        return Ok(None);
    }
    // A program that may be started and not read is no script that anyone could run.
    let Ok(file) = path::open(caller.proc(), &program.magic(), libc::O_RDONLY) else { return Ok(None) };
    let mut head = Vec::with_capacity(HEAD);
    File::from(file).take(HEAD as u64).read_to_end(&mut head)?;
    Ok(named_interpreter(&head))
}

fn named_interpreter(head: &[u8]) -> Option<CString> {
    let line = head.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next()?;
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let name: Vec<u8> = line.iter().copied().skip_while(blank).take_while(|byte| !blank(byte) && *byte != 0).collect();
    if name.is_empty() { None } else { CString::new(name).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(head: &[u8]) -> Option<String> {
        named_interpreter(head).map(|name| name.to_string_lossy().into_owned())
    }

    #[test]
    fn a_scripts_first_line_names_its_interpreter() {
        assert_eq!(named(b"#!/bin/sh\necho"), Some("/bin/sh".into()));
        assert_eq!(named(b"#! \t/usr/bin/env node\n"), Some("/usr/bin/env".into()));
        assert_eq!(named(b"#!/bin/sh"), Some("/bin/sh".into()));
        assert_eq!(named(b"#!sh\0x"), Some("sh".into()));
        assert_eq!(named(b"#!\n/bin/sh"), None);
        assert_eq!(named(b"\x7fELF"), None);
    }
}
