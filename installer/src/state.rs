//! "Nothing to do", told without reading a lockfile: what was read the last time, and what was there afterwards.
//!
//! `node_modules/.cordon/state` names the options, the digest of each file that decides, and where each package is on disk
//! (device-independent: the inode of its package.json). Any doubt means that the long way is taken.

use crate::arguments::Arguments;
use crate::error::{Result, cannot};
use crate::integrity::sha256;
use crate::layout::Layout;
use crate::settings::Settings;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

#[derive(Debug, Default)]
pub struct State {
    options: String,
    /// Project-relative path → its digest, or `-` where nothing was.
    inputs: Vec<(String, String)>,
    /// Project-relative path → its inode and time of change of names in it, of folders.
    folders: Vec<(String, u64, i128)>,
    /// Project-relative path → its inode.
    files: Vec<(String, u64)>,
    pub packages: usize,
}

const NAME: &str = "state";
const HEADER: &str = "cordon state 1";

pub fn options(arguments: &Arguments, settings: &Settings, layout: Layout) -> String {
    let platform = &arguments.platform;
    format!(
        "layout={} omit={} os={} cpu={} libc={} engine={} registry={} members={}",
        layout.name(),
        arguments.omit.join(","),
        platform.os,
        platform.cpu,
        platform.libc,
        arguments.engine.as_deref().unwrap_or_default(),
        settings.registry,
        settings.members.as_deref().unwrap_or_default().join(",")
    )
}

impl State {
    pub fn new(options: String, packages: usize) -> State {
        State { options, packages, ..State::default() }
    }

    pub fn add_input(&mut self, path: &str, text: &[u8]) {
        self.inputs.push((path.to_owned(), sha256(text)));
    }

    pub fn add_folder(&mut self, project: &Path, path: &str) {
        if let Ok(found) = std::fs::symlink_metadata(project.join(path)) {
            self.folders.push((path.to_owned(), found.ino(), time_of(&found)));
        }
    }

    /// `file` is where `path` leads.
    pub fn add_file(&mut self, file: &Path, path: String) {
        if let Ok(found) = std::fs::metadata(file) {
            self.files.push((path, found.ino()));
        }
    }

    pub fn write(&self, own: &Path) -> Result<()> {
        let mut text = format!("{HEADER}\n{}\n{}\n", self.options, self.packages);
        for (path, digest) in &self.inputs {
            text.push_str(&format!("i {digest} {path}\n"));
        }
        for (path, inode, time) in &self.folders {
            text.push_str(&format!("d {inode} {time} {path}\n"));
        }
        for (path, inode) in &self.files {
            text.push_str(&format!("f {inode} {path}\n"));
        }
        let (next, path) = (own.join("state.next"), own.join(NAME));
        crate::tree::write_new(&next, &text)?;
        std::fs::rename(&next, &path).map_err(cannot("write", &path))
    }

    pub fn forget(own: &Path) -> Result<()> {
        let path = own.join(NAME);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cannot("remove", &path)(error)),
            _ => Ok(()),
        }
    }

    /// How many packages are there, if everything is as the last installation left it.
    pub fn still_holds(project: &Path, options: &str) -> Option<usize> {
        let own = project.join("node_modules/.cordon");
        let path = own.join(NAME);
        // As below: it may have come with the project.
        if !std::fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let text = std::fs::read_to_string(path).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != HEADER || lines.next()? != options || own.join("journal").exists() {
            return None;
        }
        let packages = lines.next()?.parse().ok()?;
        let all = lines.all(|line| line_holds(project, line).unwrap_or(false));
        all.then_some(packages)
    }
}

fn line_holds(project: &Path, line: &str) -> Option<bool> {
    let (kind, rest) = line.split_once(' ')?;
    match kind {
        "i" => {
            let (digest, path) = rest.split_once(' ')?;
            // The file may have come with the project: nothing else is read because of it, a device without an end for one.
            if !std::fs::metadata(project.join(path)).ok()?.is_file() {
                return None;
            }
            Some(std::fs::read(project.join(path)).is_ok_and(|text| sha256(&text) == digest))
        }
        "d" => {
            let mut words = rest.splitn(3, ' ');
            let (inode, time) = (words.next()?.parse::<u64>().ok()?, words.next()?.parse::<i128>().ok()?);
            let found = std::fs::symlink_metadata(project.join(words.next()?)).ok()?;
            Some(found.ino() == inode && time_of(&found) == time)
        }
        "f" => {
            let (inode, path) = rest.split_once(' ')?;
            let inode: u64 = inode.parse().ok()?;
            Some(std::fs::metadata(project.join(path)).is_ok_and(|found| found.ino() == inode))
        }
        _ => None,
    }
}

fn time_of(found: &std::fs::Metadata) -> i128 {
    i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec())
}
