//! Texts of `net` and `listen` grants, and what they mean.

use super::error::{Problem, quoted};
use crate::policy::{Cidr, HostPattern, ListenPattern, NetPattern, PortPattern};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

/// `host`, `host:port`, `host:first-last`, `*.suffix`, an address, a network, `private:name`, `unix:path`, `*`.
/// A unix path is returned as it was written: `path` resolves it.
pub fn net(text: &str) -> Result<NetPattern, Problem> {
    if let Some(path) = text.strip_prefix("unix:") {
        return unix(path);
    }
    if text.contains("://") {
        return Err(not_a_host(text));
    }
    let (private, rest) = match text.strip_prefix("private:") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (host, port) = split_port(rest).ok_or_else(|| not_a_host(text))?;
    let host = host_pattern(host, text)?;
    if private && !matches!(host, HostPattern::Name(_) | HostPattern::Suffix(_)) {
        return Err(Problem::new(
            format!("{} says private: for something that is not a name", quoted(text)),
            "write the address without private:, naming it is enough",
        ));
    }
    Ok(NetPattern::Host { host, port: port_pattern(port, text, 1)?, private })
}

/// A port, `address:port`, `port` as text, `first-last`, `*:port`, `localhost:port`. A name of several addresses gives
/// several patterns.
pub fn listen(text: &str) -> Result<Vec<ListenPattern>, Problem> {
    let wrong = || {
        Problem::new(
            format!("{} is not a place to listen at", quoted(text)),
            "write a port such as 3000, or \"127.0.0.1:3000\"",
        )
    };
    if text == "*" {
        return Ok(vec![ListenPattern { address: None, port: PortPattern::Any }]);
    }
    if text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    {
        return Ok(vec![ListenPattern { address: None, port: port_pattern(Some(text), text, 0)? }]);
    }
    let (host, port) = split_port(text).ok_or_else(wrong)?;
    let Some(port) = port else { return Err(wrong()) };
    let port = port_pattern(Some(port), text, 0)?;
    let addresses = match host {
        "*" => vec![None],
        "localhost" => vec![Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), Some(IpAddr::V6(Ipv6Addr::LOCALHOST))],
        _ => vec![Some(address(host).ok_or_else(wrong)?)],
    };
    Ok(addresses.into_iter().map(|address| ListenPattern { address, port }).collect())
}

fn unix(path: &str) -> Result<NetPattern, Problem> {
    if path.starts_with('@') || path.starts_with('\0') {
        return Err(Problem::new(
            format!("{} is an abstract socket", quoted(path)),
            "grant the path of a socket; a program always reaches the abstract sockets that it made itself",
        ));
    }
    if path.is_empty() || path.ends_with('/') {
        return Err(Problem::new(format!("{} is not a socket's path", quoted(path)), "write \"unix:/run/name.sock\""));
    }
    Ok(NetPattern::Unix(PathBuf::from(path)))
}

fn not_a_host(text: &str) -> Problem {
    Problem::new(format!("{} is not a host", quoted(text)), suggestion(text))
}

/// How to write what was probably meant.
fn suggestion(text: &str) -> String {
    let bare = text.strip_prefix("private:").unwrap_or(text);
    let Some((scheme, rest)) = bare.split_once("://") else {
        return "write \"host:port\", such as \"example.org:443\"".into();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("").to_ascii_lowercase();
    let fits = !host.contains("://") && net(&host).is_ok();
    match scheme {
        _ if !fits => "write \"host:port\", such as \"example.org:443\"".into(),
        _ if split_port(&host).is_some_and(|(_, port)| port.is_some()) => format!("write {}", quoted(&host)),
        "http" | "ws" => format!("write {}", quoted(&format!("{host}:80"))),
        _ => format!("write {}", quoted(&format!("{host}:443"))),
    }
}

/// Parts `host:port`, `[v6]:port`, `v6`, `net/prefix:port`. The host is what stands before the port, without brackets.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        // Brackets are for IPv6 only: [example.org]:443 is nothing.
        let bare = host.split_once('/').map_or(host, |(address, _)| address);
        bare.parse::<Ipv6Addr>().ok()?;
        // [fe80::]/10:443 and [fe80::/10]:443 are both seen in the wild; one is enough.
        return match after {
            "" => Some((host, None)),
            _ => Some((host, Some(after.strip_prefix(':')?))),
        };
    }
    let colons = text.bytes().filter(|byte| *byte == b':').count();
    match colons {
        0 => Some((text, None)),
        1 => text.split_once(':').map(|(host, port)| (host, Some(port))),
        // Without brackets an IPv6 address has no port: "::1:80" is an address.
        _ => Some((text, None)),
    }
}

