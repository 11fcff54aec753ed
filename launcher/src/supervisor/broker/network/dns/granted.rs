//! Which granted names a look-up counts as.

use super::super::recent::Recent;
use super::query::reverse_address;
use crate::policy::{Policy, Request};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Names that a granted one pointed to, at one time.
const FOLLOWED: usize = 4096;

#[derive(Debug)]
pub struct Granted {
    policy: Arc<Policy>,
    search: Vec<String>,
    /// Targets of CNAME, SRV, SVCB and HTTPS records, and the granted names whose records they were in.
    followed: Mutex<Recent<String, Vec<String>>>,
}

impl Granted {
    pub fn new(policy: Arc<Policy>, search: Vec<String>) -> Granted {
        Granted { policy, search, followed: Mutex::new(Recent::new(FOLLOWED)) }
    }

    /// `name` and the granted names that it stands for; empty where it may not be looked up.
    pub fn counts_as(&self, name: &str) -> Vec<String> {
        let mut names = Vec::new();
        if self.allows(name) {
            names.push(name.to_owned());
        }
        names.extend(without_service(name).filter(|host| self.allows(host)).map(str::to_owned));
        names.extend(self.without_search_domain(name).filter(|host| self.allows(host)).map(str::to_owned));
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        names.extend(followed.get(&name.to_owned()).into_iter().flatten().cloned());
        if !names.is_empty() && !names.iter().any(|own| own == name) {
            names.push(name.to_owned());
        }
        names.sort();
        names.dedup();
        names
    }

    /// A granted name's record points to `target`: it may be looked up, and its addresses are that name's.
    pub fn follow(&self, target: String, names: &[String]) {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = followed.get(&target).cloned().unwrap_or_default();
        all.extend(names.iter().cloned());
        all.sort();
        all.dedup();
        // A target that everything points to, a content network's, would otherwise collect without end.
        all.truncate(64);
        followed.insert(target, all);
    }

    /// Whether `name` is what the C library makes of another name by adding a search domain.
    pub fn without_search_domain<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let strip = move |domain: &String| name.strip_suffix(domain.as_str()).and_then(|rest| rest.strip_suffix('.'));
        self.search.iter().filter_map(strip).filter(|rest| !rest.is_empty())
    }

    /// Whether the name of this address may be asked for.
    pub fn allows_reverse(&self, name: &str, is_pinned: impl Fn(IpAddr) -> bool) -> bool {
        reverse_address(name).is_some_and(|address| is_pinned(address) || self.policy.hand_out(address, &[]).allowed())
    }

    fn allows(&self, name: &str) -> bool {
        self.policy.decide(&Request::Resolve(name)).allowed()
    }
}

/// What is left when leading service labels go, `_xmpp._tcp.example.org` (RFC 2782, RFC 8552): their records say where
/// a host's service is.
fn without_service(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    while let Some((label, host)) = rest.split_once('.')
        && label.starts_with('_')
    {
        rest = host;
    }
    (rest.len() != name.len()).then_some(rest).into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Grant, HostPattern, NetPattern, Origin, PortPattern};

    fn granted(hosts: &[HostPattern], search: &[&str]) -> Granted {
        let mut policy = Policy::default();
        for host in hosts {
            policy.allow.net.push(Grant {
                pattern: NetPattern::Host { host: host.clone(), port: PortPattern::One(443), private: false },
                text: String::new(),
                origin: Origin::Default("test"),
            });
        }
        Granted::new(Arc::new(policy), search.iter().map(|domain| (*domain).to_owned()).collect())
    }

    #[test]
    fn a_name_that_is_not_granted_counts_as_nothing() {
        let own = granted(&[HostPattern::Name("api.example.org".into())], &["corp.example"]);
        for name in ["example.org", "x.api.example.org", "api.example.org.evil.example", "corp.example"] {
            assert!(own.counts_as(name).is_empty(), "{name}");
        }
        assert_eq!(own.counts_as("api.example.org"), ["api.example.org"]);
    }

    #[test]
    fn a_service_record_belongs_to_its_host() {
        let own = granted(&[HostPattern::Name("db.example".into())], &[]);
        assert_eq!(own.counts_as("_mongodb._tcp.db.example"), ["_mongodb._tcp.db.example", "db.example"]);
        assert!(own.counts_as("data._tcp.db.example").is_empty());
    }

    #[test]
    fn a_search_domain_adds_to_a_granted_name_only() {
        let own = granted(&[HostPattern::Name("db".into())], &["corp.example"]);
        assert_eq!(own.counts_as("db.corp.example"), ["db", "db.corp.example"]);
        assert!(own.counts_as("other.corp.example").is_empty());
        assert_eq!(own.without_search_domain("other.corp.example").collect::<Vec<_>>(), ["other"]);
    }

    #[test]
    fn what_a_granted_name_points_to_may_be_looked_up_as_that_name() {
        let own = granted(&[HostPattern::Name("www.example".into())], &[]);
        own.follow("edge.network.example".into(), &["www.example".into()]);
        assert_eq!(own.counts_as("edge.network.example"), ["edge.network.example", "www.example"]);
    }

    #[test]
    fn addresses_are_named_only_where_they_are_granted() {
        let own = granted(&[HostPattern::Address("10.0.0.5".parse().unwrap())], &[]);
        assert!(own.allows_reverse("5.0.0.10.in-addr.arpa", |_| false));
        assert!(!own.allows_reverse("6.0.0.10.in-addr.arpa", |_| false));
        assert!(own.allows_reverse("6.0.0.10.in-addr.arpa", |_| true));
    }
}
