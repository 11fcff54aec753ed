//! The entries of a tar stream, one after the other, within limits.

use super::header::{BLOCK, Header};
use crate::error::{Error, Result, quoted, refused};
use std::io::BufRead;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// All that may come out of the tarball, headers included.
    pub bytes: u64,
    pub entries: usize,
}

impl Limits {
    /// Real packages unpack to ten times their size; zeros to a thousand times.
    pub fn for_tarball(length: usize) -> Limits {
        let scaled = u64::try_from(length).unwrap_or(u64::MAX).saturating_mul(100);
        Limits { bytes: scaled.clamp(256 << 20, 4 << 30), entries: 200_000 }
    }
}

impl Limits {
    fn count_bytes(&mut self, count: u64) -> Result<()> {
        match self.bytes.checked_sub(count) {
            Some(rest) => self.bytes = rest,
            None => return refused("it unpacks to far more than a package has"),
        }
        Ok(())
    }
}

#[derive(Debug)]
pub struct Entry {
    pub path: String,
    pub mode: u32,
    pub size: u64,
    pub kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Symlink(String),
    HardLink(String),
}

pub struct Reader<R> {
    source: R,
    limits: Limits,
    /// What the current entry's content still has, and the padding behind it.
    left: u64,
    padding: u64,
}

/// A long name or a set of pax records is short; more is an attempt to fill memory.
const LARGEST_EXTENSION: u64 = 1 << 20;

#[derive(Default)]
struct Extension {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl<R: BufRead> Reader<R> {
    pub fn new(source: R, limits: Limits) -> Reader<R> {
        Reader { source, limits, left: 0, padding: 0 }
    }

    /// The next file, folder or link; what is left of the one before is skipped.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        let mut extension = Extension::default();
        loop {
            self.skip_rest()?;
            let Some(header) = self.header()? else { return Ok(None) };
            self.count_entry()?;
            self.left = if header.kind == b'5' || is_link(header.kind) { 0 } else { header.size };
            self.padding = padding_of(self.left);
            match header.kind {
                b'L' => extension.path = Some(trimmed(self.extension()?)),
                b'K' => extension.link = Some(trimmed(self.extension()?)),
                b'x' => pax(&self.extension()?, &mut extension)?,
                b'g' => drop(self.extension()?),
                _ => return self.entry(header, extension).map(Some),
            }
        }
    }

    /// Fills the buffer from the current entry's content; less only at its end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        self.fill(&mut buffer[..wanted])?;
        self.left -= wanted as u64;
        Ok(wanted)
    }

    /// Hands on what is left of the current entry's content, piece by piece.
    pub fn pass_on(&mut self, to: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        while self.left > 0 {
            let there = self.source.fill_buf().map_err(unreadable)?;
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(there.len());
            if count == 0 {
                return Err(unreadable(std::io::ErrorKind::UnexpectedEof.into()));
            }
            self.limits.count_bytes(count as u64)?;
            to(&there[..count])?;
            self.source.consume(count);
            self.left -= count as u64;
        }
        Ok(())
    }

    fn entry(&mut self, header: Header, extension: Extension) -> Result<Entry> {
        let path = readable(extension.path.unwrap_or(header.name))?;
        let link = readable(extension.link.unwrap_or(header.link))?;
        let kind = match header.kind {
            // An old tar's folder is a file whose name ends with a slash.
            b'0' | 0 | b'7' if path.ends_with('/') => Kind::Folder,
            b'0' | 0 | b'7' => Kind::File,
            b'5' => Kind::Folder,
            b'1' => Kind::HardLink(link),
            b'2' => Kind::Symlink(link),
            b'3' | b'4' | b'6' => return refused(format!("{} is a device or a pipe", quoted(&path))),
            other => return refused(format!("{} is of an unknown kind, {:?}", quoted(&path), char::from(other))),
        };
        if kind == Kind::File && header.mode & 0o6000 != 0 {
            return refused(format!("{} is a setuid or setgid program", quoted(&path)));
        }
        if let Some(size) = extension.size.filter(|_| kind == Kind::File) {
            self.left = size;
            self.padding = padding_of(size);
        }
        if self.left > self.limits.bytes {
            return refused(format!("{} is too large", quoted(&path)));
        }
        Ok(Entry { path, mode: header.mode, size: self.left, kind })
    }

    fn header(&mut self) -> Result<Option<Header>> {
        let mut block = [0; BLOCK];
        let first = self.source.read(&mut block[..1]).map_err(unreadable)?;
        if first == 0 {
            return Ok(None);
        }
        self.limits.count_bytes(1)?;
        self.fill(&mut block[1..])?;
        Header::parse(&block)
    }

    fn extension(&mut self) -> Result<Vec<u8>> {
        if self.left > LARGEST_EXTENSION {
            return refused("a name in it is too long");
        }
        let mut content = vec![0; usize::try_from(self.left).unwrap_or(0)];
        self.read(&mut content)?;
        Ok(content)
    }

    fn skip_rest(&mut self) -> Result<()> {
        let mut rest = self.left + self.padding;
        (self.left, self.padding) = (0, 0);
        let mut buffer = [0; 8192];
        while rest > 0 {
            let step = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
            self.fill(&mut buffer[..step])?;
            rest -= step as u64;
        }
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        self.limits.count_bytes(buffer.len() as u64)?;
        self.source.read_exact(buffer).map_err(unreadable)
    }

    fn count_entry(&mut self) -> Result<()> {
        match self.limits.entries.checked_sub(1) {
            Some(rest) => self.limits.entries = rest,
            None => return refused("it has more files than a package has"),
        }
        Ok(())
    }
}

fn is_link(kind: u8) -> bool {
    kind == b'1' || kind == b'2'
}

fn padding_of(size: u64) -> u64 {
    (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Refused(format!("it can't be unpacked: {error}"))
}

fn trimmed(mut text: Vec<u8>) -> Vec<u8> {
    text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(text.len()));
    text
}

fn readable(text: Vec<u8>) -> Result<String> {
    match String::from_utf8(text) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        Ok(text) => refused(format!("{} has characters that no name should have", quoted(&text))),
        Err(error) => refused(format!("{} is not UTF-8", quoted(&String::from_utf8_lossy(error.as_bytes())))),
    }
}

/// Records `<length> <key>=<value>\n`, the length counting itself.
fn pax(mut records: &[u8], extension: &mut Extension) -> Result<()> {
    while !records.is_empty() && records[0] != 0 {
        let wrong = || Error::Refused("an extended header is not one".to_owned());
        let space = records.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
        let length: usize =
            std::str::from_utf8(&records[..space]).ok().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        let record = records.get(space + 1..length).ok_or_else(wrong)?;
        let record = record.strip_suffix(b"\n").ok_or_else(wrong)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
        let value = &record[equals + 1..];
        match &record[..equals] {
            b"path" => extension.path = Some(value.to_vec()),
            b"linkpath" => extension.link = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
                extension.size = Some(size);
            }
            _ => {}
        }
        records = &records[length..];
    }
    Ok(())
}
