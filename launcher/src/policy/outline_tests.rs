use super::super::{AddonPackage, Grants, HostPattern, Limits, NetPattern, Origin, OwnCode, PortPattern};
use super::*;
use std::time::Duration;

fn grant<P>(pattern: P, text: &str) -> Grant<P> {
    Grant { pattern, text: text.to_owned(), origin: Origin::Default("test") }
}

fn host(name: &str) -> Grant<NetPattern> {
    let pattern =
        NetPattern::Host { host: HostPattern::Name(name.to_owned()), port: PortPattern::One(443), private: false };
    grant(pattern, &format!("{name}:443"))
}

fn path(text: &str) -> Grant<PathBuf> {
    grant(PathBuf::from(text), text)
}

fn addon(folder: &str) -> Grant<AddonPackage> {
    grant(AddonPackage { name: folder.to_owned(), folders: vec![PathBuf::from(folder)] }, folder)
}

fn outer() -> Policy {
    Policy {
        own: OwnCode { root: "/app".into(), readable: vec!["/app".into()], secrets: vec!["/app/.env".into()] },
        allow: Grants {
            read: vec![path("/data")],
            write: vec![path("/app/dist"), path("/app/a\nb")],
            net: vec![host("a.example"), host("b.example")],
            addons: vec![addon("/app/node_modules/sharp")],
            ..Grants::default()
        },
        limits: Limits { memory: Some(1 << 30), time: Some(Duration::from_secs(9)), ..Limits::default() },
        ..Policy::default()
    }
}

fn outline(policy: &Policy) -> Outline {
    let shared = Shared { home: Path::new("/s/home"), temporary: Path::new("/s/tmp"), programs: Path::new("/s/bin") };
    Outline::decode(&Outline::of(policy, shared).encode()).expect("the same version")
}

fn narrowed(change: impl FnOnce(&mut Policy)) -> Result<Narrowing, Unenforceable> {
    let mut inner = outer();
    change(&mut inner);
    outline(&outer()).narrowed_by(&inner)
}

const ALL: Narrowing =
    Narrowing { network: Left::ToTheJailAround, metadata: Left::ToTheJailAround, watches: Left::ToTheJailAround };

#[test]
fn the_same_policy_leaves_everything_to_the_jail_around() {
    assert_eq!(narrowed(|_| {}), Ok(ALL));
}

#[test]
fn a_wider_policy_is_the_same_as_the_jail_around() {
    let wider = |inner: &mut Policy| {
        inner.allow.net.push(host("c.example"));
        inner.allow.write = vec![path("/app"), path("/")];
        inner.own.secrets.clear();
        inner.allow.addons.push(addon("/"));
        inner.limits = Limits { memory: Some(2 << 30), ..Limits::default() };
    };
    assert_eq!(narrowed(wider), Ok(ALL));
}

#[test]
fn without_net_and_listen_there_is_no_network_at_all() {
    let found = narrowed(|inner| inner.allow.net.clear());
    assert_eq!(found, Ok(Narrowing { network: Left::Out, ..ALL }));
}

#[test]
fn a_part_of_the_network_is_refused_and_the_lost_grant_named() {
    let refused = |what, outer: &str| Err(Unenforceable { what, outer: outer.to_owned() });
    assert_eq!(narrowed(|inner| inner.allow.net.truncate(1)), refused("net", "b.example:443"));
    assert_eq!(narrowed(|inner| inner.deny.net.push(host("a.example"))), refused("net", "a.example:443"));
}

#[test]
fn what_the_guardian_and_the_broker_around_hold_is_not_narrowed() {
    assert_eq!(narrowed(|inner| inner.allow.addons.clear()).map_err(|error| error.what), Err("addons"));
    assert_eq!(narrowed(|inner| inner.limits.memory = Some(1)).map_err(|error| error.what), Err("limit memory"));
    assert_eq!(narrowed(|inner| inner.limits.processes = Some(1)).map_err(|error| error.what), Err("limit processes"));
    let shorter = |inner: &mut Policy| inner.limits.time = Some(Duration::from_secs(8));
    assert_eq!(narrowed(shorter).map_err(|error| error.what), Err("limit time"));
}

#[test]
fn fewer_folders_to_write_leave_no_metadata_to_change() {
    for change in [
        |inner: &mut Policy| inner.allow.write = vec![path("/app/dist/one")],
        |inner: &mut Policy| inner.allow.write.clear(),
        |inner: &mut Policy| inner.deny.write.push(path("/app/dist/x")),
    ] {
        assert_eq!(narrowed(change).expect("it can be held").metadata, Left::Out);
    }
}

#[test]
fn less_to_read_leaves_nothing_to_watch() {
    for change in [
        |inner: &mut Policy| inner.allow.read.clear(),
        |inner: &mut Policy| inner.own.readable.clear(),
        |inner: &mut Policy| inner.deny.read.push(path("/data/x")),
        |inner: &mut Policy| inner.own.secrets.push("/app/key.pem".into()),
    ] {
        let found = narrowed(change).expect("it can be held");
        assert_eq!((found.watches, found.metadata), (Left::Out, Left::ToTheJailAround));
    }
}

#[test]
fn another_versions_outline_and_half_of_one_are_none() {
    let whole = outline(&outer()).encode();
    assert!(Outline::decode(&whole).is_some());
    assert!(Outline::decode(b"").is_none());
    assert!(Outline::decode(HEAD.as_bytes()).is_none());
    assert!(Outline::decode(&[b"cordon 0.0.0-other".as_slice(), &whole[HEAD.len()..]].concat()).is_none());
}
