//! New processes, new programs, and their ends.

use super::check;
use std::ffi::{CStr, CString, c_char};
use std::io;

/// Who goes on after a fork.
#[derive(Clone, Copy, Debug)]
pub enum Side {
    Child,
    /// Holds the child's number.
    Parent(i32),
}

/// A copy of this process, which must have one thread only; in new namespaces of these kinds, where there are any.
pub fn fork(namespaces: i32) -> io::Result<Side> {
    copy(namespaces)
}

/// A copy of this process, which must have one thread only, with the same table of descriptors until it executes a
/// program.
pub fn fork_sharing_descriptors() -> io::Result<Side> {
    copy(libc::CLONE_FILES)
}

fn copy(flags: i32) -> io::Result<Side> {
    let flags = libc::c_long::from(flags | libc::SIGCHLD);
    // SAFETY: without CLONE_VM the child has its own copy of the memory and of the stack, so null is right for a stack;
    // the other arguments are unused without their flags. With a single thread no lock is held by one that the child
    // lacks.
    let child = check(unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) })?;
    Ok(if child == 0 { Side::Child } else { Side::Parent(child as i32) })
}

/// Strings for exec, and the list of pointers to them.
#[derive(Debug)]
pub struct Strings {
    pointers: Vec<*const c_char>,
    _owned: Vec<CString>,
}

impl Strings {
    pub fn new(strings: Vec<CString>) -> Strings {
        let pointers = strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect();
        Strings { pointers, _owned: strings }
    }
}

/// Becomes another program. Returns only when that fails. Allocates nothing.
pub fn execute(program: &CStr, arguments: &Strings, environment: &Strings) -> io::Error {
    let (arguments, environment) = (arguments.pointers.as_ptr(), environment.pointers.as_ptr());
    // SAFETY: the kernel reads strings that end with a zero, by lists that end with null.
    unsafe { libc::execve(program.as_ptr(), arguments, environment) };
    io::Error::last_os_error()
}

/// Ends the process without running anything at exit.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit touches no memory.
    unsafe { libc::_exit(code) }
}

/// What happened to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Exited(i32),
    Killed(i32),
    Stopped(i32),
    Continued,
}

/// Waits for a child to end.
pub fn wait_end(child: i32) -> io::Result<Change> {
    loop {
        match wait(child, 0) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(Some((_, change))) => return Ok(change),
            Ok(None) => {}
        }
    }
}

/// The next change of any child, or `None` where nothing has changed; an error when there are no children.
pub fn next_change() -> io::Result<Option<(i32, Change)>> {
    wait(-1, libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED)
}

fn wait(child: i32, flags: i32) -> io::Result<Option<(i32, Change)>> {
    let mut status = 0;
    // SAFETY: the kernel writes one number.
    let who = check(unsafe { libc::waitpid(child, &raw mut status, flags) })?;
    let change = if who == 0 {
        return Ok(None);
    } else if libc::WIFEXITED(status) {
        Change::Exited(libc::WEXITSTATUS(status))
    } else if libc::WIFSIGNALED(status) {
        Change::Killed(libc::WTERMSIG(status))
    } else if libc::WIFSTOPPED(status) {
        Change::Stopped(libc::WSTOPSIG(status))
    } else {
        Change::Continued
    };
    Ok(Some((who, change)))
}

/// The number of the parent; 0 when it is outside the PID namespace.
pub fn parent() -> i32 {
    // SAFETY: getppid touches no memory and cannot fail.
    unsafe { libc::getppid() }
}
