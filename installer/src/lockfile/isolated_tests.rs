use super::*;
use crate::lockfile::Named;
use crate::settings::Settings;

const SHA: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

/// Location → where its symlink leads, or the version that is there.
fn arranged(entries: &str) -> BTreeMap<String, String> {
    let text = format!(r#"{{"lockfileVersion":3,"packages":{{{}}}}}"#, entries.replace("SHA", SHA));
    let settings = Settings::parse("").expect("settings");
    let named = Named::by(&[], ["packages/w".to_owned(), "packages/v".to_owned()].into());
    let lockfile = Lockfile::parse(text.as_bytes(), &named, &settings).expect("a lockfile");
    let all: Vec<usize> = (0..lockfile.packages.len())
        .filter(|index| lockfile.packages[*index].location.contains("node_modules/"))
        .collect();
    let (tree, wanted) = arrange(&lockfile, &all);
    let place = |index: &usize| {
        let package = &tree.packages[*index];
        let what = match &package.source {
            Source::Link(target) => format!("-> {}", target.replace("node_modules/.cordon/", "")),
            _ => package.version.clone(),
        };
        (package.location.replace("node_modules/.cordon/", ""), what)
    };
    wanted.iter().map(place).collect()
}

fn package(place: &str, name: &str, version: &str, more: &str) -> String {
    format!(r#""{place}":{{"name":"{name}","version":"{version}","integrity":"SHA"{more}}}"#)
}

fn expect(entries: &[String], expected: &[(&str, &str)]) {
    let found = arranged(&entries.join(","));
    let expected = expected.iter().map(|(place, what)| ((*place).to_owned(), (*what).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_package_finds_what_it_asks_for_and_nothing_else() {
    expect(
        &[
            r#""":{"dependencies":{"a":"1"}}"#.to_owned(),
            package("node_modules/a", "a", "1.0.0", r#","dependencies":{"@s/b":"1"}"#),
            package("node_modules/@s/b", "@s/b", "1.0.0", r#","dependencies":{"c":"1"}"#),
            package("node_modules/c", "c", "1.0.0", r#","dependencies":{"a":"1"}"#),
        ],
        &[
            ("node_modules/a", "-> a@1.0.0/node_modules/a"),
            ("a@1.0.0/node_modules/a", "1.0.0"),
            ("a@1.0.0/node_modules/@s/b", "-> @s+b@1.0.0/node_modules/@s/b"),
            ("@s+b@1.0.0/node_modules/@s/b", "1.0.0"),
            ("@s+b@1.0.0/node_modules/c", "-> c@1.0.0/node_modules/c"),
            ("c@1.0.0/node_modules/c", "1.0.0"),
            ("c@1.0.0/node_modules/a", "-> a@1.0.0/node_modules/a"),
        ],
    );
}

#[test]
fn two_copies_are_one_unless_they_find_something_else() {
    let asks = r#","dependencies":{"c":"*"}"#;
    let root = r#""":{"dependencies":{"a":"1","b":"1","x":"1"}}"#.to_owned();
    let apart = [
        root.clone(),
        package("node_modules/a", "a", "1.0.0", asks),
        package("node_modules/x", "x", "1.0.0", r#","dependencies":{"a":"1"}"#),
        package("node_modules/x/node_modules/a", "a", "1.0.0", asks),
        package("node_modules/x/node_modules/c", "c", "2.0.0", ""),
        package("node_modules/c", "c", "1.0.0", ""),
    ];
    let found = arranged(&apart.join(","));
    assert_eq!(found["a@1.0.0/node_modules/c"], "-> c@1.0.0/node_modules/c");
    let other = found["x@1.0.0/node_modules/a"].trim_start_matches("-> ").to_owned();
    assert!(other.starts_with("a@1.0.0_"), "{other}");
    assert_eq!(found[&other.replace("/node_modules/a", "/node_modules/c")], "-> c@2.0.0/node_modules/c");
    let alike = [
        root,
        package("node_modules/a", "a", "1.0.0", asks),
        package("node_modules/x", "x", "1.0.0", r#","dependencies":{"a":"1"}"#),
        package("node_modules/x/node_modules/a", "a", "1.0.0", asks),
        package("node_modules/c", "c", "1.0.0", ""),
    ];
    let found = arranged(&alike.join(","));
    assert_eq!(found["x@1.0.0/node_modules/a"], "-> a@1.0.0/node_modules/a");
    assert_eq!(found.keys().filter(|place| place.starts_with("a@")).count(), 2, "{found:?}");
}

#[test]
fn peers_aliases_and_itself_are_found() {
    expect(
        &[
            r#""":{"dependencies":{"short":"npm:long@1","p":"1"}}"#.to_owned(),
            package(
                "node_modules/short",
                "long",
                "1.0.0",
                r#","peerDependencies":{"p":"1","absent":"1"},"dependencies":{"long":"0"}"#,
            ),
            package("node_modules/long", "long", "0.1.0", ""),
            package("node_modules/p", "p", "1.0.0", ""),
        ],
        &[
            ("node_modules/short", "-> long@1.0.0/node_modules/long"),
            ("node_modules/p", "-> p@1.0.0/node_modules/p"),
            ("long@1.0.0/node_modules/long", "1.0.0"),
            ("long@1.0.0/node_modules/long/node_modules/long", "-> long@0.1.0/node_modules/long"),
            ("long@1.0.0/node_modules/p", "-> p@1.0.0/node_modules/p"),
            ("long@0.1.0/node_modules/long", "0.1.0"),
            ("p@1.0.0/node_modules/p", "1.0.0"),
        ],
    );
}

#[test]
fn members_find_their_own_dependencies_and_each_other() {
    expect(
        &[
            r#""":{"workspaces":["packages/*"]}"#.to_owned(),
            r#""packages/w":{"name":"w","dependencies":{"v":"*","a":"1"}}"#.to_owned(),
            r#""packages/v":{"name":"v","devDependencies":{"a":"2"}}"#.to_owned(),
            r#""node_modules/w":{"resolved":"packages/w","link":true}"#.to_owned(),
            r#""node_modules/v":{"resolved":"packages/v","link":true}"#.to_owned(),
            package("node_modules/a", "a", "1.0.0", ""),
            package("packages/v/node_modules/a", "a", "2.0.0", ""),
        ],
        &[
            ("packages/w/node_modules/v", "-> packages/v"),
            ("packages/w/node_modules/a", "-> a@1.0.0/node_modules/a"),
            ("packages/v/node_modules/a", "-> a@2.0.0/node_modules/a"),
            ("a@1.0.0/node_modules/a", "1.0.0"),
            ("a@2.0.0/node_modules/a", "2.0.0"),
        ],
    );
}

#[test]
fn what_a_package_brings_along_stays_in_it() {
    expect(
        &[
            r#""":{"dependencies":{"a":"1"}}"#.to_owned(),
            package(
                "node_modules/a",
                "a",
                "1.0.0",
                r#","bundleDependencies":["x","y"],"dependencies":{"x":"1","y":"1"}"#,
            ),
            r#""node_modules/a/node_modules/x":{"version":"1.0.0","inBundle":true,"dependencies":{"z":"1"}}"#
                .to_owned(),
            package("node_modules/a/node_modules/y", "y", "2.0.0", ""),
            package("node_modules/z", "z", "1.0.0", ""),
        ],
        &[
            ("node_modules/a", "-> a@1.0.0/node_modules/a"),
            ("a@1.0.0/node_modules/a", "1.0.0"),
            ("a@1.0.0/node_modules/a/node_modules/x", "1.0.0"),
            ("a@1.0.0/node_modules/a/node_modules/y", "-> y@2.0.0/node_modules/y"),
            ("a@1.0.0/node_modules/z", "-> z@1.0.0/node_modules/z"),
            ("y@2.0.0/node_modules/y", "2.0.0"),
            ("z@1.0.0/node_modules/z", "1.0.0"),
        ],
    );
}

#[test]
fn a_version_that_is_no_name_of_a_file_becomes_its_digest() {
    let long = "1.0.0-".to_owned() + &"x".repeat(200);
    let found =
        arranged(&[r#""":{"dependencies":{"a":"1"}}"#.to_owned(), package("node_modules/a", "a", &long, "")].join(","));
    let place = found.keys().find(|place| place.starts_with("a@")).expect("a place");
    assert!(place.len() < 60 && found["node_modules/a"].ends_with(place), "{found:?}");
}
