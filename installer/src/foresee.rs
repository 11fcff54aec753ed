//! Looks ahead of the resolver: asks for the lists of versions that it will ask for, hands over of each what can matter, and
//! meanwhile puts the tarballs of the likely versions into the store. The resolver alone decides; what it wants and is not
//! here it asks for itself, and a tarball that it does not want stays an unused entry.

mod cache;
mod hand_over;
mod list;
mod range;
mod slices;
mod time;
mod walk;

use crate::arguments::Arguments;
use crate::client::{Client, Network, Tarball};
use crate::error::Result;
use crate::integrity::Integrity;
use crate::manifest::{Manifest, entries};
use crate::plan::is_for;
use crate::settings::Settings;
use crate::store::Store;
use cache::{Cache, now};
use list::List;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use walk::{Need, Rules, Task, Walk};

/// The forms of a list that registries know: `suite/package-manager/registry/metadata.ts` asks for the same.
const ABRIDGED: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";
const WHOLE: &str = "application/json";

/// Who is slower is left to the resolver, which has more patience.
const PATIENCE: Duration = Duration::from_secs(5);
/// The resolver waits for what is foreseen.
const LONGEST: Duration = Duration::from_secs(20);
/// The resolver is done: what is on its way may still come, as it would be asked for once more.
const LAST_MOMENT: Duration = Duration::from_secs(10);
/// How much less of the processors it gets than the resolver (nice(2)).
const BEHIND: i32 = 10;
const LARGEST: u64 = 96 << 20;
/// Of all lists together.
const MOST: u64 = 384 << 20;
/// Of a list that is being unpacked.
const PIECE: u64 = 1 << 20;

struct Looking<'a> {
    rules: Rules<'a>,
    cache: Cache,
    store: Store,
    state: Mutex<State>,
    /// There is something to do, or nothing any more.
    news: Condvar,
    read: AtomicU64,
    /// The resolver is done.
    over: AtomicBool,
}

#[derive(Default)]
struct State {
    walk: Walk,
    versions: Vec<(String, String, Vec<u8>)>,
    /// Lists and versions that somebody is asking for.
    asking: usize,
    /// Something went wrong: nothing more is asked for.
    given_up: bool,
}

/// Ends by itself a moment after stdin does.
pub fn run(arguments: &Arguments, settings: &Settings, folder: &Path) -> Result<()> {
    // The resolver has one thread, and this has many. Where that is refused, it is only slower.
    let _ = rustix::process::nice(BEHIND);
    let settings = Settings { retries: 0, timeout: PATIENCE, ..settings.clone() };
    let is_for_us = |manifest: &Map<String, Value>| is_for(manifest, &arguments.platform);
    let manifests = manifests(folder, &settings)?;
    let overrides = manifests.iter().any(|manifest| manifest.overrides().is_some());
    let age = i64::try_from(now()).unwrap_or(i64::MAX) - arguments.age;
    let rules = Rules {
        settings: &settings,
        engine: arguments.engine.as_deref().and_then(|engine| range::release(engine).ok()?),
        limit: age,
        is_for_us: &is_for_us,
        tarballs: !arguments.lists_only && !overrides,
    };
    let looking = Looking {
        rules,
        cache: Cache::new(&arguments.store),
        store: Store::open(&arguments.store)?,
        state: Mutex::default(),
        news: Condvar::new(),
        read: AtomicU64::new(0),
        over: AtomicBool::new(false),
    };
    looking.begin(&manifests);
    let network = Network::new(settings.certificates.clone());
    let (sender, receiver) = sync_channel(settings.concurrency);
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        scope.spawn(|| looking.heed_the_end());
        let network = &network;
        let looking = &looking;
        let askers: Vec<_> = (0..settings.concurrency)
            .map(|_| {
                let sender = sender.clone();
                scope.spawn(move || looking.ask(network, &sender))
            })
            .collect();
        drop(sender);
        let helping = scope.spawn(|| looking.unpack(&receiver));
        looking.hand_over();
        for asker in askers {
            drop(asker.join());
        }
        looking.unpack(&receiver);
        // It may have taken the last one.
        drop(helping.join());
        looking.end()
    })
}

