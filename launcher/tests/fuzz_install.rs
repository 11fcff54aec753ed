//! .npmrc files and changed package.json files: what others wrote never shows a variable, names no host but one, and
//! changes nothing but dependencies.

mod fuzzing;

use fuzzing::{Target, fuzz};
use launcher::install::npmrc::{self, Variables};
use launcher::install::{address_of, refuse_other_changes};

#[test]
fn a_projects_npmrc_never_shows_a_variable() {
    let seeds = [
        "registry=https://r.example/\n@s:registry=https://s.example",
        "//r.example/:_authToken=${TOKEN}\n; c\n# d\nlist[]=a\nlist[]=b",
        "a=\"quoted ; text\"\nb='x'\nc=a\\;b\n[section]\nd=e",
        "x=${TOKEN?}${TOKEN-default}$${TOKEN}\\${TOKEN}",
    ];
    let seeds = seeds.map(|text| text.as_bytes().to_vec()).into();
    let words: &[&[u8]] =
        &[b"${TOKEN}", b"${", b"}", b"=", b"[]", b"\"", b"\\", b"\n", b"://", b"TOKEN", b"?", b"-", b"\xef\xbb\xbf"];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let given = |name: &str| (name == "TOKEN").then(|| "\u{1}secret\u{1}".to_owned());
        let user = npmrc::parse(text, Variables::Given(&given)).expect("it is short");
        let project = npmrc::parse(text, Variables::Hidden).expect("it is short");
        assert_eq!(project.entries.len() + project.hidden.len(), user.entries.len());
        assert!(project.entries.iter().all(|(name, value)| !name.contains("secret") && !value.contains("\u{1}secret")));
    };
    fuzz(Target { name: "a project's .npmrc", seeds, words, check });
}

#[test]
fn a_registrys_address_is_one_host() {
    let seeds = ["https://r.example/npm/", "http://127.0.0.1:4873", "https://[::1]:8443/x", "HTTPS://R.Example:443"];
    let seeds = seeds.map(|text| text.as_bytes().to_vec()).into();
    let words: &[&[u8]] =
        &[b"https://", b"http://", b"@", b":", b"/", b"..", b"*", b"#", b"?", b"[", b"]", b"\\", b"0x7f.1", b"%2f"];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let Ok((url, prefix)) = address_of(text) else { return };
        // What was understood is written so that it is understood as the same.
        assert_eq!(address_of(&url), Ok((url.clone(), prefix.clone())));
        let authority = prefix.trim_start_matches('/').split('/').next().unwrap_or("");
        assert!(!authority.is_empty() && !authority.contains(['@', '*', '#', '?', '\\', ' ']), "{text:?}: {prefix}");
    };
    fuzz(Target { name: "a registry's address", seeds, words, check });
}

#[test]
fn a_new_package_json_changes_dependencies_only() {
    let old = r#"{"name":"a","scripts":{"x":"y"},"cordon":{"permissions":{"net":["a:1"]}},"dependencies":{"b":"1"}}"#;
    let seeds = [
        old,
        r#"{"name":"a","scripts":{"x":"y"},"cordon":{"permissions":{"net":["a:1"]}},"devDependencies":{"b":"1"}}"#,
    ];
    let seeds = seeds.map(|text| text.as_bytes().to_vec()).into();
    let words: &[&[u8]] = &[
        b"\"cordon\":",
        b"\"scripts\":{}",
        b",",
        b"{}",
        b"\"dependencies\":",
        b"\\u0063ordon",
        b"null",
        b"\"__proto__\":",
    ];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        if refuse_other_changes(old, text).is_err() {
            return;
        }
        let node = launcher::manifest::json::read(text).expect("what is allowed is JSON");
        let member = |name: &str| node.member(name).map(|member| text[member.node.start..member.node.end].to_owned());
        let plain = |text: Option<String>| text.map(|text| text.split_whitespace().collect::<String>());
        assert!(plain(member("scripts")).is_some_and(|text| text.contains("\"y\"") || text.contains("\\u")), "{text}");
        assert!(plain(member("cordon")).is_some_and(|text| !text.contains('*')), "{text}");
    };
    fuzz(Target { name: "a changed package.json", seeds, words, check });
}
