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
}

/// Every setting, in the order of docs/http.md.
const SETTINGS: [(&str, Kind); 23] = [
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
        (Kind::Networks | Kind::Switch, _) => Err(wrong(kind, value)),
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
}
