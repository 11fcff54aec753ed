//! Calls that wait for a socket: one thread watches all of them, so that neither the broker's loop nor a number of
//! threads is held up. It starts with the first of them. A call whose caller died is dropped.

use super::super::Caller;
use super::lock;
use super::socket::Socket;
use crate::sys::process;
use crate::sys::socket::{self, Interest};
use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Calls that wait at one time: each holds a descriptor.
const LIMIT: usize = 16_384;
/// How soon it is noticed that a caller died.
const LIVELINESS: Duration = Duration::from_millis(250);
/// How often something is tried that no descriptor tells of.
const RETRY: Duration = Duration::from_millis(5);
/// So many are tried that often; more take their time, as trying takes the launcher's.
const RETRIED: u32 = 64;

/// What one try came to.
pub enum Step {
    Done(Result<i64, i32>),
    Again,
}

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Readable,
    Writable,
    /// The kernel has no event for it: a full queue of another unix socket.
    SoonAgain,
}

/// A call that waits.
pub struct Errand {
    pub caller: Caller,
    pub socket: Socket,
    pub when: When,
    /// When it fails, and with what.
    pub deadline: Option<(Instant, i32)>,
    pub attempt: Box<dyn FnMut(&Socket) -> Step + Send>,
}

#[derive(Debug)]
pub struct Waiter {
    new: Arc<Mutex<Vec<Errand>>>,
    /// Where its thread works, as the broker's loop does: names of unix sockets are relative to it.
    proc: Arc<OwnedFd>,
    /// Wakes the thread, once there is one.
    wake: Mutex<Option<UnixStream>>,
}

impl fmt::Debug for Errand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Errand({:?}, {:?})", self.caller, self.when)
    }
}

impl Waiter {
    pub fn new(proc: OwnedFd) -> Waiter {
        Waiter { new: Arc::default(), proc: Arc::new(proc), wake: Mutex::default() }
    }

    /// Goes on with `errand` until it is done, and answers its call.
    pub fn add(&self, errand: Errand) {
        let mut wake = lock(&self.wake);
        if wake.is_none() {
            match self.start() {
                Ok(started) => *wake = Some(started),
                Err(_) => return errand.caller.answer(Err(libc::EAGAIN)),
            }
        }
        lock(&self.new).push(errand);
        // A full pipe wakes as well.
        let _ = wake.as_mut().map(|wake| wake.write(&[0]));
    }

    fn start(&self) -> io::Result<UnixStream> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        theirs.set_nonblocking(true)?;
        let (proc, shared) = (self.proc.clone(), self.new.clone());
        thread::Builder::new().name("waiter".into()).spawn(move || {
            let _ = process::work_in(proc.as_fd());
            run(&ours, &shared);
        })?;
        Ok(theirs)
    }
}

fn run(wake: &UnixStream, new: &Mutex<Vec<Errand>>) {
    let mut errands: Vec<Errand> = Vec::new();
    let (mut looked, mut retried) = (Instant::now(), Instant::now());
    loop {
        let mut interests = vec![socket::interest(wake.as_fd(), libc::POLLIN)];
        interests.extend(errands.iter().map(interest));
        if socket::wait(&mut interests, next_look(&errands, retried)).is_err() {
            thread::yield_now();
        }
        // The broker is gone with the last process of the jail: nobody waits any more.
        if interests.first().is_some_and(|wake| wake.revents & libc::POLLHUP != 0) {
            return;
        }
        let now = Instant::now();
        let look = now.duration_since(looked) >= LIVELINESS;
        if look {
            looked = now;
        }
        let retry = retry_after(&errands).is_some_and(|patience| now.duration_since(retried) >= patience);
        if retry {
            retried = now;
        }
        let mut happened = interests.iter().skip(1).map(|interest| interest.revents != 0);
        errands.retain_mut(|errand| {
            let happened = happened.next().unwrap_or(false) || retry && errand.when == When::SoonAgain;
            goes_on(errand, happened, look, now)
        });
        if take_new(wake, new, &mut errands, now) == Giver::Gone {
            return;
        }
    }
}

/// Who adds errands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Giver {
    There,
    /// The broker has ended: nobody waits for an answer any more.
    Gone,
}

fn interest(errand: &Errand) -> Interest {
    match errand.when {
        When::Readable => socket::interest(errand.socket.as_fd(), libc::POLLIN),
        When::Writable => socket::interest(errand.socket.as_fd(), libc::POLLOUT),
        // Unix sockets that are not connected would be told to be closed, at once and always.
        When::SoonAgain => socket::no_interest(),
    }
}

fn next_look(errands: &[Errand], retried: Instant) -> Option<Duration> {
    if errands.is_empty() {
        return None;
    }
    let now = Instant::now();
    let deadline = errands.iter().filter_map(|errand| errand.deadline).map(|(time, _)| time).min();
    let retry = retry_after(errands).map(|patience| retried + patience);
    let next = [deadline, retry].into_iter().flatten().min();
    Some(next.map_or(LIVELINESS, |time| time.saturating_duration_since(now).min(LIVELINESS)))
}

fn retry_after(errands: &[Errand]) -> Option<Duration> {
    let retried = errands.iter().filter(|errand| errand.when == When::SoonAgain).count() as u32;
    (retried > 0).then(|| RETRY * retried.div_ceil(RETRIED))
}

/// Whether the errand is not over yet. What is over is answered.
fn goes_on(errand: &mut Errand, happened: bool, look: bool, now: Instant) -> bool {
    if look && !errand.caller.still_waits() {
        return false;
    }
    if happened && let Step::Done(result) = (errand.attempt)(&errand.socket) {
        errand.caller.answer(result);
        return false;
    }
    match errand.deadline {
        Some((time, error)) if time <= now => {
            errand.caller.answer(Err(error));
            false
        }
        _ => true,
    }
}

fn take_new(wake: &UnixStream, new: &Mutex<Vec<Errand>>, errands: &mut Vec<Errand>, now: Instant) -> Giver {
    let mut bytes = [0u8; 256];
    let mut wake = wake;
    loop {
        match wake.read(&mut bytes) {
            Ok(0) => return Giver::Gone,
            Ok(length) if length == bytes.len() => {}
            _ => break,
        }
    }
    for mut errand in lock(new).drain(..) {
        if errands.len() >= LIMIT {
            errand.caller.answer(Err(libc::EAGAIN));
        } else if goes_on(&mut errand, true, false, now) {
            errands.push(errand);
        }
    }
    Giver::There
}
