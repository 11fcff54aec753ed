//! Registries, tokens, certificates and limits, as the launcher read them from the .npmrc files.

use crate::error::{Error, Result};
use crate::url::Url;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Settings {
    pub registry: Url,
    /// `@scope` → its registry.
    pub scopes: BTreeMap<String, Url>,
    /// `//host:port/path/` → the value of an Authorization header.
    pub authorization: BTreeMap<String, String>,
    pub certificates: Certificates,
    /// On the way to registries without TLS, and to those with.
    pub proxy: Option<Url>,
    pub https_proxy: Option<Url>,
    /// Hosts that are reached without it: `a.example`, which covers what is below it, `a.example:8080`, `*`.
    pub no_proxy: Vec<String>,
    pub concurrency: usize,
    pub retries: u32,
    pub timeout: Duration,
    /// The workspaces' folders, relative to the project: the jail lets nobody look for them.
    pub members: Option<Vec<String>>,
}

/// Those that are named stand in the place of the built-in ones; those that are extra beside them.
#[derive(Debug, Clone, Default)]
pub struct Certificates {
    pub text: String,
    pub files: Vec<String>,
    pub extra: Vec<String>,
}

impl Settings {
    pub fn parse(text: &str) -> Result<Settings> {
        let value = if text.trim().is_empty() { Map::new() } else { crate::manifest::parse_object(text.as_bytes())? };
        let registry = match string(&value, "registry")? {
            Some(text) => folder(text)?,
            None => folder("https://registry.npmjs.org/")?,
        };
        let scopes = strings(&value, "scopes")?;
        Ok(Settings {
            registry,
            scopes: scopes.into_iter().map(|(scope, text)| Ok((scope, folder(&text)?))).collect::<Result<_>>()?,
            authorization: strings(&value, "authorization")?,
            certificates: Certificates {
                text: string(&value, "ca")?.unwrap_or_default().to_owned(),
                files: files(&value, "caFiles")?,
                extra: files(&value, "extraCaFiles")?,
            },
            proxy: string(&value, "proxy")?.map(Url::parse).transpose()?,
            https_proxy: string(&value, "httpsProxy")?.map(Url::parse).transpose()?,
            no_proxy: string(&value, "noProxy")?.map(hosts).unwrap_or_default(),
            concurrency: usize::try_from(number(&value, "concurrency", 64)?.clamp(1, 256)).unwrap_or(64),
            retries: u32::try_from(number(&value, "retries", 2)?.min(10)).unwrap_or(2),
            timeout: Duration::from_millis(number(&value, "timeout", 30_000)?.clamp(1, 3_600_000)),
            members: members(&value)?,
        })
    }

    /// Where a package of this name comes from, and from nowhere else.
    pub fn registry_of(&self, name: &str) -> &Url {
        let scope = name.split_once('/').map(|(scope, _)| scope);
        scope.and_then(|scope| self.scopes.get(scope)).unwrap_or(&self.registry)
    }

    /// The proxy on the way to this address.
    pub fn proxy_for(&self, url: &Url) -> Option<&Url> {
        let proxy = if url.tls { self.https_proxy.as_ref() } else { self.proxy.as_ref() };
        proxy.filter(|_| !self.no_proxy.iter().any(|entry| is_below(url, entry)))
    }

