//! Parsers of what others write: no input makes them panic, hang, or take something for what it is not.
//!
//! A second each, or `CORDON_FUZZ_SECONDS`; `node test/fuzz/run.ts --seconds=600` runs them in a release build.

mod fuzzing;
mod world;

use fuzzing::{Target, fuzz};
use jsonc_parser::{ParseOptions, parse_to_value};
use launcher::args;
use launcher::manifest::{Document, Section, escaped, json, listen, net, parse, quoted, set_limit};
use launcher::policy::{AddressClass, Grant, HostPattern, NetPattern, Origin, Policy, PortPattern, Request, classify};
use launcher::supervisor::broker::network::dns::{Pins, rehearse};
use launcher::supervisor::broker::network::name::Name;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const MANIFESTS: &str = include_str!("../../contract/cases/manifests.json");

fn each(kind: &str) -> Vec<String> {
    let document = json::read(MANIFESTS).expect("JSON");
    let items = document.member(kind).expect("cases").node.items();
    let key =
        |item: &json::Node| item.member("key").map_or((item.start, item.end), |key| (key.node.start, key.node.end));
    items.iter().map(key).map(|(start, end)| MANIFESTS[start..end].to_owned()).collect()
}

fn strings(node: &json::Node, found: &mut Vec<Vec<u8>>) {
    match &node.value {
        json::Value::String(text) => found.push(text.clone().into_bytes()),
        json::Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        json::Value::Object(members) => members.iter().for_each(|member| strings(&member.node, found)),
        _ => {}
    }
}

/// Every string of the manifests' cases: hosts, paths, names, limits.
fn texts() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    strings(&json::read(MANIFESTS).expect("JSON"), &mut found);
    found
}

