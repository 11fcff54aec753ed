//! What a jail tells a `cordon` that is started inside of it, and what that one can still narrow.
//!
//! A kernel takes one listener for a tree of processes, so the inner run has no broker of its own. Its ruleset and its
//! filter lie below those of the jail around, and every layer only takes away: what the inner policy grants beyond the
//! outer one has no effect. What it takes away must be held by the two layers, or by leaving out a kind of call whole.

use super::{Grant, Policy};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Debug;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The first record: the others are written and read by one version only.
const HEAD: &str = concat!("cordon ", env!("CARGO_PKG_VERSION"));

/// Kinds of records, by their first byte.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Home = b'h',
    Temporary = b't',
    Programs = b'p',
    Read = b'r',
    Write = b'w',
    Own = b'o',
    Hidden = b's',
    Unwritable = b'u',
    Net = b'n',
    NoNet = b'N',
    Listen = b'l',
    NoListen = b'L',
    Addons = b'a',
    NoAddons = b'A',
    Memory = b'M',
    Processes = b'P',
    Time = b'T',
}

/// The folders of a jail that everybody in it shares.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    pub home: &'a Path,
    pub temporary: &'a Path,
    /// The links to granted programs.
    pub programs: &'a Path,
}

/// The policy of the jail around, as far as an inner run has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    records: BTreeSet<Vec<u8>>,
}

/// What an inner run leaves to the jail around, and what it goes without, as no kernel layer of its own could take away
/// a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Narrowing {
    pub network: Left,
    /// Changing modes, owners, times and attributes.
    pub metadata: Left,
    /// Watching folders.
    pub watches: Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The inner policy grants at least what the outer one does: that one decides.
    ToTheJailAround,
    /// Nobody has it.
    Out,
}

/// What the inner policy takes away and nothing here could hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unenforceable {
    /// The permission, or the limit.
    pub what: &'static str,
    /// What the jail around has of it.
    pub outer: String,
}

impl Outline {
    pub fn of(policy: &Policy, shared: Shared<'_>) -> Outline {
        let mut outline = Outline { records: BTreeSet::new() };
        let allow = &policy.allow;
        outline.paths(Kind::Home, [shared.home]);
        outline.paths(Kind::Temporary, [shared.temporary]);
        outline.paths(Kind::Programs, [shared.programs]);
        outline.paths(Kind::Read, patterns(&allow.read));
        outline.paths(Kind::Write, patterns(&allow.write));
        outline.paths(Kind::Own, policy.own.readable.iter().map(PathBuf::as_path));
        outline.paths(Kind::Hidden, hidden(policy));
        outline.paths(Kind::Unwritable, patterns(&policy.deny.write));
        outline.grants(Kind::Net, &allow.net);
        outline.grants(Kind::NoNet, &policy.deny.net);
        outline.grants(Kind::Listen, &allow.listen);
        outline.grants(Kind::NoListen, &policy.deny.listen);
        outline.paths(Kind::Addons, addons(&allow.addons));
        outline.paths(Kind::NoAddons, addons(&policy.deny.addons));
        outline.number(Kind::Memory, policy.limits.memory);
        outline.number(Kind::Processes, policy.limits.processes);
        outline.number(Kind::Time, policy.limits.time.map(milliseconds));
        outline
    }

    pub fn encode(&self) -> Vec<u8> {
        let head = HEAD.as_bytes().to_vec();
        [head].into_iter().chain(self.records.iter().cloned()).collect::<Vec<_>>().join(&0)
    }

    /// `None` for what another version wrote.
    pub fn decode(bytes: &[u8]) -> Option<Outline> {
        let mut parts = bytes.split(|byte| *byte == 0);
        let known = parts.next() == Some(HEAD.as_bytes());
        let records: BTreeSet<Vec<u8>> = parts.map(<[u8]>::to_vec).collect();
        let outline = Outline { records };
        let whole = [Kind::Home, Kind::Temporary, Kind::Programs].iter().all(|kind| outline.path(*kind).is_some());
        (known && whole).then_some(outline)
    }