fn port_pattern(text: Option<&str>, whole: &str, lowest: u16) -> Result<PortPattern, Problem> {
    let Some(text) = text else { return Ok(PortPattern::Any) };
    if text == "*" {
        return Ok(PortPattern::Any);
    }
    let wrong = || {
        let what = format!("{} has no port between {lowest} and 65535", quoted(whole));
        Problem::new(what, "write a number such as 443, a range such as 8000-8010, or *")
    };
    let one = |digits: &str| -> Result<u16, Problem> {
        let plain = !digits.is_empty() && digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let padded = digits.len() > 1 && digits.starts_with('0');
        if !plain || padded {
            return Err(wrong());
        }
        digits.parse::<u16>().ok().filter(|port| *port >= lowest).ok_or_else(wrong)
    };
    match text.split_once('-') {
        None => one(text).map(PortPattern::One),
        Some((first, last)) => {
            let (first, last) = (one(first)?, one(last)?);
            if first == 0 || first > last {
                return Err(Problem::new(
                    format!("{} has a range of ports that ends before it starts, or starts at 0", quoted(whole)),
                    "write the lower port first",
                ));
            }
            Ok(PortPattern::Range(first, last))
        }
    }
}

fn host_pattern(host: &str, whole: &str) -> Result<HostPattern, Problem> {
    if host == "*" {
        return Ok(HostPattern::Public);
    }
    if let Some((start, prefix)) = host.split_once('/') {
        return network(start, prefix, whole);
    }
    if let Some(address) = address(host) {
        if address.is_unspecified() {
            let what = format!("{} is not an address to connect to", quoted(whole));
            return Err(Problem::new(what, "write \"localhost\" or \"127.0.0.1\" for this machine"));
        }
        return Ok(HostPattern::Address(address));
    }
    if host.contains(':') {
        return Err(not_a_host(whole));
    }
    if let Some(suffix) = host.strip_prefix("*.") {
        return name(suffix, whole).map(HostPattern::Suffix);
    }
    if host.contains('*') {
        return Err(Problem::new(
            format!("{} has a * in a place that names cannot be compared at", quoted(whole)),
            "write \"*.example.org\" for every name below example.org",
        ));
    }
    name(host, whole).map(HostPattern::Name)
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn network(start: &str, prefix: &str, whole: &str) -> Result<HostPattern, Problem> {
    let address: IpAddr = start.parse().map_err(|_| not_a_host(whole))?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let plain = !prefix.is_empty() && prefix.len() <= 3 && prefix.bytes().all(|byte| byte.is_ascii_digit());
    let padded = prefix.len() > 1 && prefix.starts_with('0');
    let prefix: u8 = match prefix.parse() {
        Ok(prefix) if plain && !padded && prefix <= bits => prefix,
        _ => {
            let what = format!("{} has no prefix length between 0 and {bits}", quoted(whole));
            return Err(Problem::new(what, "write a network such as \"10.0.0.0/8\""));
        }
    };
    let network = Cidr { address: masked(address, prefix), prefix };
    if network.address != address {
        return Err(Problem::new(
            format!("{} has bits set after its prefix", quoted(whole)),
            format!("write \"{}/{prefix}\" for the network, or the address without a prefix", network.address),
        ));
    }
    Ok(HostPattern::Network(canonical(network)))
}

/// The first address of the network that `address` is in.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// A network of IPv4-mapped addresses is the IPv4 network that it maps to.
fn canonical(network: Cidr) -> Cidr {
    match (network.address.to_canonical(), network.address.is_ipv6()) {
        (v4 @ IpAddr::V4(_), true) if network.prefix >= 96 => Cidr { address: v4, prefix: network.prefix - 96 },
        _ => network,
    }
}

/// A name in lower case without its trailing dot, when it can only be a name: one that ends in a number is an address
/// to some resolvers (`127.1`, `0x7f.1`, `017700000001`; WHATWG URL, "ends in a number").
fn name(text: &str, whole: &str) -> Result<String, Problem> {
    let lower = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if !lower.is_ascii() {
        return Err(Problem::new(
            format!("{} is not in ASCII", quoted(whole)),
            "write the name as DNS has it, in Punycode: \"xn--…\"",
        ));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if lower.is_empty() || lower.len() > 253 || !lower.split('.').all(label) {
        return Err(not_a_host(whole));
    }
    let last = lower.rsplit('.').next().unwrap_or("");
    let digits = last.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if digits || hexadecimal {
        return Err(Problem::new(
            format!("{} is a form of an address that programs read differently", quoted(whole)),
            "write four decimal numbers without leading zeros, such as \"127.0.0.1\"",
        ));
    }
    Ok(lower)
}

#[cfg(test)]
mod tests;
