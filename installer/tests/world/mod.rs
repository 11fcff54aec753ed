//! A project, a store and a registry on loopback, for tests that start the program itself.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod tar;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
pub use tar::{file, gzip};

/// A tarball of `name` with these files beside its package.json, which gets these members.
pub fn tarball(name: &str, version: &str, members: &str, entries: &[Vec<u8>]) -> Vec<u8> {
    let manifest = format!("{{\"name\":\"{name}\",\"version\":\"{version}\"{members}}}");
    gzip(&[file("package.json", &manifest), entries.concat(), vec![0; 1024]].concat())
}

pub fn integrity(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA512, bytes);
    let mut text = String::from("sha512-");
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in digest.as_ref().chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ((word >> (18 - 6 * place)) & 63) as usize;
            text.push(if place <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}

/// What the registry does with a path.
#[derive(Clone)]
pub enum Answer {
    Tarball(Vec<u8>),
    /// These bytes and no more, then the connection is closed.
    Raw(Vec<u8>),
    /// The first number of times the first, then the second.
    First(usize, Box<Answer>, Box<Answer>),
    /// Nothing, for as long as the test runs.
    Silence,
}

#[derive(Default)]
struct Served {
    answers: BTreeMap<String, Answer>,
    requests: Vec<String>,
}

pub struct Registry {
    pub url: String,
    served: Arc<Mutex<Served>>,
    pub requests: Arc<AtomicUsize>,
}

impl Registry {
    fn start() -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let served = Arc::new(Mutex::new(Served::default()));
        let requests = Arc::new(AtomicUsize::new(0));
        let (shared, counted) = (served.clone(), requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, counted) = (shared.clone(), counted.clone());
                std::thread::spawn(move || converse(stream, &shared, &counted));
            }
        });
        Registry { url, served, requests }
    }

    pub fn answer(&self, path: &str, answer: Answer) {
        self.served.lock().expect("unbroken").answers.insert(path.to_owned(), answer);
    }

    pub fn asked(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn converse(mut stream: TcpStream, served: &Mutex<Served>, counted: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            line.clear();
        }
        counted.fetch_add(1, Ordering::SeqCst);
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        match next_answer(served, &path) {
            Some(Answer::Tarball(bytes)) => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
                if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes)).is_err() {
                    return;
                }
            }
            Some(Answer::Raw(bytes)) => {
                drop(stream.write_all(&bytes));
                drop(stream.shutdown(std::net::Shutdown::Both));
                return;
            }
            Some(Answer::Silence) => std::thread::sleep(std::time::Duration::from_secs(3600)),
            Some(Answer::First(..)) | None => {
                drop(stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
            }
        }
    }
}

fn next_answer(served: &Mutex<Served>, path: &str) -> Option<Answer> {
    let mut served = served.lock().expect("unbroken");
    served.requests.push(path.to_owned());
    match served.answers.get_mut(path)? {
        Answer::First(left, first, then) => {
            if *left == 0 {
                return Some((**then).clone());
            }
            *left -= 1;
            Some((**first).clone())
        }
        other => Some(other.clone()),
    }
}

pub struct World {
    pub folder: PathBuf,
    pub registry: Registry,
    dependencies: BTreeMap<String, String>,
    packages: BTreeMap<String, String>,
}

static COUNTER: AtomicU64 = AtomicU64::new(0);

impl World {
    pub fn new() -> World {
        let number = COUNTER.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("cordon-install-test-{}-{number}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(folder.join("project")).expect("a folder");
        std::fs::write(folder.join("canary"), "untouched").expect("a file");
        World { folder, registry: Registry::start(), dependencies: BTreeMap::new(), packages: BTreeMap::new() }
    }

    pub fn project(&self) -> PathBuf {
        self.folder.join("project")
    }

    pub fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.project().join(path)
    }

    /// A package that the project depends on, on the registry and in the lockfile.
    pub fn package(&mut self, name: &str, version: &str, bytes: Vec<u8>) {
        self.depends(name, version);
        self.place(&format!("node_modules/{name}"), name, version, bytes, "");
    }

    pub fn depends(&mut self, name: &str, range: &str) {
        self.dependencies.insert(name.to_owned(), range.to_owned());
    }

    /// A lockfile's entry with more members, and the tarball that it names.
    pub fn place(&mut self, location: &str, name: &str, version: &str, bytes: Vec<u8>, members: &str) {
        let bare = name.rsplit('/').next().expect("a name");
        let path = format!("/{name}/-/{bare}-{version}.tgz");
        let entry = format!(
            r#"{{"version":"{version}","resolved":"{}{}","integrity":"{}"{members}}}"#,
            self.registry.url,
            &path[1..],
            integrity(&bytes)
        );
        self.registry.answer(&path, Answer::Tarball(bytes));
        self.packages.insert(location.to_owned(), entry);
    }

    pub fn entry(&mut self, location: &str, entry: &str) {
        self.packages.insert(location.to_owned(), entry.to_owned());
    }

    pub fn forget(&mut self, name: &str) {
        self.dependencies.remove(name);
        self.packages.remove(&format!("node_modules/{name}"));
    }

    /// Writes package.json and the lockfile; `members` go into both.
    pub fn write(&self, members: &str) {
        let pairs: Vec<String> =
            self.dependencies.iter().map(|(name, range)| format!("\"{name}\":\"{range}\"")).collect();
        let root =
            format!("{{\"name\":\"project\",\"version\":\"1.0.0\",\"dependencies\":{{{}}}{members}}}", pairs.join(","));
        std::fs::write(self.path("package.json"), &root).expect("written");
        let entries: Vec<String> = self.packages.iter().map(|(place, entry)| format!("\"{place}\":{entry}")).collect();
        let lockfile = format!(
            "{{\"name\":\"project\",\"version\":\"1.0.0\",\"lockfileVersion\":3,\"requires\":true,\"packages\":{{\"\":{root}{}{}}}}}",
            if entries.is_empty() { "" } else { "," },
            entries.join(",")
        );
        std::fs::write(self.path("package-lock.json"), lockfile).expect("written");
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordon-install"));
        let settings = format!(r#"{{"registry":"{}","timeout":2000,"retries":2}}"#, self.registry.url);
        command.args(words).arg(format!("--store={}", self.store().display()));
        command.current_dir(self.project()).env_clear().env("CORDON_INSTALL_SETTINGS", settings);
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("started")
    }

    pub fn start(&self, words: &[&str]) -> Child {
        self.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
    }

    /// Installs, and returns what was said; the test fails if that failed.
    pub fn install(&self) -> String {
        let output = self.run(&["install"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What was said when it was refused; the test fails if it was not.
    pub fn refusal(&self) -> String {
        let output = self.run(&["install"]);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| format!("{path}: {error}"))
    }

    pub fn is_there(&self, path: &str) -> bool {
        std::fs::symlink_metadata(self.path(path)).is_ok()
    }

    /// Nothing half made in the store, nothing staged in the project.
    pub fn is_clean(&self) -> Result<(), String> {
        let tmp = names(&self.store().join("v1/tmp"));
        let own = names(&self.path("node_modules/.cordon"));
        let known = |name: &String| matches!(name.as_str(), "lock" | "state");
        match (tmp.is_empty(), own.iter().all(known)) {
            (true, true) => Ok(()),
            _ => Err(format!("left behind: {tmp:?} {own:?}")),
        }
    }

    pub fn canary(&self) -> String {
        std::fs::read_to_string(self.folder.join("canary")).expect("the canary")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        listing.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