    /// The longest entry that the address lies below, as npm looks it up.
    pub fn authorization_for(&self, url: &Url) -> Option<&str> {
        // Who listens on the way must not hear it.
        if !url.tls {
            return None;
        }
        let place = format!("//{}{}", url.authority(), url.path);
        let fits =
            |key: &&String| place.strip_prefix(key.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'));
        let key = self.authorization.keys().filter(fits).max_by_key(|key| key.len())?;
        self.authorization.get(key).map(String::as_str)
    }
}

/// A registry's address, with the slash at its end that package names are put behind.
fn folder(text: &str) -> Result<Url> {
    let mut url = Url::parse(text)?;
    if !url.path.ends_with('/') {
        url.path.push('/');
    }
    Ok(url)
}

fn hosts(text: &str) -> Vec<String> {
    let words = text.split([',', ' ']).map(|word| word.trim().to_ascii_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

fn is_below(url: &Url, entry: &str) -> bool {
    // An IPv6 address has colons of its own.
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (entry, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host);
    let below = || url.host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    host == "*" || (port.is_none_or(|port| port.parse() == Ok(url.port)) && !name.is_empty() && below())
}

fn files(value: &Map<String, Value>, key: &str) -> Result<Vec<String>> {
    let Some(list) = value.get(key) else { return Ok(Vec::new()) };
    let text = |path: &Value| path.as_str().map(str::to_owned).ok_or_else(|| wrong(key));
    list.as_array().ok_or_else(|| wrong(key))?.iter().map(text).collect()
}

fn wrong(key: &str) -> Error {
    Error::Usage(format!("CORDON_INSTALL_SETTINGS has a wrong value for \"{key}\""))
}

fn string<'a>(value: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(key)),
    }
}

fn number(value: &Map<String, Value>, key: &str, default: u64) -> Result<u64> {
    value.get(key).map_or(Ok(default), |number| number.as_u64().ok_or_else(|| wrong(key)))
}

fn members(value: &Map<String, Value>) -> Result<Option<Vec<String>>> {
    let Some(list) = value.get("members") else { return Ok(None) };
    let list = list.as_array().ok_or_else(|| wrong("members"))?;
    let below = |path: &Value| path.as_str().filter(|path| crate::names::steps_down(path)).map(str::to_owned);
    list.iter().map(|path| below(path).ok_or_else(|| wrong("members"))).collect::<Result<_>>().map(Some)
}

fn strings(value: &Map<String, Value>, key: &str) -> Result<BTreeMap<String, String>> {
    let Some(members) = value.get(key) else { return Ok(BTreeMap::new()) };
    let members = members.as_object().ok_or_else(|| wrong(key))?;
    let each =
        |(name, text): (&String, &Value)| Ok((name.clone(), text.as_str().ok_or_else(|| wrong(key))?.to_owned()));
    members.iter().map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_for_its_kind_and_not_for_hosts_that_are_left_out() {
        let settings = Settings::parse(
            r#"{"proxy":"http://p.example:1","httpsProxy":"http://s.example:2","noProxy":"corp.example, .dot.example *.star.example,one.example:8080,::1,10.0.0.1"}"#,
        )
        .expect("settings");
        let way = |url: &str| {
            let url = Url::parse(url).expect("an address");
            settings.proxy_for(&url).map_or(0, |proxy| proxy.port)
        };
        assert_eq!((way("http://a.example/"), way("https://a.example/")), (1, 2));
        for direct in [
            "https://corp.example/",
            "https://npm.corp.example:8443/",
            "https://a.dot.example/",
            "https://a.star.example/",
            "http://one.example:8080/",
            "http://[::1]:4873/",
            "http://10.0.0.1/",
        ] {
            assert_eq!(way(direct), 0, "{direct}");
        }
        for through in
            ["https://notcorp.example/", "https://corp.example.evil/", "https://one.example/", "https://110.0.0.1/"]
        {
            assert_eq!(way(through), 2, "{through}");
        }
        let all = Settings::parse(r#"{"httpsProxy":"http://s.example:2","noProxy":"*"}"#).expect("settings");
        assert!(all.proxy_for(&Url::parse("https://a.example/").expect("an address")).is_none());
    }

    #[test]
    fn a_scope_has_its_registry_and_no_other() {
        let settings = Settings::parse(r#"{"registry":"https://r.example","scopes":{"@a":"https://a.example/npm"}}"#)
            .expect("settings");
        assert_eq!(settings.registry_of("@a/b").to_string(), "https://a.example/npm/");
        assert_eq!(settings.registry_of("@ab/b").to_string(), "https://r.example/");
        assert_eq!(settings.registry_of("a").to_string(), "https://r.example/");
    }

    #[test]
    fn a_token_goes_below_its_address_only() {
        let settings =
            Settings::parse(r#"{"authorization":{"//a.example/npm/":"Bearer long","//a.example/":"Bearer short"}}"#)
                .expect("settings");
        let token = |text: &str| settings.authorization_for(&Url::parse(text).expect("an address"));
        assert_eq!(token("https://a.example/npm/x/-/x.tgz"), Some("Bearer long"));
        assert_eq!(token("https://a.example/npmx"), Some("Bearer short"));
        assert_eq!(token("https://a.example:8443/npm/x"), None);
        assert_eq!(token("https://a.example.evil/npm/x"), None);
        assert_eq!(token("https://b.example/npm/x"), None);
        assert_eq!(token("http://a.example/npm/x/-/x.tgz"), None);
    }

    #[test]
    fn wrong_settings_are_errors() {
        for text in [
            "[]",
            r#"{"registry":1}"#,
            r#"{"scopes":[]}"#,
            r#"{"members":["../x"]}"#,
            r#"{"registry":"ftp://x"}"#,
            r#"{"retries":"2"}"#,
        ] {
            assert!(Settings::parse(text).is_err(), "{text}");
        }
    }
}
