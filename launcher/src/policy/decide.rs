//! One request against one policy.

use super::{AddressClass, Grant, HostPattern, NetPattern, Policy, classify, destination};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// One attempt of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// An absolute path without symlinks.
    Read(&'a Path),
    Write(&'a Path),
    /// A look-up of a name, in lower case, without a trailing dot.
    Resolve(&'a str),
    /// A connection or datagram to an address; `names` are those that the broker's resolver handed it out for.
    Connect {
        address: SocketAddr,
        names: &'a [String],
    },
    ConnectUnix(&'a Path),
    Listen(SocketAddr),
    Env(&'a str),
    /// An absolute path without symlinks.
    Run(&'a Path),
    Addon(&'a Path),
}

#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allow,
    Deny,
}

impl Decision {
    pub fn allowed(self) -> bool {
        self == Decision::Allow
    }
}

impl Policy {
    /// Whether `request` is granted. Deny wins; what no grant covers is denied.
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let allowed = match request {
            Request::Read(path) => self.may_read(path),
            Request::Write(path) => self.may_write(path),
            Request::Resolve(name) => self.may_resolve(name),
            Request::Connect { address, names } => self.may_connect(*address, names),
            Request::ConnectUnix(path) => is_unix(&self.allow.net, path) && !is_unix(&self.deny.net, path),
            Request::Listen(address) => {
                self.allow.listen.iter().any(|grant| grant.pattern.matches(*address))
                    && !self.deny.listen.iter().any(|grant| grant.pattern.takes_away(*address))
            }
            Request::Env(name) => {
                self.allow.env.iter().any(|grant| grant.pattern.matches(name))
                    && !self.deny.env.iter().any(|grant| grant.pattern.takes_away(name))
            }
            Request::Run(path) => {
                self.allow.run.iter().any(|grant| grant.pattern.path == *path)
                    && !self.deny.run.iter().any(|grant| grant.pattern.path == *path)
            }
            Request::Addon(path) => {
                let covers = |grant: &Grant<super::AddonPackage>| {
                    grant.pattern.folders.iter().any(|folder| path.starts_with(folder))
                };
                self.allow.addons.iter().any(covers) && !self.deny.addons.iter().any(covers)
            }
        };
        if allowed { Decision::Allow } else { Decision::Deny }
    }

    fn may_write(&self, path: &Path) -> bool {
        if below(&self.private, path) {
            return true;
        }
        covers(&self.allow.write, path) && !covers(&self.deny.write, path)
    }

    /// A write grant lets read too: a file that can be replaced hides nothing.
    fn may_read(&self, path: &Path) -> bool {
        if below(&self.private, path) {
            return true;
        }
        if covers(&self.deny.read, path) {
            return false;
        }
        covers(&self.allow.read, path)
            || covers(&self.allow.write, path)
            || (below(&self.own.readable, path) && !below(&self.own.secrets, path))
    }

    fn may_resolve(&self, name: &str) -> bool {
        let names = |grant: &Grant<NetPattern>| match &grant.pattern {
            NetPattern::Host { host, .. } => host_has_name(host, name),
            NetPattern::Unix(_) => false,
        };
        // A deny with a port leaves the other ports, so only one for all ports takes the name away.
        let denied = |grant: &Grant<NetPattern>| match &grant.pattern {
            NetPattern::Host { host, port, .. } => {
                *port == super::PortPattern::Any && !matches!(host, HostPattern::Public) && host_has_name(host, name)
            }
            NetPattern::Unix(_) => false,
        };
        self.allow.net.iter().any(names) && !self.deny.net.iter().any(denied)
    }

    fn may_connect(&self, address: SocketAddr, names: &[String]) -> bool {
        let ip = destination(address.ip());
        let reaches = |grant: &Grant<NetPattern>| match &grant.pattern {
            NetPattern::Host { host, port, private } => {
                port.matches(address.port()) && host_reaches(host, *private, ip, names)
            }
            NetPattern::Unix(_) => false,
        };
        let denied = |grant: &Grant<NetPattern>| match &grant.pattern {
            NetPattern::Host { host, port, .. } => port.matches(address.port()) && host_reaches(host, true, ip, names),
            NetPattern::Unix(_) => false,
        };
        self.allow.net.iter().any(reaches) && !self.deny.net.iter().any(denied)
    }
}

fn covers(grants: &[Grant<std::path::PathBuf>], path: &Path) -> bool {
    grants.iter().any(|grant| path.starts_with(&grant.pattern))
}

fn below(folders: &[std::path::PathBuf], path: &Path) -> bool {
    folders.iter().any(|folder| path.starts_with(folder))
}

fn is_unix(grants: &[Grant<NetPattern>], path: &Path) -> bool {
    grants.iter().any(|grant| matches!(&grant.pattern, NetPattern::Unix(own) if own == path))
}

pub(super) fn host_has_name(host: &HostPattern, name: &str) -> bool {
    match host {
        HostPattern::Public => true,
        HostPattern::Name(own) => own == name,
        HostPattern::Suffix(suffix) => {
            name.len() > suffix.len() + 1
                && name.ends_with(suffix.as_str())
                && name.as_bytes()[name.len() - suffix.len() - 1] == b'.'
        }
        HostPattern::Address(_) | HostPattern::Network(_) => false,
    }
}

pub(super) fn host_reaches(host: &HostPattern, private: bool, ip: IpAddr, names: &[String]) -> bool {
    match host {
        HostPattern::Public => classify(ip) == AddressClass::Public,
        HostPattern::Address(own) => own.to_canonical() == ip,
        HostPattern::Network(network) => network.contains(ip),
        HostPattern::Name(own) if own == "localhost" => ip.is_loopback(),
        HostPattern::Name(_) | HostPattern::Suffix(_) => {
            (private || classify(ip) == AddressClass::Public) && names.iter().any(|name| host_has_name(host, name))
        }
    }
}
