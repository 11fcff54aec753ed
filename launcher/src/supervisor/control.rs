//! What launcher and guardian say to each other, one message each.

use super::Ended;
use crate::jail::target::Step;
use crate::sys::descriptor;
use crate::sys::signal::Origin;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

/// From the guardian.
#[derive(Debug)]
pub enum News {
    /// The target is confined, and waits in its first call for an answer.
    Listener(OwnedFd),
    /// The target could not be started: the step, and the errno.
    Failed(Step, i32),
    /// The jail could not be made: the whole text.
    Refused(String),
    /// The terminal stopped the target.
    Stopped,
    Ended(Ended),
    OverLimit(Excess),
    /// The guardian has ended.
    Gone,
}

/// Which limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    Memory,
    Processes,
    Time,
}

/// A signal that reached the launcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub signal: i32,
    pub origin: Origin,
}

const SIZE: usize = 12;

pub fn tell(socket: BorrowedFd<'_>, news: &News) -> io::Result<()> {
    match news {
        News::Listener(listener) => send(socket, [0, 0, 0], Some(std::os::fd::AsFd::as_fd(listener))),
        News::Failed(step, errno) => send(socket, [1, *step as i32, *errno], None),
        News::Stopped => send(socket, [2, 0, 0], None),
        News::Ended(Ended::Code(code)) => send(socket, [3, *code, 0], None),
        News::Ended(Ended::Signal(signal)) => send(socket, [4, *signal, 0], None),
        News::OverLimit(excess) => send(socket, [5, *excess as i32, 0], None),
        News::Refused(text) => {
            descriptor::send(socket, text.as_bytes().get(..MOST_TEXT).unwrap_or(text.as_bytes()), None)
        }
        News::Gone => Ok(()),
    }
}

/// The next news; waits for it.
pub fn hear(socket: BorrowedFd<'_>) -> io::Result<News> {
    let (message, listener) = receive(socket)?;
    let words = match message {
        Message::Words(words) => words,
        Message::Text(text) => return Ok(News::Refused(text)),
        Message::End => return Ok(News::Gone),
    };
    let news = match (words, listener) {
        ([0, ..], Some(listener)) => Some(News::Listener(listener)),
        ([1, step, errno], _) => Step::by_number(step).map(|step| News::Failed(step, errno)),
        ([2, ..], _) => Some(News::Stopped),
        ([3, code, _], _) => Some(News::Ended(Ended::Code(code))),
        ([4, signal, _], _) => Some(News::Ended(Ended::Signal(signal))),
        ([5, excess, _], _) => excess_by_number(excess).map(News::OverLimit),
        _ => None,
    };
    news.ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))
}

pub fn order(socket: BorrowedFd<'_>, order: Order) -> io::Result<()> {
    send(socket, [order.signal, i32::from(order.origin == Origin::Kernel), 0], None)
}

/// The next order; `None` when the launcher is gone.
pub fn obey(socket: BorrowedFd<'_>) -> io::Result<Option<Order>> {
    let order = |[signal, kernel, _]: [i32; 3]| Order {
        signal,
        origin: if kernel == 0 { Origin::Process } else { Origin::Kernel },
    };
    match receive(socket)?.0 {
        Message::Words(words) => Ok(Some(order(words))),
        Message::Text(_) | Message::End => Ok(None),
    }
}

/// The launcher's first message: everything is granted that the target gets.
pub fn say_granted(socket: BorrowedFd<'_>) -> io::Result<()> {
    send(socket, [0, 0, 0], None)
}

/// Waits for that message; false when the launcher is gone.
pub fn hear_granted(socket: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(matches!(receive(socket)?.0, Message::Words(_)))
}

fn excess_by_number(number: i32) -> Option<Excess> {
    [Excess::Memory, Excess::Processes, Excess::Time].into_iter().find(|excess| *excess as i32 == number)
}

fn send(socket: BorrowedFd<'_>, words: [i32; 3], passenger: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut bytes = [0; SIZE];
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_ne_bytes());
    }
    descriptor::send(socket, &bytes, passenger)
}

/// The longest text that is told.
const MOST_TEXT: usize = 8192;

enum Message {
    Words([i32; 3]),
    Text(String),
    End,
}

fn receive(socket: BorrowedFd<'_>) -> io::Result<(Message, Option<OwnedFd>)> {
    let mut bytes = [0; MOST_TEXT];
    let (length, passenger) = match descriptor::receive(socket, &mut bytes) {
        // The other end was closed with unread messages in it. That is told once, before what it had sent itself.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => descriptor::receive(socket, &mut bytes)?,
        other => other?,
    };
    let word = |at: usize| i32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let message = match length {
        0 => Message::End,
        SIZE => Message::Words([word(0), word(4), word(8)]),
        length => Message::Text(String::from_utf8_lossy(&bytes[..length]).into_owned()),
    };
    Ok((message, passenger))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd as _;

    #[test]
    fn news_of_a_guardian_that_left_an_order_unread_are_heard() {
        let (ours, theirs) = descriptor::message_pair().unwrap();
        order(ours.as_fd(), Order { signal: libc::SIGINT, origin: Origin::Kernel }).unwrap();
        tell(theirs.as_fd(), &News::Ended(Ended::Signal(libc::SIGINT))).unwrap();
        drop(theirs);
        assert!(matches!(hear(ours.as_fd()), Ok(News::Ended(Ended::Signal(libc::SIGINT)))));
        assert!(matches!(hear(ours.as_fd()), Ok(News::Gone)));
    }
}
