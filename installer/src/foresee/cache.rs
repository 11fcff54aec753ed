//! Registries' answers in the store's `metadata/`, as the resolver keeps them: `suite/package-manager/registry/metadata-cache.ts`.

use crate::integrity::sha256;
use crate::manifest::read_limited;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub struct Kept {
    pub etag: String,
    pub fresh: bool,
    pub body: Vec<u8>,
}

pub struct Cache {
    folder: PathBuf,
    counter: AtomicU64,
}

const LONGEST_FRESH: u64 = 3600;

impl Cache {
    pub fn new(store: &Path) -> Cache {
        Cache { folder: store.join("metadata"), counter: AtomicU64::new(0) }
    }

    pub fn read(&self, accept: &str, url: &str, limit: u64) -> Option<Kept> {
        let bytes = read_limited(&self.place(accept, url), limit).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (until, etag) = std::str::from_utf8(&bytes[..end]).ok()?.split_once(' ')?;
        let fresh = until.parse::<f64>().ok()? > now() as f64;
        Some(Kept { etag: etag.to_owned(), fresh, body: bytes[end + 1..].to_vec() })
    }

    /// Best effort: what is not kept is asked for again.
    pub fn write(&self, accept: &str, url: &str, etag: &str, control: &str, body: &[u8]) {
        if etag.contains(['\n', '\r']) {
            return;
        }
        let place = self.place(accept, url);
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let next = place.with_extension(format!("{}-{number}", std::process::id()));
        let written = std::fs::File::create(&next).and_then(|mut file| {
            file.write_all(format!("{} {etag}\n", fresh_until(control)).as_bytes())?;
            file.write_all(body)
        });
        if written.and_then(|()| std::fs::rename(&next, &place)).is_err() {
            drop(std::fs::remove_file(&next));
        }
    }

    fn place(&self, accept: &str, url: &str) -> PathBuf {
        self.folder.join(sha256(format!("{accept}\n{url}").as_bytes()))
    }
}

/// Cache-Control's max-age (RFC 9111), an hour at most.
fn fresh_until(control: &str) -> u64 {
    let words = || control.split([',', ' ']).map(str::trim);
    if words().any(|word| ["no-store", "no-cache"].contains(&word)) {
        return 0;
    }
    let seconds = words().find_map(|word| word.strip_prefix("max-age=")?.parse::<u64>().ok());
    now() + seconds.unwrap_or(0).min(LONGEST_FRESH) * 1000
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_fresh_for_as_long_as_it_says_and_an_hour_at_most() {
        let (before, never) = (now(), ["no-store", "max-age=60, no-cache"].map(fresh_until));
        assert_eq!(never, [0, 0]);
        assert!((before..before + 10_000).contains(&fresh_until("")));
        assert!((before + 60_000..before + 70_000).contains(&fresh_until("public, max-age=60")));
        assert!((before + 3_600_000..before + 3_610_000).contains(&fresh_until("max-age=99999999")));
    }
}
