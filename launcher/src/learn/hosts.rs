//! Grants of `net` and `listen`, from the connections, look-ups and listeners of a run.

use super::needs::{Ground, Need};
use crate::denial::gives_away;
use crate::manifest::Addition;
use crate::policy::{AddressClass, Permission, Request, classify};
use crate::supervisor::record::{Contact, Listened, Recorded};
use std::net::SocketAddr;
use std::path::Path;

const HTTPS: u16 = 443;

impl Ground<'_> {
    pub fn contacts(&self, recorded: &Recorded) -> Vec<Need> {
        let missing = recorded.contacts.iter().filter(|contact| {
            let request = Request::Connect { address: contact.address, names: &contact.names };
            !self.policy.decide(&request).allowed()
        });
        let mut needs: Vec<Need> = missing.flat_map(|contact| reached(contact, recorded)).collect();
        needs.extend(self.unreached(recorded));
        let sockets = recorded.sockets.iter().filter(|path| {
            !self.policy.decide(&Request::ConnectUnix(path)).allowed() && gives_away(&path.to_string_lossy()).is_none()
        });
        needs.extend(sockets.map(|path| {
            let askers =
                recorded.askers(Permission::Net, |asked| asked.strip_prefix("unix:").map(Path::new) == Some(path));
            let text = format!("unix:{}", self.text(path));
            Need { addition: Addition::new(Permission::Net, text), uses: Vec::new(), askers }
        }));
        needs
    }

    /// Names that were looked up and not connected to: without a grant that names them they are not resolved.
    fn unreached(&self, recorded: &Recorded) -> Vec<Need> {
        let is_reached = |name: &String| recorded.contacts.iter().any(|contact| contact.names.contains(name));
        let is_refused = |name: &String| recorded.refused.contains(&(Permission::Net, format!("private:{name}")));
        let is_missing = |name: &&String| {
            !is_reached(name)
                && !is_refused(name)
                && !name.ends_with(".arpa")
                && !self.policy.decide(&Request::Resolve(name)).allowed()
        };
        recorded.names.iter().filter(is_missing).map(|name| looked_up(host_of_service(name), recorded)).collect()
    }

    pub fn listeners(&self, recorded: &Recorded) -> Vec<Need> {
        // A datagram socket that takes any port asks; the broker lets it where there is anybody to ask, or to be.
        let asks = |listened: &Listened| {
            listened.datagrams && listened.address.ip().is_unspecified() && listened.address.port() == 0
        };
        let alone = recorded.contacts.is_empty() && recorded.listened.iter().all(asks);
        let counts = |listened: &&Listened| {
            (alone || !asks(listened)) && !self.policy.decide(&Request::Listen(listened.address)).allowed()
        };
        recorded.listened.iter().filter(counts).map(|listened| listen(listened.address, recorded)).collect()
    }
}

fn listen(address: SocketAddr, recorded: &Recorded) -> Need {
    let text = if address.ip().is_unspecified() { address.port().to_string() } else { address.to_string() };
    let askers = recorded.askers(Permission::Listen, |asked| port_of(asked) == Some(address.port()));
    Need { addition: Addition::new(Permission::Listen, text), uses: vec![address.to_string()], askers }
}

fn port_of(place: &str) -> Option<u16> {
    place.rsplit(':').next()?.parse().ok()
}

/// One grant for each name that the program looked up and got this address for; else for one of its names, or itself.
fn reached(contact: &Contact, recorded: &Recorded) -> Vec<Need> {
    let mut names: Vec<&String> = contact.names.iter().filter(|name| recorded.names.contains(*name)).collect();
    if names.is_empty() {
        names.extend(contact.names.first());
    }
    let (address, port) = (contact.address, contact.address.port());
    let need = |host: String, name: Option<&String>| {
        let asks = |asked: &str| {
            let host = asked.rsplit_once(':').map_or(asked, |(host, _)| host);
            let local = address.ip().is_loopback() && (host == "localhost" || host.ends_with(".1") || host == "[::1]");
            port_of(asked) == Some(port)
                && (local || asked == address.to_string() || name.is_some_and(|name| name == host))
        };
        let askers = recorded.askers(Permission::Net, asks);
        let text = format!("{host}:{port}");
        Need { addition: Addition::new(Permission::Net, text), uses: vec![address.to_string()], askers }
    };
    let ip = address.ip();
    if ip.is_loopback() {
        return vec![need("localhost".into(), None)];
    }
    if names.is_empty() {
        return vec![need(if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() }, None)];
    }
    let public = classify(ip) == AddressClass::Public;
    names
        .into_iter()
        .map(|name| need(if public { name.clone() } else { format!("private:{name}") }, Some(name)))
        .collect()
}

/// The port is what the program says that it wants there; most often that is TLS.
fn looked_up(name: &str, recorded: &Recorded) -> Need {
    let host = |asked: &str| asked.rsplit_once(':').map_or(asked, |(host, _)| host).to_ascii_lowercase();
    let said =
        recorded.asked.keys().filter(|(permission, asked)| *permission == Permission::Net && host(asked) == name);
    let port = said.filter_map(|(_, asked)| port_of(asked)).next().unwrap_or(HTTPS);
    let askers = recorded.askers(Permission::Net, |asked| host(asked) == name);
    Need { addition: Addition::new(Permission::Net, format!("{name}:{port}")), uses: Vec::new(), askers }
}

/// `db.example` for `_mongodb._tcp.db.example` (RFC 2782).
fn host_of_service(mut name: &str) -> &str {
    while let Some((label, host)) = name.split_once('.')
        && label.starts_with('_')
    {
        name = host;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn contact(address: &str, names: &[&str]) -> Contact {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Contact { address: address.parse().unwrap(), names }
    }

    fn texts(contact: &Contact, looked_up: &[&str]) -> Vec<String> {
        let names: BTreeSet<String> = looked_up.iter().map(|name| (*name).to_owned()).collect();
        let recorded = Recorded { names, ..Recorded::default() };
        reached(contact, &recorded).into_iter().map(|need| need.addition.text).collect()
    }

    #[test]
    fn the_name_that_was_looked_up_is_granted_and_not_what_it_is_an_alias_of() {
        let both = contact("93.184.215.14:443", &["edge.network.example", "www.example"]);
        assert_eq!(texts(&both, &["www.example"]), ["www.example:443"]);
        assert_eq!(texts(&both, &["edge.network.example", "www.example"]).len(), 2, "one address, two services");
    }

    #[test]
    fn an_address_without_a_name_is_granted_itself() {
        assert_eq!(texts(&contact("93.184.215.14:80", &[]), &[]), ["93.184.215.14:80"]);
        assert_eq!(texts(&contact("[2606:2800::1]:80", &[]), &[]), ["[2606:2800::1]:80"]);
        assert_eq!(texts(&contact("127.0.0.1:5432", &["localhost"]), &[]), ["localhost:5432"]);
    }

    #[test]
    fn private_addresses_of_names_are_named_as_such() {
        assert_eq!(texts(&contact("10.1.2.3:80", &["db.internal"]), &["db.internal"]), ["private:db.internal:80"]);
    }

    #[test]
    fn a_name_that_was_only_looked_up_is_granted_for_the_port_that_the_program_says() {
        let mut recorded = Recorded::default();
        assert_eq!(looked_up("api.example", &recorded).addition.text, "api.example:443");
        recorded.asked.insert((Permission::Net, "API.example:8080".into()), BTreeSet::new());
        assert_eq!(looked_up("api.example", &recorded).addition.text, "api.example:8080");
        assert_eq!(host_of_service("_mongodb._tcp.db.example"), "db.example");
    }
}