fn manifests(folder: &Path, settings: &Settings) -> Result<Vec<Manifest>> {
    let members = settings.members.iter().flatten().map(String::as_str);
    std::iter::once("").chain(members).map(|member| Manifest::read(folder, member)).collect()
}

impl Looking<'_> {
    /// Nobody waits for the thread that waits for stdin.
    fn end(&self) -> ! {
        self.store.leave();
        std::process::exit(0)
    }

    fn begin(&self, manifests: &[Manifest]) {
        let mut state = self.state();
        let names = manifests.iter().filter_map(|manifest| manifest.value.get("name")?.as_str());
        state.walk.own.extend(names.map(str::to_owned));
        for manifest in manifests {
            for section in ["dependencies", "optionalDependencies", "devDependencies"] {
                for (name, spec) in entries(&manifest.value, section) {
                    state.walk.visit(&self.rules, name, spec, Need::Surely);
                }
            }
            for (name, spec) in entries(&manifest.value, "peerDependencies") {
                state.walk.visit(&self.rules, name, spec, Need::Perhaps);
            }
        }
        state.walk.go_on(&self.rules);
    }

    fn heed_the_end(&self) {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        self.over.store(true, Ordering::Relaxed);
        self.news.notify_all();
        std::thread::sleep(LAST_MOMENT);
        self.end()
    }

    /// One connection's work.
    fn ask(&self, network: &Network, fetched: &SyncSender<(Integrity, Tarball)>) {
        let mut client = Client::new(self.rules.settings, network);
        while let Some(task) = self.next() {
            match task {
                Task::List { name, whole } => {
                    let list = self.list(&mut client, &name, whole);
                    self.note(|state| state.walk.listed(&self.rules, &name, whole, list));
                }
                Task::Version { name, version } => {
                    let text = self.version(&mut client, &name, &version);
                    self.note(|state| state.versions.extend(text.map(|text| (name, version, text))));
                }
                Task::Tarball { url, integrity } => {
                    let known = self.store.extent(&integrity) > 0;
                    if !known && let Ok(tarball) = client.fetch(&url, &integrity) {
                        drop(fetched.send((integrity, tarball)));
                    }
                }
            }
        }
    }

    /// Lists first: the resolver waits for them, and for no tarball.
    fn next(&self) -> Option<Task> {
        let mut state = self.state();
        loop {
            if self.over.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(task) = state.walk.tasks.pop_front().filter(|_| !state.given_up) {
                state.asking += 1;
                return Some(task);
            }
            if state.is_settled() {
                return state.walk.tarballs.pop_front();
            }
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        state.asking -= 1;
        change(&mut state);
        if state.is_settled() && !state.given_up {
            state.walk.go_on_with_peers(&self.rules);
        }
        drop(state);
        self.news.notify_all();
    }

    fn list(&self, client: &mut Client<'_>, name: &str, whole: bool) -> Option<List> {
        let url = format!("{}{}", self.rules.settings.registry_of(name), name.replace('/', "%2f"));
        let text = self.document(client, &url, if whole { WHOLE } else { ABRIDGED })?;
        List::read(text, name)
    }

    fn version(&self, client: &mut Client<'_>, name: &str, version: &str) -> Option<Vec<u8>> {
        let registry = self.rules.settings.registry_of(name);
        self.document(client, &format!("{registry}{}/{version}", name.replace('/', "%2f")), WHOLE)
    }

    /// From the cache where that is fresh.
    fn document(&self, client: &mut Client<'_>, url: &str, accept: &str) -> Option<Vec<u8>> {
        let place = crate::url::Url::parse(url).ok()?;
        let kept = self.cache.read(accept, url, LARGEST);
        if kept.as_ref().is_some_and(|kept| kept.fresh) {
            return kept.map(|kept| kept.body).filter(|body| self.count(body.len()).is_some());
        }
        let etag = kept.as_ref().map_or("", |kept| kept.etag.as_str());
        // The resolver knows what to do about a registry that does not answer as it should, and tells it.
        let Some((answer, _lease)) = client.ask(&place, accept, etag) else {
            self.state().given_up = true;
            return None;
        };
        let (etag, body) = match (answer.status, kept) {
            (304, Some(kept)) => (kept.etag, self.unpacked(kept.body, "")?),
            (200, _) => (answer.etag, self.unpacked(answer.bytes, &answer.encoding)?),
            _ => return None,
        };
        self.cache.write(accept, url, &etag, &answer.cache_control, &body);
        Some(body)
    }

    /// Counted while it is unpacked: many may be at it at a time.
    fn unpacked(&self, bytes: Vec<u8>, encoding: &str) -> Option<Vec<u8>> {
        match encoding {
            "" | "identity" => (bytes.len() as u64 <= LARGEST && self.count(bytes.len()).is_some()).then_some(bytes),
            "gzip" => {
                let (mut text, mut from) = (Vec::new(), flate2::read::MultiGzDecoder::new(&bytes[..]));
                loop {
                    let read = from.by_ref().take(PIECE).read_to_end(&mut text).ok()?;
                    self.count(read)?;
                    if read == 0 || text.len() as u64 > LARGEST {
                        return (read == 0).then_some(text);
                    }
                }
            }
            _ => None,
        }
    }

    fn count(&self, bytes: usize) -> Option<()> {
        let before = self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        if before + bytes as u64 > MOST {
            self.state().given_up = true;
            return None;
        }
        Some(())
    }

    /// Hands over what is there, until there is everything that can be foreseen.
    fn hand_over(&self) {
        let mut out = std::io::stdout().lock();
        let until = Instant::now() + LONGEST;
        loop {
            let waiting = |state: &mut State| !state.has_news() && !self.is_done(state);
            let left = until.saturating_duration_since(Instant::now());
            let waited = self.news.wait_timeout_while(self.state(), left, waiting);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let is_last = self.is_done(&state) || Instant::now() >= until;
            // What was not foreseen by now, nobody waits for.
            state.given_up |= is_last && !state.is_settled();
            let mut part = state.news();
            let packages = if is_last { std::mem::take(&mut state.walk.packages) } else { HashMap::new() };
            drop(state);
            drop(packages);
            part.extend_from_slice(if is_last { hand_over::END } else { b"" });
            // Who does not want it any more closes the pipe.
            if out.write_all(&part).and_then(|()| out.flush()).is_err() || is_last {
                return;
            }
        }
    }

    fn is_done(&self, state: &State) -> bool {
        state.is_settled() || self.over.load(Ordering::Relaxed)
    }

    fn unpack(&self, fetched: &Mutex<Receiver<(Integrity, Tarball)>>) {
        loop {
            let received = fetched.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((integrity, tarball)) = received else { return };
            // What is wrong with it, who installs it will say.
            drop(self.store.add(&integrity, &tarball));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_news(&self) -> bool {
        !self.versions.is_empty() || !self.walk.fresh.is_empty()
    }

    /// What came since it was asked for last.
    fn news(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        for name in std::mem::take(&mut self.walk.fresh) {
            if let Some(package) = self.walk.packages.get(&name) {
                hand_over::package(&mut out, &name, package);
            }
        }
        for (name, version, text) in std::mem::take(&mut self.versions) {
            hand_over::version(&mut out, &name, &version, &text);
        }
        out
    }

    fn is_settled(&self) -> bool {
        self.asking == 0 && (self.given_up || self.walk.tasks.is_empty())
    }
}
