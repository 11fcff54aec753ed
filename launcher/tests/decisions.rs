//! contract/cases/decisions.json holds for `Policy::decide`.

use launcher::manifest::json::{self, Node};
use launcher::manifest::{listen, net};
use launcher::policy::{AddonPackage, EnvPattern, Grant, Grants, Origin, Policy, Program, Request};
use std::path::{Path, PathBuf};

const CASES: &str = include_str!("../../contract/cases/decisions.json");

fn texts(node: Option<&Node>, key: &str) -> Vec<String> {
    let items = node.and_then(|node| node.member(key)).map_or(&[][..], |member| member.node.items());
    items.iter().map(|item| item.string().expect("a string").to_owned()).collect()
}

fn grants<P>(node: Option<&Node>, key: &str, parse: impl Fn(&str) -> Vec<P>) -> Vec<Grant<P>> {
    let grant = |text: &String| {
        let patterns = parse(text).into_iter();
        patterns
            .map(|pattern| Grant { pattern, text: text.clone(), origin: Origin::Default("a case") })
            .collect::<Vec<_>>()
    };
    texts(node, key).iter().flat_map(grant).collect()
}

fn side(node: Option<&Node>) -> Grants {
    let paths = |text: &str| vec![PathBuf::from(text)];
    Grants {
        read: grants(node, "read", paths),
        write: grants(node, "write", paths),
        net: grants(node, "net", |text| vec![net(text).expect("a host")]),
        listen: grants(node, "listen", |text| listen(text).expect("a place to listen at")),
        env: grants(node, "env", |text| {
            vec![
                text.strip_suffix('*')
                    .map_or_else(|| EnvPattern::Name(text.into()), |prefix| EnvPattern::Prefix(prefix.into())),
            ]
        }),
        run: grants(node, "run", |text| vec![Program { name: text.into(), path: text.into() }]),
        addons: grants(node, "addons", |text| vec![AddonPackage { name: text.into(), folders: vec![text.into()] }]),
    }
}

fn policy(node: &Node) -> Policy {
    let part = |key: &str| node.member(key).map(|member| &member.node);
    let mut policy = Policy { allow: side(part("allow")), deny: side(part("deny")), ..Policy::default() };
    policy.own.readable = texts(Some(node), "own").into_iter().map(PathBuf::from).collect();
    policy.own.secrets = texts(Some(node), "secrets").into_iter().map(PathBuf::from).collect();
    policy.private = texts(Some(node), "private").into_iter().map(PathBuf::from).collect();
    policy
}

fn is_allowed(policy: &Policy, request: &Node) -> bool {
    let text = |key: &str| request.member(key).and_then(|member| member.node.string());
    let path = |key: &str| text(key).map(Path::new);
    let names = texts(Some(request), "names");
    let address = |key: &str| text(key).map(|text| text.parse().expect("an address"));
    let request = None
        .or(path("read").map(Request::Read))
        .or(path("write").map(Request::Write))
        .or(path("unix").map(Request::ConnectUnix))
        .or(path("run").map(Request::Run))
        .or(path("addon").map(Request::Addon))
        .or(text("resolve").map(Request::Resolve))
        .or(text("env").map(Request::Env))
        .or(address("listen").map(Request::Listen))
        .or(address("connect").map(|address| Request::Connect { address, names: &names }));
    policy.decide(&request.expect("a request of a known kind")).allowed()
}

#[test]
fn every_case_is_decided_as_it_says() {
    let document = json::read(CASES).expect("JSON");
    let cases = document.member("cases").expect("cases").node.items();
    let mut requests = 0;
    for case in cases {
        let claim = case.member("claim").and_then(|member| member.node.string()).expect("a claim");
        let policy = policy(&case.member("policy").expect("a policy").node);
        for (key, expected) in [("allowed", true), ("denied", false)] {
            for request in case.member(key).map_or(&[][..], |member| member.node.items()) {
                assert_eq!(is_allowed(&policy, request), expected, "{claim}: {:?}", request.value);
                requests += 1;
            }
        }
    }
    assert!(requests > 100, "only {requests} requests were read");
}