#[test]
fn json_is_read_as_it_is_written() {
    let seeds = each("good").into_iter().chain(each("bad")).map(String::into_bytes).collect();
    let words: &[&[u8]] = &[
        b"[",
        b"{\"a\":",
        b"\\u0000",
        b"\\ud83d\\ude00",
        b"\\ud800",
        b"1e999",
        b"-0",
        b"\xef\xbb\xbf",
        b"null",
        b"\"__proto__\":",
        b"//",
    ];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        match json::read(text) {
            // What is inside was written there: reading each part alone gives the part.
            Ok(node) => {
                let again = json::read(&text[node.start..node.end]).expect("a value is a text");
                assert_eq!(shape(&again), shape(&node));
            }
            Err(wrong) => {
                let (line, column) = json::position(text, wrong.at);
                assert!(line >= 1 && column >= 1 && wrong.at <= text.len());
            }
        }
        // A laxer reader, which takes control characters in strings, takes all that this one takes.
        if json::read(text).is_ok() && !text.starts_with('\u{feff}') {
            assert!(parse_to_value(text, &strict()).is_ok_and(|value| value.is_some()));
        }
        let mut quoted = String::new();
        json::quote(&mut quoted, text);
        assert_eq!(json::read(&quoted).expect("a quoted text is JSON").string(), Some(text));
    };
    fuzz(Target { name: "json", seeds, words, check });
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// A value without its places.
fn shape(node: &json::Node) -> String {
    match &node.value {
        json::Value::Array(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
        json::Value::Object(members) => {
            let each = members.iter().map(|member| format!("{:?}:{}", member.name, shape(&member.node)));
            format!("{{{}}}", each.collect::<Vec<_>>().join(","))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn a_manifest_is_understood_or_refused_with_a_place() {
    let seeds =
        each("good").into_iter().chain(each("bad")).map(|key| format!("{{\"cordon\":{key}}}").into_bytes()).collect();
    let words: &[&[u8]] = &[
        b"\"permissions\":{",
        b"\"scripts\":",
        b"\"deny\":",
        b"\"limits\":",
        b"\"net\":[",
        b"\"read\":[\"",
        b"\"cordon\":",
        b"true",
        b"\"__proto__\":{",
    ];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let file = PathBuf::from("/p/package.json");
        let Ok(root) = parse(&file, text) else { return };
        let document = Document { file, text: text.to_owned(), root };
        match document.key() {
            Ok(Some(key)) => {
                let scripts = key.scripts.iter().map(|(_, section)| section);
                scripts.chain([&key.section]).for_each(every_wish_is_said);
            }
            Ok(None) => {}
            Err(error) => {
                assert!(error.place.is_some(), "{error}");
                assert!(!error.to_string().contains(char::is_control), "{error:?}");
            }
        }
    };
    fuzz(Target { name: "manifest", seeds, words, check });
}

fn every_wish_is_said(section: &Section) {
    for wish in section.allow.iter().chain(&section.deny) {
        assert!(!wish.text.trim().is_empty());
        assert!(matches!(&wish.place.origin, Origin::Manifest { pointer, .. } if pointer.starts_with("/cordon/")));
    }
}

#[test]
fn a_host_is_one_thing_only() {
    let words: &[&[u8]] = &[
        b"127.0.0.1",
        b"::ffff:",
        b"*.",
        b":443",
        b"private:",
        b"unix:",
        b"/8",
        b"0x7f",
        b"xn--",
        b"\xef\xbc\x8e",
        b"[::1]",
        b"@",
        b"localhost",
        b"http://",
        b"-",
    ];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        match net(text) {
            Ok(pattern) => refuse_ambiguity(text, &pattern),
            Err(problem) => assert!(!problem.what.contains(char::is_control) && !problem.fix.is_empty(), "{problem:?}"),
        }
        for pattern in listen(text).into_iter().flatten() {
            let port = match pattern.port {
                PortPattern::One(port) | PortPattern::Range(port, _) => port,
                PortPattern::Any => 1,
            };
            let address = pattern.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            assert!(pattern.matches(SocketAddr::new(address, port)), "{text:?}");
        }
    };
    fuzz(Target { name: "host", seeds: texts(), words, check });
}

/// What was taken for a name is not what any resolver takes for an address (inet_aton(3), WHATWG URL), and what was
/// taken for an address is what its text says.
fn refuse_ambiguity(text: &str, pattern: &NetPattern) {
    let NetPattern::Host { host, .. } = pattern else { return };
    match host {
        HostPattern::Name(name) | HostPattern::Suffix(name) => {
            assert!(
                name.is_ascii() && !name.is_empty() && name.len() <= 253 && *name == name.to_lowercase(),
                "{text:?}"
            );
            assert!(!name.ends_with('.') && !name.contains(['/', ':', '@', '*', ' ', '%', '\0']), "{text:?}");
            let last = name.rsplit('.').next().unwrap_or("");
            assert!(!last.bytes().all(|byte| byte.is_ascii_digit()), "{text:?}");
            assert!(!(last.starts_with("0x") && last[2..].bytes().all(|byte| byte.is_ascii_hexdigit())), "{text:?}");
        }
        HostPattern::Address(address) => {
            assert_eq!(*address, address.to_canonical(), "{text:?}");
            assert!(!address.is_unspecified(), "{text:?}");
        }
        HostPattern::Network(network) => assert!(network.contains(network.address), "{text:?}"),
        HostPattern::Public => assert!(text.starts_with('*'), "{text:?}"),
    }
}

#[test]
fn a_socket_address_is_decided_as_the_kernel_would_take_it() {
    let seeds = vec![
        [&2_u16.to_ne_bytes()[..], &[0, 80, 127, 0, 0, 1], &[0; 8]].concat(),
        [&10_u16.to_ne_bytes()[..], &[1, 187], &[0; 4], &Ipv6Addr::LOCALHOST.octets(), &[0; 4]].concat(),
        [&1_u16.to_ne_bytes()[..], b"/run/x.sock\0"].concat(),
        [&1_u16.to_ne_bytes()[..], b"\0abstract"].concat(),
        vec![0, 0],
    ];
    let check = &mut |input: &[u8]| {
        let Ok(name) = Name::parse(input) else { return };
        let Name::Internet(address) = name else { return };
        let canonical = launcher::supervisor::broker::network::name::canonical(address);
        assert!(!canonical.ip().is_unspecified() && canonical.ip() == canonical.ip().to_canonical());
    };
    fuzz(Target { name: "socket address", seeds, words: &[&[0xff, 0xff], &[0; 8]], check });
}

#[test]
fn a_command_line_is_understood_or_refused() {
    let seeds = [
        "run\0--allow-net=example.org:443\0a.js\0--x",
        "-e\0code\0--\0a",
        "permissions\0--json\0--deny-read\0.",
        "--max-old-space-size=64\0a.js",
        "run\0-\0a",
        "completions\0zsh",
        "help\0run",
        "run\0--namespaces=off\0--landlock-at-most=3\0--quiet\0a.js",
        "--limit-memory=1GB\0./a.js",
    ];
    let words: &[&[u8]] =
        &[b"\0--", b"\0-e\0", b"--allow-", b"--deny-", b"read", b"=", b",", b"--no-", b"\0run\0", b"\0--help"];
    let check = &mut |input: &[u8]| {
        let given: Vec<OsString> =
            input.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect();
        match args::parse(given.clone(), |_| false) {
            Ok(line) => {
                // What follows a program's entry arrives as it was typed.
                if matches!(line.command.name, "run" | "learn") {
                    assert!(given.ends_with(&line.rest));
                }
                if let Err(error) = args::section(&line.flags, Path::new("/p")) {
                    assert!(!error.to_string().contains(char::is_control), "{error:?}");
                }
            }
            Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
        }
    };
    fuzz(Target { name: "command line", seeds: seeds.map(|line| line.as_bytes().to_vec()).into(), words, check });
}

#[test]
fn limits_and_texts_for_people_are_bounded() {
    let words: &[&[u8]] = &[b"MB", b"GiB", b"ms", b"18446744073709551616", b"\xe2\x80\xae", b"\x1b[2J"];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        for name in launcher::manifest::LIMIT_NAMES {
            let mut limits = Default::default();
            if set_limit(&mut limits, name, text).is_ok() {
                assert_ne!(limits, Default::default(), "{name} {text:?}");
            }
        }
        for shown in [escaped(text), quoted(text)] {
            assert!(!shown.contains(|letter: char| letter.is_control() || json::is_format(letter)), "{text:?}");
        }
        assert!(quoted(text).len() < 5000);
    };
    fuzz(Target { name: "texts", seeds: texts(), words, check });
}

/// The root of names, then `labels`.
fn dns_name(labels: &[&str]) -> Vec<u8> {
    let mut bytes: Vec<u8> = labels
        .iter()
        .flat_map(|label| [&[u8::try_from(label.len()).expect("short")], label.as_bytes()].concat())
        .collect();
    bytes.push(0);
    bytes
}

fn dns_message(flags: u16, labels: &[&str], kind: u16, answers: &[Vec<u8>]) -> Vec<u8> {
    let counts = [1, u16::try_from(answers.len()).expect("few"), 0, 0];
    let head: Vec<u8> = [7, flags].into_iter().chain(counts).flat_map(u16::to_be_bytes).collect();
    let question = [dns_name(labels), kind.to_be_bytes().to_vec(), vec![0, 1]].concat();
    [head, question, answers.concat()].concat()
}

fn dns_record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("short");
    // The name is a pointer to the question's.
    [&[0xc0, 12][..], &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 60], &length.to_be_bytes(), data].concat()
}

