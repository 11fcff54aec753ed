//! Brings every package that is needed to its staged place: from the store, or from its registry through the store.

use super::ahead::Shelf;
use super::namesakes::Namesakes;
use super::progress;
use crate::client::{Client, LARGEST_TARBALL, Network, Tarball};
use crate::error::{Error, Result, quoted, refused};
use crate::integrity::Integrity;
use crate::lockfile::{Package, Source};
use crate::manifest::read_limited;
use crate::report::Report;
use crate::settings::Settings;
use crate::store::{Store, Stored, same_version};
use crate::tree::Filling;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// One tarball, and everywhere it goes.
pub struct Job<'a> {
    pub integrity: &'a Integrity,
    pub places: Vec<Place<'a>>,
}

pub struct Place<'a> {
    pub package: &'a Package,
    pub staged: PathBuf,
    /// Below it, what other packages fill.
    pub except: Vec<String>,
}

struct Gathering<'a> {
    project: &'a Path,
    namesakes: &'a Namesakes<'a>,
    settings: &'a Settings,
    store: Store,
    shelf: &'a Shelf,
    filling: Filling,
    wanted_scripts: Mutex<BTreeMap<String, Vec<String>>>,
    fetched: AtomicUsize,
    fetched_bytes: AtomicU64,
    done: AtomicUsize,
    wrong: Mutex<Option<Error>>,
}

/// One job for each different tarball.
pub fn jobs<'a>(places: Vec<Place<'a>>) -> Vec<Job<'a>> {
    let mut jobs: Vec<Job<'a>> = Vec::new();
    let mut known: HashMap<&Integrity, usize> = HashMap::new();
    for place in places {
        let Some(integrity) = &place.package.integrity else { continue };
        match known.get(integrity) {
            Some(job) => jobs[*job].places.push(place),
            None => {
                known.insert(integrity, jobs.len());
                jobs.push(Job { integrity, places: vec![place] });
            }
        }
    }
    jobs
}

pub fn gather(
    jobs: Vec<Job<'_>>,
    project: &Path,
    namesakes: &Namesakes<'_>,
    shelf: &Shelf,
    settings: &Settings,
    shows_progress: bool,
    report: &mut Report,
) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let gathering = Gathering {
        project,
        namesakes,
        settings,
        store: Store::open(&shelf.folder)?,
        shelf,
        filling: Filling::default(),
        wanted_scripts: Mutex::default(),
        fetched: AtomicUsize::new(0),
        fetched_bytes: AtomicU64::new(0),
        done: AtomicUsize::new(0),
        wrong: Mutex::new(None),
    };
    let line = || {
        let (done, bytes) = (&gathering.done, &gathering.fetched_bytes);
        progress::bar(done.load(Ordering::Relaxed), jobs.len(), bytes.load(Ordering::Relaxed))
    };
    progress::beside(shows_progress, &line, || {
        let missing = gathering.take_from_store(&jobs);
        gathering.take_from_registries(missing);
    });
    gathering.tell(report)
}

/// Computes something while the packages come.
pub fn beside<T: Send>(other: impl FnOnce() -> T + Send, gather: impl FnOnce() -> Result<()>) -> Result<T> {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        gather()?;
        other.join().map_err(|_| Error::Failed("A thread ended too early".to_owned()))
    })
}

