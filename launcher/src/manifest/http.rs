//! The `http` key: how the guard of HTTP servers is set. docs/http.md says what each setting is for.

use super::error::{Problem, quoted};
use super::host::net;
use super::json::{Value, quote};
use super::limits::{bytes, count, duration};
use crate::policy::{HostPattern, NetPattern, PortPattern};

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Connections, requests, streams.
    Count,
    Size,
    Duration,
    Switch,
    /// Addresses and networks.
    Networks,
    /// The address of a Redis or Valkey.
    Store,
}

/// Every setting, in the order of docs/http.md.
const SETTINGS: [(&str, Kind); 24] = [
    ("connections", Kind::Count),
    ("connectionsPerAddress", Kind::Count),
    ("newConnectionsPerSecond", Kind::Count),
    ("requestsPerConnection", Kind::Count),
    ("requestsPerSecond", Kind::Count),
    ("headerBytes", Kind::Size),
    ("headerCount", Kind::Count),
    ("urlBytes", Kind::Size),
    ("headersTimeout", Kind::Duration),
    ("handshakeTimeout", Kind::Duration),
    ("idleTimeout", Kind::Duration),
    ("bodyBytes", Kind::Size),
    ("bodyRate", Kind::Size),
    ("bodyTimeout", Kind::Duration),
    ("sendRate", Kind::Size),
    ("sendTimeout", Kind::Duration),
    ("streams", Kind::Count),
    ("streamResets", Kind::Count),
    ("controlBytes", Kind::Size),
    ("loopDelay", Kind::Duration),
    ("trustedProxies", Kind::Networks),
    ("proxyProtocol", Kind::Switch),
    ("shared", Kind::Store),
    ("log", Kind::Switch),
];

/// The names of all settings.
pub fn names() -> [&'static str; SETTINGS.len()] {
    SETTINGS.map(|(name, _)| name)
}

/// `value` as JSON for the runtime; `None` leaves the default. `false` takes a limit away.
pub fn setting(name: &str, value: &Value) -> Option<Result<(&'static str, Option<String>), Problem>> {
    let (name, kind) = SETTINGS.into_iter().find(|(known, _)| *known == name)?;
    let json = match (kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Networks, Value::Array(items)) => {
            items.iter().map(|item| network(&item.value)).collect::<Result<Vec<_>, _>>().map(listed)
        }
        (Kind::Switch, Value::Bool(on)) => Ok(Some(on.to_string())),
        (Kind::Store, Value::String(text)) => store(text).map(|_| Some(in_quotes(text))),
        (Kind::Networks | Kind::Switch | Kind::Store, _) => Err(wrong(kind, value)),
        (_, Value::Bool(false)) => Ok(Some("false".into())),
        (_, Value::String(text)) => number(kind, text).map(Some),
        (_, Value::Number(plain)) => number(kind, &format!("{plain}")).map(Some),
        _ => Err(wrong(kind, value)),
    };
    Some(json.map(|json| (name, json)))
}

fn number(kind: Kind, text: &str) -> Result<String, Problem> {
    match kind {
        Kind::Count => count(text).map(|count| count.to_string()),
        Kind::Size => bytes(text).map(|bytes| bytes.to_string()),
        _ => duration(text).map(|span| span.as_millis().to_string()),
    }
}

fn listed(networks: Vec<String>) -> Option<String> {
    Some(format!("[{}]", networks.join(",")))
}

/// One address or network, without a port.
fn network(value: &Value) -> Result<String, Problem> {
    let Value::String(text) = value else { return Err(wrong(Kind::Networks, value)) };
    match net(text) {
        Ok(NetPattern::Host {
            host: HostPattern::Address(_) | HostPattern::Network(_),
            port: PortPattern::Any,
            private: false,
        }) if !text.ends_with(":*") => Ok(in_quotes(text)),
        _ => Err(Problem::new(
            format!("{} is not an address or network", quoted(text)),
            "write \"10.0.0.1\" or \"10.0.0.0/8\"",
        )),
    }
}

/// What the guard has to reach for `shared`: a text for `net`, and the variable that holds the password.
#[derive(Debug, PartialEq, Eq)]
pub struct Store {
    pub net: String,
    pub env: Option<String>,
}

/// The needs of `shared`, where `value` is what it may be.
pub fn shared(name: &str, value: &Value) -> Option<Store> {
    match value {
        Value::String(text) if name == "shared" => store(text).ok(),
        _ => None,
    }
}

/// `redis://[user][:${PASSWORD}]@host[:port][/database]`, or `rediss://` for TLS.
fn store(text: &str) -> Result<Store, Problem> {
    let wrong = |what: &str| {
        Problem::new(
            format!("{} {what}", quoted(&without_password(text))),
            "write \"redis://host:6379\", or \"rediss://user:${REDIS_PASSWORD}@host:6379/0\"",
        )
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("is not the address of a Redis"))?;
    if scheme != "redis" && scheme != "rediss" {
        return Err(wrong("is not the address of a Redis"));
    }
    let (account, place) = rest.rsplit_once('@').map_or((None, rest), |(account, place)| (Some(account), place));
    let (place, database) = place.split_once('/').unwrap_or((place, ""));
    if !database.bytes().all(|byte| byte.is_ascii_digit()) || database.len() > 5 {
        return Err(wrong("names a database that is no number"));
    }
    let env = account.map_or(Ok(None), |account| password(account).ok_or_else(|| wrong("holds a password")))?;
    Ok(Store { net: reached(place).ok_or_else(|| wrong("names no host"))?, env })
}

