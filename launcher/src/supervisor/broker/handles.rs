//! Handles on threads that call often: to make one for each call costs as much as the call.
//!
//! A handle is of one thread for ever. While that thread lives, its number is no other's; when it has died, the handle
//! says so (ESRCH), and a new one is made.

use crate::sys::process;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

/// Threads that call by turns.
const KEPT: usize = 8;

/// The latest callers, each with its number; the latest one first.
#[derive(Debug, Default)]
pub struct Handles(Mutex<Vec<(i32, OwnedFd)>>);

impl Handles {
    /// Does `act` with a handle on `thread`.
    pub fn with<T>(&self, thread: i32, act: impl Fn(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.iter().position(|(own, _)| *own == thread) {
            kept[..=place].rotate_right(1);
            match act(kept[0].1.as_fd()) {
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => drop(kept.remove(0)),
                result => return result,
            }
        }
        let handle = process::handle(thread)?;
        let result = act(handle.as_fd());
        kept.insert(0, (thread, handle));
        kept.truncate(KEPT);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::process::Command;

    #[test]
    fn a_thread_has_one_handle_and_few_threads_have_one() {
        let handles = Handles::default();
        let number = std::process::id() as i32;
        let first = handles.with(number, |handle| Ok(handle.as_raw_fd())).unwrap();
        assert_eq!(handles.with(number, |handle| Ok(handle.as_raw_fd())).unwrap(), first);
        let children: Vec<_> = (0..20).map(|_| Command::new("/bin/sleep").arg("9").spawn().unwrap()).collect();
        for child in &children {
            handles.with(child.id() as i32, |_| Ok(())).unwrap();
        }
        assert_eq!(handles.0.lock().unwrap().len(), KEPT);
        for mut child in children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    #[test]
    fn a_handle_of_a_thread_that_died_is_not_used_for_another() {
        let handles = Handles::default();
        let mut child = Command::new("/bin/sleep").arg("9").spawn().unwrap();
        let number = child.id() as i32;
        let take = |handle: BorrowedFd<'_>| process::take_descriptor(handle, 0).map(drop);
        handles.with(number, take).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(handles.with(number, take).unwrap_err().raw_os_error(), Some(libc::ESRCH));
    }
}
