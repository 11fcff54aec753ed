//! A question on the terminal.

use crate::sys::terminal;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::fd::AsFd as _;

/// Longer answers are not the word.
const LONGEST: usize = 80;

/// Whether the word `yes` was typed; `None` where nobody sits at a terminal.
///
/// What was typed before the question counts for nothing: it may be a terminal's answer to a query that some program
/// left behind. One key is never enough.
pub fn typed_yes(question: &str) -> io::Result<Option<bool>> {
    if !io::stderr().is_terminal() {
        return Ok(None);
    }
    // Not stdin: what is piped into the program is not an answer.
    let Ok(mut tty) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let before = terminal::modes(tty.as_fd())?;
    terminal::set_modes(tty.as_fd(), &before.for_a_question())?;
    let answer = ask(&mut tty, question);
    terminal::set_modes(tty.as_fd(), &before)?;
    answer.map(Some)
}

fn ask(tty: &mut File, question: &str) -> io::Result<bool> {
    // Before the question is shown: what is typed after that is an answer.
    terminal::discard_input(tty.as_fd())?;
    tty.write_all(question.as_bytes())?;
    let mut line = [0; LONGEST];
    let length = tty.read(&mut line)?;
    terminal::discard_input(tty.as_fd())?;
    Ok(&line[..length] == b"yes\n")
}