    pub fn home(&self) -> PathBuf {
        self.path(Kind::Home).unwrap_or_default()
    }

    pub fn temporary(&self) -> PathBuf {
        self.path(Kind::Temporary).unwrap_or_default()
    }

    pub fn programs(&self) -> PathBuf {
        self.path(Kind::Programs).unwrap_or_default()
    }

    /// How `inner` runs inside the jail with this outline.
    pub fn narrowed_by(&self, inner: &Policy) -> Result<Narrowing, Unenforceable> {
        self.addons_stay(inner)?;
        self.limits_stay(inner)?;
        Ok(Narrowing { network: self.network(inner)?, metadata: self.metadata(inner), watches: self.watches(inner) })
    }

    /// Native code is looked at by the broker around, which knows one list.
    fn addons_stay(&self, inner: &Policy) -> Result<(), Unenforceable> {
        let granted: Vec<&Path> = addons(&inner.allow.addons).collect();
        let lost = self.all(Kind::Addons).find(|folder| !granted.iter().any(|own| folder.starts_with(own)));
        let denied = addons(&inner.deny.addons).find(|own| !self.all(Kind::NoAddons).any(|folder| folder == *own));
        match lost.or(denied.map(Path::to_path_buf)) {
            Some(folder) => Err(Unenforceable { what: "addons", outer: folder.to_string_lossy().into_owned() }),
            None => Ok(()),
        }
    }

    /// The guardian around counts its whole tree.
    fn limits_stay(&self, inner: &Policy) -> Result<(), Unenforceable> {
        let limits = [
            ("limit memory", Kind::Memory, inner.limits.memory),
            ("limit processes", Kind::Processes, inner.limits.processes),
            ("limit time", Kind::Time, inner.limits.time.map(milliseconds)),
        ];
        for (what, kind, wanted) in limits {
            let outer = self.number_of(kind);
            if wanted.is_some_and(|wanted| outer.is_none_or(|outer| outer > wanted)) {
                let outer = outer.map_or_else(|| "none".to_owned(), |outer| outer.to_string());
                return Err(Unenforceable { what, outer });
            }
        }
        Ok(())
    }

    fn network(&self, inner: &Policy) -> Result<Left, Unenforceable> {
        if inner.allow.net.is_empty() && inner.allow.listen.is_empty() {
            return Ok(Left::Out);
        }
        self.covered(Kind::Net, "net", &texts(&inner.allow.net))?;
        self.covered(Kind::Listen, "listen", &texts(&inner.allow.listen))?;
        denies_known(&texts(&inner.deny.net), &self.texts(Kind::NoNet), "net")?;
        denies_known(&texts(&inner.deny.listen), &self.texts(Kind::NoListen), "listen")?;
        Ok(Left::ToTheJailAround)
    }

    /// Every grant of the jail around is one of `inner` too.
    fn covered(&self, kind: Kind, what: &'static str, inner: &[(Vec<u8>, String)]) -> Result<(), Unenforceable> {
        let outer = self.texts(kind);
        let lost = outer.into_iter().find(|(pattern, _)| !inner.iter().any(|(own, _)| own == pattern));
        lost.map_or(Ok(()), |(_, text)| Err(Unenforceable { what, outer: text }))
    }

    fn metadata(&self, inner: &Policy) -> Left {
        let granted: Vec<&Path> = patterns(&inner.allow.write).collect();
        let kept = self.all(Kind::Write).all(|path| granted.iter().any(|own| path.starts_with(own)));
        let denied =
            patterns(&inner.deny.write).all(|own| self.all(Kind::Unwritable).any(|path| own.starts_with(path)));
        left(kept && denied)
    }

