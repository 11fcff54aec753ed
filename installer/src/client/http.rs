//! One request and its answer. <https://www.rfc-editor.org/rfc/rfc9112>

use super::Pace;
use super::budget::{Budget, FREE, Lease, SHARED};
use crate::error::{Error, quoted};
use crate::integrity::{Check, Integrity};
use crate::url::Url;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

pub enum Attempt {
    Done(Answer),
    Elsewhere(String),
}

/// What a registry said.
#[derive(Debug, Default)]
pub struct Answer {
    /// 200; of a document also 304 and 404.
    pub status: u16,
    pub etag: String,
    pub cache_control: String,
    pub encoding: String,
    pub bytes: Vec<u8>,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub enum Wanted<'a> {
    /// These bytes and no others.
    Tarball(&'a Integrity),
    /// In this form, and, where it is known by this tag, only if it changed.
    Document { accept: &'a str, etag: &'a str },
}

pub enum Failure {
    /// Worth another try, after a while.
    Again {
        why: String,
        wait: Option<Duration>,
    },
    Final(Error),
    /// It wants so many bytes of memory, and others have them.
    Full(u64),
}

impl Failure {
    pub fn again(why: impl Into<String>) -> Failure {
        Failure::Again { why: why.into(), wait: None }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        let stalled = matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
        Failure::again(if stalled {
            "the registry stalls".to_owned()
        } else {
            format!("the connection broke: {error}")
        })
    }
}

type Result<T> = std::result::Result<T, Failure>;

pub fn send(
    stream: &mut impl Write,
    url: &Url,
    wanted: Wanted<'_>,
    authorization: Option<&str>,
    absolute: bool,
) -> Result<()> {
    let target = if absolute { url.to_string() } else { url.path.clone() };
    let (accept, encoding, etag) = match wanted {
        Wanted::Tarball(_) => ("*/*", "identity", ""),
        Wanted::Document { accept, etag } => (accept, "gzip", etag),
    };
    let mut request = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\nUser-Agent: cordon/{}\r\nAccept: {accept}\r\nAccept-Encoding: {encoding}\r\n",
        url.authority(),
        env!("CARGO_PKG_VERSION")
    );
    if !etag.is_empty() && !etag.chars().any(char::is_control) {
        request.push_str(&format!("If-None-Match: {etag}\r\n"));
    }
    if let Some(value) = authorization.filter(|value| !value.chars().any(char::is_control)) {
        request.push_str(&format!("Authorization: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    Ok(stream.flush()?)
}

const LONGEST_LINE: usize = 16 << 10;
const MOST_LINES: usize = 200;
/// Answers before the answer (RFC 9110, 15.2).
const MOST_INTERIM: usize = 8;
pub const LARGEST_TARBALL: u64 = 1 << 30;

#[derive(Default)]
struct Head {
    status: u16,
    length: Option<u64>,
    chunked: bool,
    close: bool,
    location: Option<String>,
    retry_after: Option<Duration>,
    etag: String,
    cache_control: String,
    encoding: String,
}

impl Head {
    fn answer(self, bytes: Vec<u8>) -> Attempt {
        let Head { status, etag, cache_control, encoding, .. } = self;
        Attempt::Done(Answer { status, etag, cache_control, encoding, bytes })
    }
}

/// The answer, and whether the connection can take another request.
pub fn receive(
    stream: &mut impl BufRead,
    wanted: Wanted<'_>,
    pace: Pace,
    budget: &Arc<Budget>,
    lease: &mut Option<Lease>,
) -> Result<(Attempt, bool)> {
    let mut head = head(stream, &pace)?;
    for _ in 0..MOST_INTERIM {
        if !(100..200).contains(&head.status) {
            break;
        }
        head = self::head(stream, &pace)?;
    }
    match head.status {
        200 => {
            let check = match wanted {
                Wanted::Tarball(integrity) => Some(integrity.check()),
                Wanted::Document { .. } => None,
            };
            let mut sink = Sink { bytes: Vec::new(), check, pace, budget, lease };
            let reusable = body(stream, &head, &mut sink)? && !head.close;
            let bytes = sink.checked()?;
            Ok((head.answer(bytes), reusable))
        }
        304 if matches!(wanted, Wanted::Document { .. }) => {
            let reusable = !head.close;
            Ok((head.answer(Vec::new()), reusable))
        }
        404 if matches!(wanted, Wanted::Document { .. }) => Ok((head.answer(Vec::new()), false)),
        301 | 302 | 303 | 307 | 308 => match head.location {
            Some(location) => Ok((Attempt::Elsewhere(location), false)),
            None => Err(Failure::again("a redirect to nowhere")),
        },
        408 | 425 | 429 | 500..=599 => {
            Err(Failure::Again { why: format!("the registry answers {}", head.status), wait: head.retry_after })
        }
        401 | 403 => Err(Failure::Final(Error::Failed(format!(
            "the registry answers {}: it wants a token in the user's .npmrc, or another one",
            head.status
        )))),
        404 => Err(Failure::Final(Error::Failed("the registry answers 404: it has no such tarball".to_owned()))),
        status => Err(Failure::Final(Error::Failed(format!("the registry answers {status}")))),
    }
}

struct Sink<'a> {
    bytes: Vec<u8>,
    /// None where nobody knows beforehand what comes.
    check: Option<Check>,
    pace: Pace,
    budget: &'a Arc<Budget>,
    lease: &'a mut Option<Lease>,
}

impl Sink<'_> {
    fn line(&self, stream: &mut impl BufRead) -> Result<String> {
        line(stream, &|| self.pace.is_kept(self.bytes.len() as u64))
    }

    fn take(&mut self, stream: &mut impl BufRead, length: u64) -> Result<()> {
        let mut left = length;
        while left > 0 {
            let available = stream.fill_buf()?;
            if available.is_empty() {
                return Err(Failure::again(format!("the tarball ends {left} bytes too early")));
            }
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(available.len());
            if (self.bytes.len() + count) as u64 > self.room() {
                self.afford(SHARED)?;
            }
            if let Some(check) = &mut self.check {
                check.update(&available[..count]);
            }
            self.bytes.extend_from_slice(&available[..count]);
            stream.consume(count);
            left -= count as u64;
            self.limits()?;
        }
        Ok(())
    }

    /// Before so many bytes come.
    fn afford(&mut self, bytes: u64) -> Result<()> {
        if bytes > self.room() {
            // Whoever waits has no part of the budget.
            *self.lease = None;
            *self.lease = Some(self.budget.take(bytes).ok_or(Failure::Full(bytes))?);
        }
        Ok(())
    }

    fn room(&self) -> u64 {
        self.lease.as_ref().map_or(FREE, |lease| lease.bytes.max(FREE))
    }

    fn limits(&self) -> Result<()> {
        if self.bytes.len() as u64 > LARGEST_TARBALL {
            return Err(Failure::Final(Error::Refused(format!("it is larger than {LARGEST_TARBALL} bytes"))));
        }
        if !self.pace.is_kept(self.bytes.len() as u64) {
            return Err(Failure::again("the registry stalls"));
        }
        Ok(())
    }

    fn checked(self) -> Result<Vec<u8>> {
        match self.check.map_or(Ok(()), Check::finish) {
            Ok(()) => Ok(self.bytes),
            Err(actual) => Err(Failure::Final(Error::Refused(format!(
                "its content is not what the lockfile says: it has {actual}"
            )))),
        }
    }
}

/// Says whether the answer's end is known without closing the connection.
fn body(stream: &mut impl BufRead, head: &Head, sink: &mut Sink) -> Result<bool> {
    if head.chunked {
        chunks(stream, sink)?;
        return Ok(true);
    }
    if let Some(length) = head.length {
        if length > LARGEST_TARBALL {
            return Err(Failure::Final(Error::Refused(format!("it is larger than {LARGEST_TARBALL} bytes"))));
        }
        sink.afford(length)?;
        sink.bytes.reserve(usize::try_from(length).unwrap_or(0));
        sink.take(stream, length)?;
        return Ok(true);
    }
    loop {
        let available = stream.fill_buf()?.len() as u64;
        if available == 0 {
            return Ok(false);
        }
        sink.take(stream, available)?;
    }
}

fn chunks(stream: &mut impl BufRead, sink: &mut Sink) -> Result<()> {
    loop {
        let line = sink.line(stream)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| Failure::again("a chunk without a size"))?;
        if digits.starts_with('+') || size > LARGEST_TARBALL {
            return Err(Failure::again("a chunk of a wrong size"));
        }
        if size == 0 {
            for _ in 0..MOST_LINES {
                if sink.line(stream)?.is_empty() {
                    return Ok(());
                }
            }
            return Err(Failure::again("endless trailers"));
        }
        sink.take(stream, size)?;
        if !sink.line(stream)?.is_empty() {
            return Err(Failure::again("a chunk that is longer than it says"));
        }
    }
}

