//! The thread that writes.

use super::{Message, Places};
use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::Receiver;
use std::thread;

const FULL: &str = "denied more than is listed here\n";
const FULL_JSON: &str = "{\"trusted\":true,\"more\":true}\n";

pub fn start(mut places: Places, receiver: Receiver<Message>) -> io::Result<()> {
    thread::Builder::new()
        .name("reports".into())
        .stack_size(64 * 1024)
        .spawn(move || {
            // Ends when the last `Reports` is gone.
            for message in receiver {
                write(&mut places, message);
            }
        })
        .map(drop)
}

/// A place that can't be written to is given up, the target goes on: a report is no part of what holds it.
fn write(places: &mut Places, message: Message) {
    match message {
        Message::Denied(denial) => {
            append(&mut places.json, &denial.json());
            if !places.quiet && !denial.is_harmless() {
                places.quiet = io::stderr().write_all(denial.line().as_bytes()).is_err();
            }
        }
        Message::Full => {
            append(&mut places.json, FULL_JSON);
            if !places.quiet {
                places.quiet = io::stderr().write_all(FULL.as_bytes()).is_err();
            }
        }
        Message::Flush(done) => {
            let _ = done.try_send(());
        }
    }
}

fn append(file: &mut Option<File>, line: &str) {
    if file.as_mut().is_some_and(|file| file.write_all(line.as_bytes()).is_err()) {
        *file = None;
    }
}
