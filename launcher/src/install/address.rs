//! Addresses of registries and proxies.

use crate::manifest::{self, escaped};
use crate::policy::{HostPattern, NetPattern};
use std::net::IpAddr;

/// `https://host:port/path/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub secure: bool,
    /// In lower case; an IPv6 address without brackets.
    pub host: String,
    pub port: u16,
    /// Begins and ends with `/`.
    pub path: String,
}

impl Address {
    /// Reads an http or https URL without user, query and fragment.
    pub fn parse(text: &str) -> Result<Address, String> {
        let wrong = |why: &str| format!("\"{}\" is not a registry's address: {why}", escaped(text));
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        let (secure, rest) = match (lower.strip_prefix("https://"), lower.starts_with("http://")) {
            (Some(_), _) => (true, &text[8..]),
            (None, true) => (false, &text[7..]),
            (None, false) => return Err(wrong("it does not begin with https://")),
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(wrong("it names a user; write the token as //host/:_authToken"));
        }
        if rest.contains(['?', '#', '\\']) || rest.chars().any(|letter| letter.is_control() || letter == ' ') {
            return Err(wrong("it has a query, a fragment or a character that does not belong there"));
        }
        if path.split('/').any(|name| name == "..") {
            return Err(wrong("it has \"..\" in its path"));
        }
        let port = if secure { 443 } else { 80 };
        let (host, port) = split(authority, port).ok_or_else(|| wrong("its host cannot be read"))?;
        let address = Address { secure, host, port, path: format!("{}/", path.trim_end_matches('/')) };
        address.pattern(Reach::Anywhere).map_err(|_| wrong("its host cannot be read"))?;
        Ok(address)
    }

    /// As it is asked for.
    pub fn url(&self) -> String {
        format!("{}://{}{}", if self.secure { "https" } else { "http" }, self.authority(), self.path)
    }

    /// `//host/path/`, as .npmrc names what a token belongs to.
    pub fn prefix(&self) -> String {
        format!("//{}{}", self.authority(), self.path)
    }

    fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.secure { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    /// The `net` grant that reaches it, as it is written in a manifest.
    pub fn grant(&self, reach: Reach) -> String {
        let is_address = self.host.parse::<IpAddr>().is_ok() || self.host == "localhost";
        let private = if reach == Reach::Anywhere && !is_address { "private:" } else { "" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{private}{host}:{}", self.port)
    }

    pub fn pattern(&self, reach: Reach) -> Result<NetPattern, String> {
        let pattern = manifest::net(&self.grant(reach)).map_err(|problem| problem.what)?;
        match &pattern {
            NetPattern::Host { host: HostPattern::Name(_) | HostPattern::Address(_), .. } => Ok(pattern),
            _ => Err("it is not one host".into()),
        }
    }
}

/// Where the name of a registry may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses only.
    Public,
    /// To private ones too: a company's registry.
    Anywhere,
}

fn split(authority: &str, usual: u16) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|port| *port > 0)?,
        None if port.is_empty() => usual,
        None => return None,
    };
    (!host.is_empty()).then(|| (host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let plain = Address::parse("https://Registry.Example").expect("an address");
        assert_eq!(plain.url(), "https://registry.example/");
        assert_eq!(plain.grant(Reach::Public), "registry.example:443");
        let other = Address::parse("http://127.0.0.1:4873/npm//").expect("an address");
        assert_eq!(
            (other.url(), other.prefix()),
            ("http://127.0.0.1:4873/npm/".into(), "//127.0.0.1:4873/npm/".into())
        );
        assert_eq!(other.grant(Reach::Anywhere), "127.0.0.1:4873");
        assert_eq!(Address::parse("https://[::1]:8443/").expect("an address").grant(Reach::Anywhere), "[::1]:8443");
        assert_eq!(Address::parse("https://npm.corp/x").expect("one").grant(Reach::Anywhere), "private:npm.corp:443");
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        for text in [
            "",
            "registry.example",
            "ftp://a.example/",
            "https://",
            "https:///x",
            "https://user@a.example/",
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://*.example/",
            "https://a.example/../b",
            "https://a.example/?x",
            "https://a.example/#x",
            "https://a b/",
            "https://*/",
            "https://a.example\n/",
            "https://unix:/x",
            "https://0x7f.1/",
            "https://a.example/\\b",
        ] {
            assert!(Address::parse(text).is_err(), "{text:?}");
        }
    }
}