/// The variable of `user:${VARIABLE}`; a password itself has no place in a package.json.
fn password(account: &str) -> Option<Option<String>> {
    let Some((user, password)) = account.split_once(':') else { return is_plain(account).then_some(None) };
    let name = password.strip_prefix("${")?.strip_suffix('}')?;
    let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (is_plain(user) && !name.is_empty() && name.bytes().all(named)).then(|| Some(name.to_owned()))
}

fn is_plain(user: &str) -> bool {
    user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
}

/// The one place, as a `net` grant names it: a database's name leads to a private address as a rule.
fn reached(place: &str) -> Option<String> {
    let has_port = place.rsplit_once(':').is_some_and(|(before, port)| {
        !before.ends_with(':') && !before.is_empty() && !port.contains(']') && !port.is_empty()
    });
    let place = if has_port { place.to_owned() } else { format!("{place}:6379") };
    [format!("private:{place}"), place].into_iter().find(|text| {
        matches!(
            net(text),
            Ok(NetPattern::Host {
                host: HostPattern::Name(_) | HostPattern::Address(_),
                port: PortPattern::One(_),
                ..
            })
        )
    })
}

/// For messages.
fn without_password(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(begin), Some(end)) if begin < end => format!("{}://…{}", &text[..begin], &text[end..]),
        _ => text.to_owned(),
    }
}

fn in_quotes(text: &str) -> String {
    let mut out = String::new();
    quote(&mut out, text);
    out
}

fn wrong(kind: Kind, value: &Value) -> Problem {
    let (what, fix) = match kind {
        Kind::Count => ("number of things", "write a number such as 100, or false for no limit"),
        Kind::Size => ("size", "write a size such as \"16KB\", or false for no limit"),
        Kind::Duration => ("time", "write a time such as \"10s\", or false for no limit"),
        Kind::Switch => ("switch", "write true or false"),
        Kind::Networks => ("list of addresses", "write a list such as [\"10.0.0.0/8\"]"),
        Kind::Store => ("address", "write \"redis://host:6379\""),
    };
    Problem::new(format!("{} stands where a {what} was expected", value.kind()), fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: Value) -> Result<Option<String>, Problem> {
        setting(name, &value).expect("a setting").map(|(_, json)| json)
    }

    #[test]
    fn units_become_bytes_and_milliseconds() {
        assert_eq!(set("headerBytes", Value::String("16KB".into())), Ok(Some("16384".into())));
        assert_eq!(set("headersTimeout", Value::Number(2.0)), Ok(Some("2000".into())));
        assert_eq!(set("connections", Value::Bool(false)), Ok(Some("false".into())));
        assert_eq!(set("connections", Value::Null), Ok(None));
    }

    #[test]
    fn only_what_can_be_meant_is_taken() {
        assert!(set("connections", Value::Bool(true)).is_err());
        assert!(set("connections", Value::Number(1.5)).is_err());
        assert!(set("proxyProtocol", Value::Number(1.0)).is_err());
        assert!(set("trustedProxies", Value::String("10.0.0.0/8".into())).is_err());
        assert_eq!(setting("conections", &Value::Null), None);
    }

    #[test]
    fn a_store_is_one_place_and_its_password_a_variable() {
        let found = |text: &str| shared("shared", &Value::String(text.into())).map(|store| (store.net, store.env));
        let plain = |net: &str| Some((net.to_owned(), None));
        assert_eq!(found("redis://cache"), plain("private:cache:6379"));
        assert_eq!(found("redis://10.0.0.7:7000/3"), plain("10.0.0.7:7000"));
        assert_eq!(found("rediss://[::1]:7000"), plain("[::1]:7000"));
        let account = Some(("private:cache.example:6379".to_owned(), Some("REDIS_PASSWORD".to_owned())));
        assert_eq!(found("rediss://shop:${REDIS_PASSWORD}@cache.example"), account);
        for wrong in [
            "cache:6379",
            "http://cache",
            "redis://",
            "redis://*",
            "redis://*.example",
            "redis://cache:1-9",
            "redis://cache:*",
            "redis://:secret@cache",
            "redis://a:${}@cache",
            "redis://a:${A}b@cache",
            "redis://cache/one",
            "redis://cache?x=1",
            "redis://unix:/run/a.sock",
        ] {
            assert_eq!(found(wrong), None, "{wrong}");
            assert!(set("shared", Value::String(wrong.into())).is_err(), "{wrong}");
        }
        let told = set("shared", Value::String("redis://:secret@cache".into())).expect_err("a password");
        assert!(!format!("{told:?}").contains("secret"), "{told:?}");
    }
}