#[test]
fn no_reply_of_a_nameserver_hands_out_an_address_that_is_not_granted() {
    let name = ["api", "example", "org"];
    let asked = |kind| dns_message(0x0100, &name, kind, &[]);
    let replies = [
        dns_message(0x8180, &name, 1, &[dns_record(1, &[93, 184, 216, 34]), dns_record(1, &[127, 0, 0, 1])]),
        dns_message(0x8180, &name, 28, &[dns_record(28, &Ipv6Addr::LOCALHOST.octets())]),
        dns_message(0x8180, &name, 1, &[dns_record(5, &dns_name(&["other", "test"])), dns_record(1, &[10, 0, 0, 1])]),
        dns_message(0x8180, &name, 65, &[dns_record(65, &[0, 1, 0, 0, 4, 0, 4, 10, 0, 0, 1])]),
        dns_message(
            0x8183,
            &name,
            33,
            &[dns_record(33, &[&[0, 1, 0, 1, 1, 187][..], &dns_name(&["srv", "test"])].concat())],
        ),
    ];
    // A question and a reply in one input, parted by the question's length.
    let joined = |kind: u16, reply: &Vec<u8>| {
        let question = asked(kind);
        [&[u8::try_from(question.len()).expect("short")][..], &question, reply].concat()
    };
    let seeds =
        [1, 28, 65, 33, 16].into_iter().flat_map(|kind| replies.iter().map(move |reply| joined(kind, reply))).collect();
    let pattern =
        NetPattern::Host { host: HostPattern::Suffix("example.org".into()), port: PortPattern::Any, private: false };
    let grant = Grant { pattern, text: "*.example.org".into(), origin: Origin::Default("a test") };
    let mut policy = Policy::default();
    policy.allow.net.push(grant);
    let policy = Arc::new(policy);
    let forbidden: Vec<IpAddr> = ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "192.168.0.1"]
        .map(|text| text.parse().expect("an address"))
        .into();
    assert!(forbidden.iter().all(|address| classify(*address) == AddressClass::Special));
    let words: &[&[u8]] = &[
        &[0xc0, 12],
        &[0xc0, 0],
        &[127, 0, 0, 1],
        &[10, 0, 0, 1],
        &[169, 254, 169, 254],
        &[192, 168, 0, 1],
        b"\x07example\x03org\0",
        &[63],
        &[0, 41],
    ];
    let check = &mut |input: &[u8]| {
        let Some((length, rest)) = input.split_first() else { return };
        let (question, reply) = rest.split_at(usize::from(*length).min(rest.len()));
        let pins = Pins::default();
        let Some(answer) = rehearse(question, reply, &policy, &pins) else { return };
        assert!(answer.len() <= usize::from(u16::MAX));
        for address in &forbidden {
            let names = pins.names(*address, Instant::now());
            assert!(names.is_empty(), "{address} was handed out for {names:?}");
            let connect = Request::Connect { address: SocketAddr::new(*address, 443), names: &names };
            assert!(!policy.decide(&connect).allowed());
        }
    };
    fuzz(Target { name: "dns", seeds, words, check });
}

