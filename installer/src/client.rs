//! Fetches tarballs: HTTP/1.1 with keep-alive, a digest that is computed as the bytes come, and few, explained retries.

mod budget;
mod http;
mod stream;

pub use budget::{Lease, Tarball};
pub use http::{Answer, LARGEST_TARBALL};
pub use stream::Network;

use crate::error::{Error, Result, quoted};
use crate::integrity::Integrity;
use crate::settings::Settings;
use crate::url::Url;
use http::{Attempt, Failure, Wanted};
use std::io::BufReader;
use std::time::{Duration, Instant};
use stream::Stream;

/// One thread's way to the registries: at most one open connection, kept as long as the origin stays the same.
pub struct Client<'a> {
    settings: &'a Settings,
    network: &'a Network,
    open: Option<(Url, BufReader<Stream>)>,
}

const MOST_REDIRECTS: usize = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl<'a> Client<'a> {
    pub fn new(settings: &'a Settings, network: &'a Network) -> Client<'a> {
        Client { settings, network, open: None }
    }

    /// The tarball's bytes, which have the digest.
    pub fn fetch(&mut self, url: &Url, integrity: &Integrity) -> Result<Tarball> {
        let mut tries = 0;
        let mut lease = None;
        loop {
            let had = lease.is_some();
            let wait = match self.follow(url, Wanted::Tarball(integrity), lease.take()) {
                Ok((answer, lease)) => return Ok(Tarball { bytes: answer.bytes, lease }),
                Err(Failure::Final(error)) => return Err(error.at(url)),
                // Others have the memory. No connection stays open meanwhile: it would break, and that is no failure.
                Err(Failure::Full(bytes)) if !had => {
                    self.open = None;
                    lease = Some(self.network.budget.wait(bytes));
                    continue;
                }
                Err(Failure::Full(_)) => {
                    return Err(Error::Refused("it has another length each time".to_owned()).at(url));
                }
                Err(Failure::Again { why, wait }) => {
                    self.open = None;
                    let wait = wait.unwrap_or(Duration::from_millis(250 << (2 * tries).min(8)));
                    if tries >= self.settings.retries || wait > LONGEST_WAIT {
                        return Err(Error::Failed(format!("Cannot fetch {url}: {why}, after {} tries", tries + 1)));
                    }
                    wait
                }
            };
            tries += 1;
            std::thread::sleep(wait);
        }
    }

    /// A document in the form `accept`, asked for once; nothing where that fails in any way.
    pub fn ask(&mut self, url: &Url, accept: &str, etag: &str) -> Option<(Answer, Option<Lease>)> {
        let wanted = Wanted::Document { accept, etag };
        match self.follow(url, wanted, None) {
            Err(Failure::Full(bytes)) => {
                self.open = None;
                let lease = self.network.budget.wait(bytes);
                self.follow(url, wanted, Some(lease)).ok()
            }
            other => other.ok(),
        }
    }

    /// A token goes to the address that it belongs to, never along a redirect.
    fn follow(
        &mut self,
        url: &Url,
        wanted: Wanted<'_>,
        mut lease: Option<Lease>,
    ) -> std::result::Result<(Answer, Option<Lease>), Failure> {
        let mut authorization = self.settings.authorization_for(url);
        let mut place = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            match self.attempt(&place, authorization, wanted, &mut lease)? {
                Attempt::Done(answer) => return Ok((answer, lease)),
                Attempt::Elsewhere(location) => {
                    let next = place.join(&location).map_err(Failure::Final)?;
                    if place.tls && !next.tls {
                        let text = format!("it leads from TLS to {next}");
                        return Err(Failure::Final(Error::Refused(text)));
                    }
                    (authorization, place) = (None, next);
                }
            }
        }
        Err(Failure::Final(Error::Failed("it is a chain of redirects".to_owned())))
    }

    fn attempt(
        &mut self,
        url: &Url,
        authorization: Option<&str>,
        wanted: Wanted<'_>,
        lease: &mut Option<Lease>,
    ) -> std::result::Result<Attempt, Failure> {
        let kept = self.open.take().filter(|(origin, _)| origin.same_origin(url));
        if let Some((_, mut stream)) = kept {
            // The registry may have closed it meanwhile: that is no failure.
            match self.exchange(&mut stream, url, authorization, wanted, lease) {
                Err(Failure::Again { .. }) => {}
                other => return self.keep(url, stream, other),
            }
        }
        let mut stream = BufReader::with_capacity(64 << 10, self.connect(url)?);
        let result = self.exchange(&mut stream, url, authorization, wanted, lease);
        self.keep(url, stream, result)
    }

    fn keep(
        &mut self,
        url: &Url,
        stream: BufReader<Stream>,
        result: std::result::Result<(Attempt, bool), Failure>,
    ) -> std::result::Result<Attempt, Failure> {
        let (attempt, reusable) = result?;
        if reusable && stream.buffer().is_empty() {
            self.open = Some((url.clone(), stream));
        }
        Ok(attempt)
    }

    fn connect(&self, url: &Url) -> std::result::Result<Stream, Failure> {
        Stream::connect(url, self.settings, self.network).map_err(|error| match error.kind() {
            std::io::ErrorKind::PermissionDenied => Failure::Final(Error::Refused(format!(
                "the jail has no way to {}: only the registries of .npmrc are granted",
                quoted(&url.authority())
            ))),
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
                Failure::Final(Error::Failed(format!("{} can't be trusted: {error}", url.authority())))
            }
            std::io::ErrorKind::TimedOut => Failure::again(format!("{} takes too long to answer", url.authority())),
            _ => Failure::again(format!("{} can't be reached: {error}", url.authority())),
        })
    }

    fn exchange(
        &self,
        stream: &mut BufReader<Stream>,
        url: &Url,
        authorization: Option<&str>,
        wanted: Wanted<'_>,
        lease: &mut Option<Lease>,
    ) -> std::result::Result<(Attempt, bool), Failure> {
        let pace = Pace::new(self.settings.timeout);
        http::send(stream.get_mut(), url, wanted, authorization, !url.tls && self.settings.proxy_for(url).is_some())?;
        http::receive(stream, wanted, pace, &self.network.budget, lease)
    }
}

/// What comes slower than this for long is a registry that stalls on purpose.
pub struct Pace {
    start: Instant,
    patience: Duration,
}

const SLOWEST_PER_SECOND: u64 = 1024;

impl Pace {
    fn new(timeout: Duration) -> Pace {
        Pace { start: Instant::now(), patience: timeout }
    }

    /// Until the first bytes of a tarball: headers and answers that only say to wait.
    fn is_over(&self) -> bool {
        self.start.elapsed() > self.patience
    }

    fn is_kept(&self, bytes: u64) -> bool {
        let beyond = self.start.elapsed().saturating_sub(self.patience);
        beyond.as_secs().saturating_mul(SLOWEST_PER_SECOND) <= bytes
    }
}

#[cfg(test)]
mod tests;
