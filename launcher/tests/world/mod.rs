//! A folder of its own with a project in it, and what a policy for it needs.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use launcher::manifest::{Error, Place, Question, Resolved, Section, Start, Wish, resolve};
use launcher::policy::{Origin, Permission, Request};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub struct World {
    base: PathBuf,
    /// The folder that names are relative to.
    pub root: PathBuf,
    pub home: PathBuf,
    pub flags: Section,
}

impl World {
    pub fn new() -> World {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = std::env::temp_dir().canonicalize().expect("a folder for temporary files");
        let base = temporary.join(format!("launcher-tests-{}-{number}", std::process::id()));
        let (root, home) = (base.join("work/project"), base.join("home/user"));
        for folder in [&root, &home] {
            fs::create_dir_all(folder).expect("a new folder");
        }
        World { base, root, home, flags: Section::default() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path(name);
        fs::create_dir_all(file.parent().expect("a folder above")).expect("folders");
        fs::write(&file, text).expect("a file");
        file
    }

    pub fn program(&self, name: &str, text: &str) -> PathBuf {
        let file = self.write(name, text);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("a mode");
        file
    }

    pub fn link(&self, target: &str, name: &str) {
        let place = self.path(name);
        fs::create_dir_all(place.parent().expect("a folder above")).expect("folders");
        symlink(target, place).expect("a link");
    }

    pub fn allow(&mut self, permission: Permission, text: &str) {
        let place = Place { origin: Origin::Flag(format!("--allow-{permission}={text}")), position: None };
        self.flags.allow.push(Wish { permission, text: text.into(), place, base: self.root.clone() });
    }

    pub fn resolve(&self, entry: &str) -> Result<Resolved, Error> {
        self.resolve_with_path(entry, &[PathBuf::from("/usr/bin"), PathBuf::from("/bin")])
    }

    pub fn resolve_with_path(&self, entry: &str, path: &[PathBuf]) -> Result<Resolved, Error> {
        let homes = [self.home.clone()];
        let start = Start::new(Some(Path::new(entry)), &self.root, &homes)?;
        let engine = Path::new("/usr/bin/env");
        resolve(&Question { start: &start, flags: &self.flags, scripts: &[], homes: &homes, path, engine })
    }

    /// Whether the resolved policy lets `name` be read.
    pub fn reads(&self, resolved: &Resolved, name: &str) -> bool {
        resolved.policy.decide(&Request::Read(&self.path(name))).allowed()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.base);
    }
}