#[test]
fn a_pattern_of_members_ends_soon_and_leads_nowhere_else() {
    let words: &[&[u8]] = &[b"**/", b"*/", b"{a,b}", b"!", b"../", b"./", b"node_modules/", b"*a*a*a", b"\n"];
    let seeds = ["packages/*", "apps/{web,api}\n!apps/old", "libs/**/x", "a/**/b/**/c", "./x"]
        .map(|text| text.as_bytes().to_vec())
        .into();
    let deep = PathBuf::from("a/".repeat(60));
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let patterns = launcher::manifest::Patterns::new(&lines);
        for folder in [Path::new("packages/a"), Path::new("apps/web"), &deep] {
            let _ = (patterns.names(folder), patterns.may_be_below(folder));
        }
        assert!(
            !patterns.names(Path::new(""))
                && !patterns.names(Path::new("../x"))
                && !patterns.names(Path::new("a/node_modules/b"))
        );
    };
    fuzz(Target { name: "workspace", seeds, words, check });
}

#[test]
fn a_path_is_followed_or_refused() {
    let world = world::World::new();
    world.write("a/b/c", "");
    world.link("../a", "a/up");
    world.link("loop", "loop");
    let base = world.root.clone();
    let words: &[&[u8]] = &[b"/", b"..", b"a/up/", b"loop", b"//", b"/./", b"\0"];
    let check = &mut |input: &[u8]| {
        let path = base.join(OsString::from_vec(input.to_vec()));
        let Ok(walked) = launcher::manifest::walk(&path) else { return };
        assert!(walked.real.is_absolute() && !walked.real.iter().any(|name| name == ".." || name == "."), "{path:?}");
        if walked.exists {
            // A `/` or `.` after a file's name is passed over here, and an error to the kernel.
            let plain: PathBuf = path.components().collect();
            assert_eq!(plain.canonicalize().ok(), Some(walked.real));
        }
    };
    let seeds =
        ["a/b/c", "a/up/b/c", "../x", "/etc/passwd", "a/up/up/b", "loop/x"].map(|text| text.as_bytes().to_vec()).into();
    fuzz(Target { name: "path", seeds, words, check });
}
