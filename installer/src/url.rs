//! The little of URLs that registries need.

use crate::error::{Result, quoted, refused};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Url {
    pub tls: bool,
    pub host: String,
    pub port: u16,
    /// Path and query, with the first slash.
    pub path: String,
}

impl Url {
    /// http and https only; no user names, no spaces, no control characters, no names outside ASCII.
    pub fn parse(text: &str) -> Result<Url> {
        let wrong = |why: &str| refused(format!("{} is not an address of a registry: {why}", quoted(text)));
        let Some((scheme, rest)) = text.split_once("://") else { return wrong("write https://host/path") };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return wrong("only https and http are known"),
        };
        if !rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>')) {
            return wrong("it has characters that an address can't have");
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        if authority.contains('@') {
            return wrong("it has a user name in it; tokens belong into the user's .npmrc");
        }
        let Some((host, port)) = host_and_port(authority, tls) else { return wrong("its host or port is wrong") };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        // A server would take them away, and what was compared with the path before was not what it serves.
        let steps = path.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
        if steps.split(['/', ';']).any(|step| step == "." || step == "..") {
            return wrong("it has \"..\" in its path");
        }
        Ok(Url { tls, host, port, path })
    }

    pub fn same_origin(&self, other: &Url) -> bool {
        self.tls == other.tls && self.host == other.host && self.port == other.port
    }

    /// What stands in a Host header.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == default_port(self.tls) { host } else { format!("{host}:{}", self.port) }
    }

    /// Where a redirect leads.
    pub fn join(&self, location: &str) -> Result<Url> {
        if location.starts_with("//") {
            return Url::parse(&format!("{}:{location}", self.scheme()));
        }
        if location.starts_with('/') {
            return Url::parse(&format!("{}://{}{location}", self.scheme(), self.authority()));
        }
        Url::parse(location)
    }

    fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}://{}{}", self.scheme(), self.authority(), self.path)
    }
}

fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

fn host_and_port(authority: &str, tls: bool) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    if host.is_empty() || host.len() > 253 || !host.bytes().all(named) {
        return None;
    }
    let port = match port {
        None => default_port(tls),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|port| *port != 0)?
        }
        Some(_) => return None,
    };
    Some((host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written() {
        for text in ["https://r.example/a/-/a-1.0.0.tgz", "http://127.0.0.1:4873/", "https://[::1]:8443/x?y=1"] {
            assert_eq!(Url::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(Url::parse("HTTPS://R.Example").expect("an address").to_string(), "https://r.example/");
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for text in [
            "ftp://a/",
            "https://user@a/",
            "https://a b/",
            "https:///x",
            "https://a:0/",
            "https://a:99999/",
            "//a",
            "https://a\\b/",
            "https://a/\r\nx",
            "https://\u{e9}/",
            "https://a/x/../b",
            "https://a/x/%2E./b",
            "https://a/./b",
            "https://a/..",
            "https://a/..;x/b",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dots_that_are_no_steps_may_be_in_a_path() {
        for text in ["https://a/...", "https://a/a..b/.c?x=..", "https://a/1.0.0.tgz"] {
            assert!(Url::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_redirect_is_read_from_where_it_was_given() {
        let from = Url::parse("https://r.example/a").expect("an address");
        assert_eq!(from.join("/b").map(|url| url.to_string()), Ok("https://r.example/b".to_owned()));
        assert_eq!(from.join("//c.example/b").map(|url| url.to_string()), Ok("https://c.example/b".to_owned()));
        assert!(from.join("javascript:x").is_err());
    }
}
