//! The terminal's modes and its waiting input (termios(3)).

use super::check;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// How a terminal treats what is typed and printed.
#[derive(Clone, Copy)]
pub struct Modes(libc::termios);

impl Modes {
    /// Line by line, shown while typed, and with the keys for interrupt and suspend: whatever a program left behind.
    pub fn for_a_question(self) -> Modes {
        let mut modes = self.0;
        modes.c_iflag |= libc::ICRNL;
        modes.c_oflag |= libc::OPOST | libc::ONLCR;
        modes.c_lflag |= libc::ICANON | libc::ECHO | libc::ECHOE | libc::ISIG;
        Modes(modes)
    }
}

pub fn modes(terminal: BorrowedFd) -> io::Result<Modes> {
    let mut modes = MaybeUninit::uninit();
    // SAFETY: `modes` is a termios' room, and `terminal` is open for the length of the call.
    check(unsafe { libc::tcgetattr(terminal.as_raw_fd(), modes.as_mut_ptr()) })?;
    // SAFETY: tcgetattr succeeded, so it filled all of it.
    Ok(Modes(unsafe { modes.assume_init() }))
}

pub fn set_modes(terminal: BorrowedFd, modes: &Modes) -> io::Result<()> {
    // SAFETY: `modes` is a whole termios, and `terminal` is open for the length of the call.
    check(unsafe { libc::tcsetattr(terminal.as_raw_fd(), libc::TCSADRAIN, &raw const modes.0) }).map(drop)
}

/// Throws away what was typed, or answered to a program's query, and not yet read.
pub fn discard_input(terminal: BorrowedFd) -> io::Result<()> {
    // SAFETY: the call takes no pointer, and `terminal` is open for its length.
    check(unsafe { libc::tcflush(terminal.as_raw_fd(), libc::TCIFLUSH) }).map(drop)
}