impl<'a> Gathering<'a> {
    /// Returns what the store has not.
    fn take_from_store<'j>(&self, jobs: &'j [Job<'a>]) -> Vec<&'j Job<'a>> {
        self.shelf.close();
        // The largest first: started last, it would keep one thread busy when the others have nothing left to do.
        let mut jobs: Vec<&'j Job<'a>> = jobs.iter().collect();
        jobs.sort_by_cached_key(|job| std::cmp::Reverse(self.store.extent(job.integrity)));
        let next = AtomicUsize::new(0);
        let missing = Mutex::new(Vec::new());
        let work = || {
            while let Some(&job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| self.is_going_well()) {
                match self.stored(job) {
                    Ok(Some(stored)) => self.note(self.place(job, &stored)),
                    Ok(None) => lock(&missing).push(job),
                    Err(error) => self.note(Err(error)),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers().min(jobs.len()) {
                scope.spawn(work);
            }
            work();
        });
        missing.into_inner().unwrap_or_default()
    }

    fn stored(&self, job: &Job<'_>) -> Result<Option<Stored>> {
        if let Some(stored) = self.shelf.take(job.integrity) {
            return Ok(Some(stored));
        }
        if let Some(stored) = self.store.find(job.integrity)? {
            return Ok(Some(stored));
        }
        match &job.places[0].package.source {
            Source::File(path) => self.take_from_file(job, path).map(Some),
            _ => Ok(None),
        }
    }

    fn take_from_file(&self, job: &Job<'_>, path: &str) -> Result<Stored> {
        let path = self.project.join(path);
        let tarball = read_limited(&path, LARGEST_TARBALL)?;
        let mut check = job.integrity.check();
        check.update(&tarball);
        match check.finish() {
            Ok(()) => self.add(job, &tarball),
            Err(actual) => {
                refused(format!("{} is not what the lockfile says: it has {actual}", quoted(&path.to_string_lossy())))
            }
        }
    }

    /// Many wait for the network, few unpack. Who waits to hand a tarball on asks for no other; each may be one ahead.
    fn take_from_registries(&self, missing: Vec<&Job<'a>>) {
        if missing.is_empty() || !self.is_going_well() {
            return;
        }
        let network = Network::new(self.settings.certificates.clone());
        let next = AtomicUsize::new(0);
        let (sender, receiver) = sync_channel(self.settings.concurrency);
        let receiver = Mutex::new(receiver);
        std::thread::scope(|scope| {
            for _ in 0..self.settings.concurrency.min(missing.len()) {
                let (sender, missing, next, network) = (sender.clone(), &missing, &next, &network);
                scope.spawn(move || self.fetch(missing, next, network, &sender));
            }
            drop(sender);
            for _ in 0..workers() {
                scope.spawn(|| self.unpack(&receiver));
            }
        });
    }

    fn fetch<'j>(
        &self,
        missing: &[&'j Job<'a>],
        next: &AtomicUsize,
        network: &Network,
        sender: &SyncSender<(&'j Job<'a>, Tarball)>,
    ) {
        let mut client = Client::new(self.settings, network);
        while let Some(job) = missing.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| self.is_going_well()) {
            let (Source::Registry(url) | Source::Remote(url)) = &job.places[0].package.source else { continue };
            match client.fetch(url, job.integrity) {
                Ok(tarball) => {
                    self.fetched.fetch_add(1, Ordering::Relaxed);
                    self.fetched_bytes.fetch_add(tarball.len() as u64, Ordering::Relaxed);
                    if sender.send((job, tarball)).is_err() {
                        return;
                    }
                }
                Err(error) => self.note(Err(named(job, error))),
            }
        }
    }

    fn unpack(&self, receiver: &Mutex<Receiver<(&Job<'a>, Tarball)>>) {
        loop {
            let received = lock(receiver).recv();
            let Ok((job, tarball)) = received else { return };
            if self.is_going_well() {
                self.note(self.add(job, &tarball).and_then(|stored| self.place(job, &stored)));
            }
        }
    }

    fn add(&self, job: &Job<'_>, tarball: &[u8]) -> Result<Stored> {
        self.store.add(job.integrity, tarball).map_err(|error| named(job, error))
    }

    fn place(&self, job: &Job<'_>, stored: &Stored) -> Result<()> {
        for place in &job.places {
            is_what_was_locked(place.package, stored)?;
            self.namesakes.check(place.package, &stored.index.wants, &stored.index.peers)?;
            self.filling.fill(stored, &place.staged, &place.except)?;
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        if !stored.index.scripts.is_empty() {
            let name = format!("{}@{}", stored.index.name, stored.index.version);
            lock(&self.wanted_scripts).insert(name, stored.index.scripts.clone());
        }
        Ok(())
    }

    /// The first thing that goes wrong is what is told.
    fn note(&self, result: Result<()>) {
        if let Err(error) = result {
            lock(&self.wrong).get_or_insert(error);
        }
    }

    fn is_going_well(&self) -> bool {
        lock(&self.wrong).is_none()
    }

    fn tell(self, report: &mut Report) -> Result<()> {
        if let Some(error) = lock(&self.wrong).take() {
            return Err(error);
        }
        report.fetched = self.fetched.load(Ordering::Relaxed);
        report.fetched_bytes = self.fetched_bytes.load(Ordering::Relaxed);
        report.linked = self.filling.linked.load(Ordering::Relaxed);
        report.copied = self.filling.copied.load(Ordering::Relaxed);
        report.wanted_scripts = std::mem::take(&mut *lock(&self.wanted_scripts)).into_iter().collect();
        Ok(())
    }
}

fn named(job: &Job<'_>, error: Error) -> Error {
    let package = job.places[0].package;
    error.at(format!("{}@{}", package.name, package.version))
}

fn is_what_was_locked(package: &Package, stored: &Stored) -> Result<()> {
    let index = &stored.index;
    if index.name == package.name && (package.version.is_empty() || same_version(&index.version, &package.version)) {
        return Ok(());
    }
    refused(format!(
        "{} is locked as {}, but its tarball is {}",
        quoted(&package.location),
        quoted(&format!("{}@{}", package.name, package.version)),
        quoted(&format!("{}@{}", index.name, index.version))
    ))
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(8)
}

/// A thread that panicked ends the program (`panic = "abort"`): there is no poison to care for.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