fn head(stream: &mut impl BufRead, pace: &Pace) -> Result<Head> {
    let in_time = || !pace.is_over();
    let first = line(stream, &in_time)?;
    let mut words = first.splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    let status = words.next().and_then(|status| status.parse().ok());
    let Some(status) = status.filter(|_| matches!(version, "HTTP/1.1" | "HTTP/1.0")) else {
        return Err(Failure::again(format!("{} is no answer in HTTP/1.1", quoted(&first))));
    };
    let mut head = Head { status, close: version == "HTTP/1.0", ..Head::default() };
    for _ in 0..MOST_LINES {
        let line = line(stream, &in_time)?;
        if line.is_empty() {
            return Ok(head);
        }
        header(&line, &mut head)?;
    }
    Err(Failure::again("an answer with endless headers"))
}

fn header(line: &str, head: &mut Head) -> Result<()> {
    let Some((name, value)) = line.split_once(':') else { return Err(Failure::again("a header without a name")) };
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "content-length" => {
            let length = value.parse().map_err(|_| Failure::again("a wrong Content-Length"))?;
            if head.length.is_some_and(|known| known != length) {
                return Err(Failure::again("two different Content-Lengths"));
            }
            head.length = Some(length);
        }
        "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => head.chunked = true,
        "transfer-encoding" => return Err(Failure::again("an unknown Transfer-Encoding")),
        "connection" => head.close |= value.eq_ignore_ascii_case("close"),
        "location" => head.location = Some(value.to_owned()),
        "etag" => head.etag = value.to_owned(),
        "cache-control" => head.cache_control = value.to_owned(),
        "content-encoding" => head.encoding = value.to_ascii_lowercase(),
        "retry-after" => head.retry_after = value.parse().ok().map(Duration::from_secs),
        _ => {}
    }
    Ok(())
}

/// A timeout of the socket starts anew with each byte: who sends them one by one is noticed here.
fn line(stream: &mut impl BufRead, in_time: &dyn Fn() -> bool) -> Result<String> {
    let mut bytes = Vec::new();
    while bytes.len() < LONGEST_LINE && bytes.last() != Some(&b'\n') {
        let available = stream.fill_buf()?;
        let end = available.iter().position(|byte| *byte == b'\n').map_or(available.len(), |at| at + 1);
        let count = end.min(LONGEST_LINE - bytes.len());
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&available[..count]);
        stream.consume(count);
        if !in_time() {
            return Err(Failure::again("the registry stalls"));
        }
    }
    if bytes.pop() != Some(b'\n') {
        return Err(Failure::again(if bytes.is_empty() {
            "the connection was closed"
        } else {
            "an answer that breaks off"
        }));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| Failure::again("a header that is not a text"))
}
