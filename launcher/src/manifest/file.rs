//! Reads one package.json from the disk.

use super::error::{Error, Place, file_place, shown};
use super::json::{self, Node};
use crate::policy::Origin;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// More than this is refused: the largest package.json on npm has a few hundred kilobytes.
const LARGEST: u64 = 16 << 20;

/// One package.json, read and understood as JSON.
#[derive(Debug)]
pub struct Document {
    pub file: PathBuf,
    pub text: String,
    pub root: Node,
}

/// The text of `file`, or `None` where there is no such file.
pub fn text(file: &Path) -> Result<Option<(String, File)>, Error> {
    let wrong = |what: String, fix: &str| Error { place: Some(file_place(file)), what, fix: fix.into() };
    // O_NONBLOCK: a FIFO of that name must not keep the launcher waiting.
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(file);
    let mut file = match opened {
        Ok(opened) => opened,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(wrong(format!("it cannot be opened: {error}"), "make it readable or remove it")),
    };
    let metadata = file.metadata().map_err(|error| wrong(format!("it cannot be examined: {error}"), ""))?;
    if metadata.is_dir() {
        return Ok(None);
    }
    if !metadata.is_file() {
        return Err(wrong("it is not a file".into(), "remove it"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LARGEST)).unwrap_or(0) + 1);
    let read = (&mut file).take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| wrong(format!("it cannot be read: {error}"), ""))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!("it has more than {} MiB", LARGEST >> 20), "make it smaller"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        wrong(format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to()), "save it as UTF-8")
    })?;
    Ok(Some((text, file)))
}

/// The package.json in `folder`, or `None` where there is none, or one whose owner does not `count`.
pub fn document_of(folder: &Path, counts: impl Fn(u32) -> bool) -> Result<Option<Document>, Error> {
    let file = folder.join("package.json");
    let Some((text, opened)) = text(&file)? else { return Ok(None) };
    let owner = opened.metadata().map_or(u32::MAX, |metadata| metadata.uid());
    if !counts(owner) {
        return Ok(None);
    }
    let root = parse(&file, &text)?;
    Ok(Some(Document { file, text, root }))
}

/// The package.json in `folder`, or `None` where there is none.
pub fn document(folder: &Path) -> Result<Option<Document>, Error> {
    document_of(folder, |_| true)
}

/// `text` as JSON; errors name `file`.
pub fn parse(file: &Path, text: &str) -> Result<Node, Error> {
    json::read(text).map_err(|wrong| Error {
        place: Some(Place {
            origin: Origin::Manifest { file: file.to_path_buf(), pointer: String::new() },
            position: Some(json::position(text, wrong.at)),
        }),
        what: format!("it is not JSON, {}", wrong.what),
        fix: format!("correct {}", shown(file)),
    })
}
