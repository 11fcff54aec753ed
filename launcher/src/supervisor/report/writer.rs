//! The thread that writes.

use super::{Message, Places};
use crate::denial::{Denial, Source};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

const FULL: &str = "denied more than is listed here\n";
const FULL_JSON: &str = "{\"trusted\":true,\"more\":true}\n";
/// How long a denial of the broker's waits for what the runtime knows about it: the error has to reach the program first.
const PATIENCE: Duration = Duration::from_millis(150);
/// Denials that wait at once; beyond these nothing waits.
const WAITING: usize = 64;

/// Takes `places` where the thread starts.
pub fn start(places: &mut Option<Box<Places>>, receiver: Receiver<Message>) -> io::Result<()> {
    let (hand, taken) = std::sync::mpsc::sync_channel(1);
    thread::Builder::new().name("reports".into()).stack_size(64 * 1024).spawn(move || {
        let Ok(places) = taken.recv() else { return };
        let mut desk = Desk { places, waiting: VecDeque::new() };
        // Ends when the last `Reports` is gone.
        while let Some(message) = desk.next(&receiver) {
            desk.take(message);
        }
        desk.write_until(None);
    })?;
    if let Some(places) = places.take() {
        // The thread waits for just this.
        let _ = hand.send(places);
    }
    Ok(())
}

struct Desk {
    places: Box<Places>,
    /// Oldest first, each with the time when it is written as it is.
    waiting: VecDeque<(Instant, Denial)>,
}

impl Desk {
    /// The next message; meanwhile writes what waited long enough.
    fn next(&mut self, receiver: &Receiver<Message>) -> Option<Message> {
        loop {
            let Some((until, _)) = self.waiting.front() else { return receiver.recv().ok() };
            match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(message) => return Some(message),
                Err(RecvTimeoutError::Timeout) => self.write_until(Some(Instant::now())),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Denied(denial) if denial.source == Source::Broker && self.waiting.len() < WAITING => {
                self.waiting.push_back((Instant::now() + PATIENCE, *denial));
            }
            Message::Denied(denial) => self.write(&denial),
            Message::Explained(denial) => self.explain(*denial),
            Message::Full => {
                self.write_until(None);
                append(&mut self.places.json, FULL_JSON);
                self.show(FULL);
            }
            Message::Flush(done) => {
                self.write_until(None);
                let _ = done.try_send(());
            }
        }
    }

    /// Completes the broker's denial if that still waits. Else it stands for itself where it names another grant.
    fn explain(&mut self, denial: Denial) {
        let same = |(_, other): &(Instant, Denial)| {
            (other.permission, &other.resource) == (denial.permission, &denial.resource)
        };
        if let Some((_, mut waiting)) = self.waiting.iter().position(same).and_then(|at| self.waiting.remove(at)) {
            waiting.origin = denial.origin;
            waiting.grant = denial.grant;
            self.write(&waiting);
        } else if let Some(grant) = denial.grant.clone() {
            self.write(&Denial { resource: grant, ..denial });
        }
    }

    /// Writes what waits until `now`, or all of it.
    fn write_until(&mut self, now: Option<Instant>) {
        while let Some((_, denial)) = self.waiting.pop_front_if(|(until, _)| now.is_none_or(|now| *until <= now)) {
            self.write(&denial);
        }
    }

    fn write(&mut self, denial: &Denial) {
        append(&mut self.places.json, &denial.json());
        if let Some(line) = self.places.advice.offer(denial) {
            append(&mut self.places.offers, &line);
        }
        if !denial.is_harmless() {
            self.show(&format!("{}{}", denial.line(), self.places.advice.about(denial)));
        }
    }

    /// A place that can't be written to is given up, the target goes on: a report is no part of what holds it.
    fn show(&mut self, text: &str) {
        if !self.places.quiet {
            self.places.quiet = io::stderr().write_all(text.as_bytes()).is_err();
        }
    }
}

fn append(file: &mut Option<File>, line: &str) {
    if file.as_mut().is_some_and(|file| file.write_all(line.as_bytes()).is_err()) {
        *file = None;
    }
}
