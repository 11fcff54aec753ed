//! From a tarball to an entry's folder.

use super::Stored;
use super::index::{File, Index, times_and_size};
use super::package_json::PackageJson;
use crate::error::{Error, Result, cannot, denied, quoted, refused};
use crate::integrity::hex;
use crate::tarball::{Entry, Kind, Limits, Paths, Place, Reader, check_link, decoder};
use ring::digest;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::path::DecInt;
use std::io::{BufRead, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

struct Unpacking<'a> {
    place: &'a Path,
    files: OwnedFd,
    paths: Paths,
    index: Index,
    manifest: Vec<u8>,
    /// Names that were there before.
    again: usize,
}

const LARGEST_MANIFEST: u64 = 16 << 20;
/// Old packages have a name twice here and there; each costs a file that is written and thrown away.
const MOST_AGAIN: usize = 1000;

/// Makes the entry `place`.
pub fn unpack(tarball: &[u8], place: &Path) -> Result<Stored> {
    std::fs::create_dir(place).map_err(cannot("make", place))?;
    let files = super::open_folder(place)?;
    let mut unpacking =
        Unpacking { place, files, paths: Paths::default(), index: Index::default(), manifest: Vec::new(), again: 0 };
    let mut reader = Reader::new(decoder(tarball), Limits::for_tarball(tarball.len()));
    while let Some(entry) = reader.next_entry()? {
        unpacking.take(&entry, &mut reader)?;
    }
    let stored = unpacking.finish()?;
    let file = place.join(super::INDEX);
    std::fs::write(&file, stored.index.write()).map_err(cannot("write", &file))?;
    Ok(stored)
}

impl Unpacking<'_> {
    fn take(&mut self, entry: &Entry, reader: &mut Reader<impl BufRead>) -> Result<()> {
        match &entry.kind {
            Kind::Folder => self.paths.check_folder(entry),
            Kind::Symlink(target) => check_link(entry, target, true),
            Kind::HardLink(target) => check_link(entry, target, false),
            Kind::File => match self.paths.place(entry)? {
                Place::Skip => Ok(()),
                Place::At { path, again } => {
                    self.index.folders.append(&mut self.paths.new_folders());
                    self.file(path, again, entry, reader)
                }
            },
        }
    }

    /// The same name twice is fine if it says the same, or if a package's own .npmignore comes after its .gitignore.
    fn file(&mut self, path: String, again: bool, entry: &Entry, reader: &mut Reader<impl BufRead>) -> Result<()> {
        self.again += usize::from(again);
        if self.again > MOST_AGAIN {
            return refused(format!("it has {} and other names again and again", quoted(&path)));
        }
        // What was there before keeps its number.
        let name = DecInt::new(self.index.files.len());
        if path == "package.json" && entry.size > LARGEST_MANIFEST {
            return refused("its package.json is too large");
        }
        let file = self.write(&name, path, mode_of(entry), reader)?;
        if !again {
            self.index.files.push(file);
            return Ok(());
        }
        let Some(number) = self.index.files.iter().position(|known| known.path == file.path) else { return Ok(()) };
        if self.index.files[number].sha256 != file.sha256 && !file.path.ends_with(".npmignore") {
            return refused(format!("it has {} twice, with different contents", quoted(&file.path)));
        }
        self.index.files[number] = file;
        rustix::fs::renameat(&self.files, name.as_c_str(), &self.files, DecInt::new(number))
            .map_err(denied("write", self.place))
    }

    fn write(&mut self, name: &DecInt, path: String, mode: u32, reader: &mut Reader<impl BufRead>) -> Result<File> {
        let keep = path == "package.json";
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = rustix::fs::openat(&self.files, name.as_c_str(), flags, Mode::from_raw_mode(mode));
        let mut output = std::fs::File::from(made.map_err(denied("write into", self.place))?);
        let mut hash = digest::Context::new(&digest::SHA256);
        let (manifest, place) = (&mut self.manifest, self.place);
        manifest.truncate(if keep { 0 } else { usize::MAX });
        reader.pass_on(&mut |bytes| {
            hash.update(bytes);
            if keep {
                manifest.extend_from_slice(bytes);
            }
            output.write_all(bytes).map_err(cannot("write into", place))
        })?;
        let stat = rustix::fs::fstat(&output).map_err(denied("read", self.place))?;
        let (modified, size, mode) = times_and_size(&stat);
        Ok(File { path, mode, size, modified, sha256: hex(hash.finish().as_ref()) })
    }

    fn finish(mut self) -> Result<Stored> {
        if !self.index.files.iter().any(|file| file.path == "package.json") {
            return refused("it has no package.json");
        }
        let manifest = PackageJson::parse(&self.manifest)?;
        let folder = manifest.program_folder.map(|folder| format!("{folder}/"));
        for position in 0..self.index.files.len() {
            let path = &self.index.files[position].path;
            if manifest.programs.contains(path) || folder.as_ref().is_some_and(|folder| path.starts_with(folder)) {
                self.make_program(position)?;
            }
        }
        let mut scripts = manifest.scripts;
        let builds = self.index.files.iter().any(|file| file.path == "binding.gyp");
        if builds && !scripts.iter().any(|script| script == "install" || script == "preinstall") {
            scripts.push("binding.gyp".to_owned());
        }
        let Index { folders, files, .. } = self.index;
        let index = Index {
            name: manifest.name,
            version: manifest.version,
            scripts,
            wants: manifest.wants,
            peers: manifest.peers,
            folders,
            files,
        };
        Ok(Stored { index, files: self.files })
    }

    /// As npm's bin-links: may be started, and its first line does not end with a carriage return.
    fn make_program(&mut self, position: usize) -> Result<()> {
        let (path, name) = (self.index.files[position].path.clone(), DecInt::new(position));
        let wrong = |error| Error::Failed(format!("Cannot make {} a program: {error}", quoted(&path)));
        rustix::fs::chmodat(&self.files, name.as_c_str(), Mode::from_raw_mode(0o755), AtFlags::empty())
            .map_err(denied("change", self.place))?;
        let full = self.place.join(position.to_string());
        let mut start = Vec::new();
        let source = std::fs::File::open(&full).map_err(wrong)?;
        source.take(2048).read_to_end(&mut start).map_err(wrong)?;
        let line = start.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        if start.starts_with(b"#!") && line > 3 && start[line - 1] == b'\r' {
            let mut content = std::fs::read(&full).map_err(wrong)?;
            content.remove(line - 1);
            std::fs::write(&full, &content).map_err(wrong)?;
            self.index.files[position].sha256 = crate::integrity::sha256(&content);
        }
        let stat = rustix::fs::statat(&self.files, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(denied("read", self.place))?;
        let file = &mut self.index.files[position];
        (file.modified, file.size, file.mode) = times_and_size(&stat);
        Ok(())
    }
}

/// npm's `(0o666 | mode) & ~umask`, with the usual umask: entries are shared by projects.
fn mode_of(entry: &Entry) -> u32 {
    (0o666 | entry.mode) & 0o777 & !0o022
}
