//! Parsers of what others write: no input makes them panic, hang, or take something for what it is not.
//!
//! A second each, or `CORDON_FUZZ_SECONDS`; `node test/fuzz/run.ts --seconds=600` runs them in a release build.

mod fuzzing;
mod world;

use fuzzing::{Target, fuzz};
use jsonc_parser::parse_to_value;
use launcher::args;
use launcher::denial::STRICT_JSON;
use launcher::manifest::{Document, Section, escaped, json, listen, net, parse, quoted, set_limit};
use launcher::policy::{HostPattern, NetPattern, Origin, PortPattern};
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

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
            assert!(parse_to_value(text, &STRICT_JSON).is_ok_and(|value| value.is_some()));
        }
        let mut quoted = String::new();
        json::quote(&mut quoted, text);
        assert_eq!(json::read(&quoted).expect("a quoted text is JSON").string(), Some(text));
    };
    fuzz(Target { name: "json", seeds, words, check });
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