    fn watches(&self, inner: &Policy) -> Left {
        let own = inner.own.readable.iter().map(PathBuf::as_path);
        let granted: Vec<&Path> = own.chain(patterns(&inner.allow.read)).chain(patterns(&inner.allow.write)).collect();
        let mut outer = self.all(Kind::Read).chain(self.all(Kind::Write)).chain(self.all(Kind::Own));
        let kept = outer.all(|path| granted.iter().any(|own| path.starts_with(own)));
        left(kept && hidden(inner).all(|own| self.all(Kind::Hidden).any(|path| own.starts_with(path))))
    }

    fn paths<'a>(&mut self, kind: Kind, paths: impl IntoIterator<Item = &'a Path>) {
        self.records.extend(paths.into_iter().map(|path| record(kind, path.as_os_str().as_bytes())));
    }

    fn grants<P: Debug>(&mut self, kind: Kind, grants: &[Grant<P>]) {
        let written =
            |(pattern, text): (Vec<u8>, String)| [&pattern[..], b"\n", text.replace('\0', "").as_bytes()].concat();
        self.records.extend(texts(grants).into_iter().map(|grant| record(kind, &written(grant))));
    }

    fn number(&mut self, kind: Kind, number: Option<u64>) {
        self.records.extend(number.map(|number| record(kind, number.to_string().as_bytes())));
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        self.records.iter().filter_map(move |record| record.strip_prefix(&[kind as u8]))
    }

    fn all(&self, kind: Kind) -> impl Iterator<Item = PathBuf> {
        self.of_kind(kind).map(|bytes| PathBuf::from(OsStr::from_bytes(bytes)))
    }

    fn path(&self, kind: Kind) -> Option<PathBuf> {
        self.all(kind).next().filter(|path| path.is_absolute())
    }

    fn texts(&self, kind: Kind) -> Vec<(Vec<u8>, String)> {
        let split = |bytes: &[u8]| {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            (bytes[..end].to_vec(), String::from_utf8_lossy(bytes.get(end + 1..).unwrap_or_default()).into_owned())
        };
        self.of_kind(kind).map(split).collect()
    }

    fn number_of(&self, kind: Kind) -> Option<u64> {
        self.of_kind(kind).find_map(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok())
    }
}

fn denies_known(
    inner: &[(Vec<u8>, String)],
    outer: &[(Vec<u8>, String)],
    what: &'static str,
) -> Result<(), Unenforceable> {
    let new = inner.iter().find(|(pattern, _)| !outer.iter().any(|(other, _)| other == pattern));
    new.map_or(Ok(()), |(_, text)| Err(Unenforceable { what, outer: text.clone() }))
}

fn left(kept: bool) -> Left {
    if kept { Left::ToTheJailAround } else { Left::Out }
}

fn record(kind: Kind, payload: &[u8]) -> Vec<u8> {
    [&[kind as u8], payload].concat()
}

/// A pattern as one line, which `Debug` escapes, and how it was written.
fn texts<P: Debug>(grants: &[Grant<P>]) -> Vec<(Vec<u8>, String)> {
    grants.iter().map(|grant| (format!("{:?}", grant.pattern).into_bytes(), grant.text.clone())).collect()
}

fn patterns(grants: &[Grant<PathBuf>]) -> impl Iterator<Item = &Path> {
    grants.iter().map(|grant| grant.pattern.as_path())
}

fn addons(grants: &[Grant<super::AddonPackage>]) -> impl Iterator<Item = &Path> {
    grants.iter().flat_map(|grant| grant.pattern.folders.iter().map(PathBuf::as_path))
}

/// What can't be read though it lies in something that can: secrets that no grant names, and what is denied.
fn hidden(policy: &Policy) -> impl Iterator<Item = &Path> {
    let granted = |path: &Path| {
        patterns(&policy.allow.read).chain(patterns(&policy.allow.write)).any(|own| path.starts_with(own))
    };
    let secrets = policy.own.secrets.iter().map(PathBuf::as_path).filter(move |path| !granted(path));
    secrets.chain(patterns(&policy.deny.read))
}

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;
