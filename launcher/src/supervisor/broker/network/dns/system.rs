//! The machine's own settings for names: /etc/resolv.conf (resolv.conf(5)) and /etc/hosts (hosts(5)), read once at
//! start.

use crate::sys::socket;
use std::ffi::CString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

/// glibc takes three and c-ares more; a list that is longer than this helps nobody.
const NAMESERVERS: usize = 8;
const SEARCH_DOMAINS: usize = 32;
const PORT: u16 = 53;

/// What the machine says about names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    pub nameservers: Nameservers,
    /// Entries of /etc/hosts, which the C library reads by itself: names that are granted get their addresses.
    pub hosts: Vec<(String, IpAddr)>,
}

impl System {
    /// Reads both files; one that is not there says nothing.
    pub fn read() -> System {
        let text = |path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        System { nameservers: Nameservers::parse(&text("/etc/resolv.conf")), hosts: parse_hosts(&text("/etc/hosts")) }
    }
}

/// Where names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nameservers {
    pub addresses: Vec<SocketAddr>,
    /// Domains that look-ups are tried in, in lower case, without dots at their ends.
    pub search: Vec<String>,
}

impl Nameservers {
    /// Reads resolv.conf's text. Without a nameserver there the C library asks this machine.
    pub fn parse(text: &str) -> Nameservers {
        let mut addresses = Vec::new();
        let mut search = Vec::new();
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => addresses.extend(words.next().and_then(nameserver)),
                // The last of these lines counts.
                Some("search" | "domain") => search = words.filter_map(domain).take(SEARCH_DOMAINS).collect(),
                _ => {}
            }
        }
        addresses.truncate(NAMESERVERS);
        if addresses.is_empty() {
            addresses.push(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
        }
        Nameservers { addresses, search }
    }
}

fn nameserver(word: &str) -> Option<SocketAddr> {
    if let Ok(ip) = word.parse::<IpAddr>() {
        return Some(SocketAddr::new(ip, PORT));
    }
    let (address, interface) = word.split_once('%')?;
    let name = CString::new(interface).ok()?;
    let scope = interface.parse().ok().or_else(|| socket::interface_number(&name))?;
    Some(SocketAddr::V6(SocketAddrV6::new(address.parse().ok()?, PORT, 0, scope)))
}

fn domain(word: &str) -> Option<String> {
    let domain = word.trim_matches('.').to_ascii_lowercase();
    (!domain.is_empty()).then_some(domain)
}

/// Names and their addresses from /etc/hosts, names in lower case.
fn parse_hosts(text: &str) -> Vec<(String, IpAddr)> {
    let mut entries = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { continue };
        entries.extend(words.map(|name| (name.trim_end_matches('.').to_ascii_lowercase(), address)));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nameservers_and_search_domains_are_read() {
        let text = "# c\nnameserver 10.0.0.2\nnameserver ::1 \nsearch Corp.Example. b.example\noptions ndots:5\n";
        let read = Nameservers::parse(text);
        assert_eq!(read.addresses, ["10.0.0.2:53".parse().unwrap(), "[::1]:53".parse().unwrap()]);
        assert_eq!(read.search, ["corp.example", "b.example"]);
    }

    #[test]
    fn a_link_local_nameserver_keeps_its_interface() {
        let read = Nameservers::parse("nameserver fe80::1%lo\nnameserver fe80::2%7\n");
        assert!(matches!(read.addresses[0], SocketAddr::V6(v6) if v6.scope_id() != 0));
        assert!(matches!(read.addresses[1], SocketAddr::V6(v6) if v6.scope_id() == 7));
    }

    #[test]
    fn without_a_nameserver_this_machine_is_asked() {
        for text in ["", "nameserver nonsense\n", "search\n"] {
            assert_eq!(Nameservers::parse(text).addresses, ["127.0.0.1:53".parse().unwrap()]);
        }
    }

    #[test]
    fn hosts_lines_give_each_name_its_address() {
        let read = parse_hosts("127.0.0.1 localhost\n10.0.0.5\tDB.internal db # comment\n::1 six\nbroken line\n");
        let names: Vec<_> = read.iter().map(|(name, ip)| format!("{name}={ip}")).collect();
        assert_eq!(names, ["localhost=127.0.0.1", "db.internal=10.0.0.5", "db=10.0.0.5", "six=::1"]);
    }
}
