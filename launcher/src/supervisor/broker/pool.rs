//! Threads for calls that may wait: they come when they are needed, up to a limit, and go when they are idle.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const THREADS: usize = 64;
/// A target's thread that dies leaves its job behind, so the number of threads does not bound the number of jobs.
const WAITING: usize = 4096;
const IDLE: Duration = Duration::from_secs(2);
/// What a handler needs at most: its buffers lie on the heap.
const STACK: usize = 256 * 1024;

type Job = Box<dyn FnOnce() + Send>;

/// No room for another job.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

#[derive(Clone, Default)]
pub struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

impl Pool {
    pub fn new() -> Pool {
        Pool::default()
    }

    /// Runs `job` on one of the pool's threads, soon or when one is free.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) -> Result<(), Full> {
        let mut state = self.shared.lock();
        if state.jobs.len() >= WAITING {
            return Err(Full);
        }
        if state.idle <= state.jobs.len() && state.threads < THREADS {
            match self.start() {
                Ok(()) => state.threads += 1,
                Err(_) if state.threads == 0 => return Err(Full),
                Err(_) => {}
            }
        }
        state.jobs.push_back(Box::new(job));
        self.shared.work.notify_one();
        Ok(())
    }

    fn start(&self) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name("broker".into()).stack_size(STACK).spawn(move || shared.work()).map(drop)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    /// The next job; `None` when there was none for a while.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            let (woken, waited) = self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.shared.lock();
        write!(out, "Pool {{ threads: {}, idle: {}, jobs: {} }}", state.threads, state.idle, state.jobs.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn jobs_that_wait_do_not_hold_up_others() {
        let pool = Pool::new();
        let (release, gate) = mpsc::channel::<()>();
        let (done, finished) = mpsc::channel();
        pool.run(move || {
            let _ = gate.recv();
        })
        .unwrap();
        pool.run(move || done.send(()).unwrap()).unwrap();
        finished.recv_timeout(Duration::from_secs(5)).unwrap();
        drop(release);
    }

    #[test]
    fn threads_and_waiting_jobs_have_a_limit() {
        let pool = Pool::new();
        let gate = Arc::new(Mutex::new(()));
        let held = gate.lock().unwrap();
        let mut refused = 0;
        for _ in 0..THREADS + WAITING + 100 {
            let gate = Arc::clone(&gate);
            refused += usize::from(pool.run(move || drop(gate.lock())).is_err());
        }
        assert!(refused >= 100, "{refused} refused");
        assert_eq!(pool.shared.lock().threads, THREADS);
        drop(held);
    }
}
