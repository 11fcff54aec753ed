use super::*;
use crate::manifest::{Manifest, parse_object};

const SHA: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

fn settings() -> Settings {
    Settings::parse(r#"{"registry":"https://r.example/npm/","scopes":{"@own":"https://own.example/"}}"#)
        .expect("settings")
}

/// A lockfile of one package beside the project, whose manifest names a file, a folder, an address and a workspace.
fn read(location: &str, entry: &str) -> Result<Lockfile> {
    let manifest = r#"{"dependencies":{"t":"file:./t.tgz","f":"file:lib/f","h":"https://h.example/h.tgz"}}"#;
    let manifest =
        Manifest { folder: String::new(), text: Vec::new(), value: parse_object(manifest.as_bytes()).expect("JSON") };
    let named = Named::by(&[manifest], ["packages/w".to_owned()].into());
    let entry = entry.replace("SHA", SHA);
    let text = format!(
        r#"{{"lockfileVersion":3,"packages":{{"":{{}},"packages/w":{{"name":"w"}},"lib/f":{{}},"{location}":{entry}}}}}"#
    );
    Lockfile::parse(text.as_bytes(), &named, &settings())
}

fn source(location: &str, entry: &str) -> String {
    match read(location, entry) {
        Ok(lockfile) => match &lockfile.packages[lockfile.index_of(location).expect("a place")].source {
            Source::Registry(url) => format!("registry {url}"),
            Source::Remote(url) => format!("remote {url}"),
            other => format!("{other:?}"),
        },
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_package_comes_from_its_registry() {
    let own = r#"{"version":"1.0.0","resolved":"https://own.example/@own/a/-/a-1.0.0.tgz","integrity":"SHA"}"#;
    assert_eq!(source("node_modules/@own/a", own), "registry https://own.example/@own/a/-/a-1.0.0.tgz");
    let unsaid = r#"{"version":"1.0.0","integrity":"SHA"}"#;
    assert_eq!(source("node_modules/a", unsaid), "registry https://r.example/npm/a/-/a-1.0.0.tgz");
    assert_eq!(source("node_modules/x/node_modules/@s/a", unsaid), "registry https://r.example/npm/@s/a/-/a-1.0.0.tgz");
    let usual = r#"{"version":"1.0.0","resolved":"https://registry.npmjs.org/a/-/a-1.0.0.tgz","integrity":"SHA"}"#;
    assert_eq!(source("node_modules/a", usual), "registry https://r.example/npm/a/-/a-1.0.0.tgz");
    let alias =
        r#"{"name":"b","version":"1.0.0","resolved":"https://r.example/npm/b/-/b-1.0.0.tgz","integrity":"SHA"}"#;
    assert_eq!(source("node_modules/a", alias), "registry https://r.example/npm/b/-/b-1.0.0.tgz");
}

/// Registries' ways to say where a tarball is, and an attacker's to say it of another one.
#[test]
fn the_address_of_a_tarball_names_its_package() {
    let said = |location: &str, path: &str| {
        let entry = format!(r#"{{"version":"1.0.0","resolved":"https://r.example{path}","integrity":"SHA"}}"#);
        source(location, &entry)
    };
    for (location, path) in [
        ("node_modules/a", "/npm/a/-/a-1.0.0.tgz"),
        ("node_modules/a", "/elsewhere/npm/a/-/a-1.0.0.tgz"),
        ("node_modules/a", "/a/download/a-1.0.0.tgz"),
        ("node_modules/a", "/npm/a/-/a-1.0.0.tgz?cache=0"),
        ("node_modules/@s/a", "/npm/@s/a/-/a-1.0.0.tgz"),
        ("node_modules/@s/a", "/npm/@s%2fa/-/a-1.0.0.tgz"),
        ("node_modules/@s/a", "/npm/%40s%2Fa/-/1.0.0/a-1.0.0.tgz"),
        ("node_modules/@s/a", "/api/v4/projects/1/packages/npm/@s/a/-/@s/a-1.0.0.tgz"),
        ("node_modules/@s/a", "/download/@s/a/1.0.0/0123456789abcdef"),
    ] {
        assert!(said(location, path).starts_with("registry "), "{path}: {}", said(location, path));
    }
    for path in [
        "/npm/evil/-/evil-1.0.0.tgz",
        "/npm/@evil/a/-/a-1.0.0.tgz",
        "/npm/%40evil/a/-/a-1.0.0.tgz",
        "/npm/evil%2f-%2fevil-1.0.0.tgz",
        "/npm/evil%2F-/evil-1.0.0.tgz",
        "/npm/evil%2f-%2fevil-1.0.0.tgz?/a/-/a-1.0.0.tgz",
        "/npm/evil/-/evil-1.0.0.tgz/a/-/a-1.0.0.tgz",
        "/npm/a/-/..%2f..%2fevil/-/evil-1.0.0.tgz",
        "/npm/a/-/x/-/evil-1.0.0.tgz",
        "/npm/a/-%252f..%252f..%252fevil",
        "/npm/a/-/..%5c..%5cevil",
        "/npm/evil.tgz",
        "/npm/@evil/a/1.0.0.tgz",
        "/npm/a/-/%ff",
        "/npm/a/-/%0d%0a",
        "/npm/a/-/%zz",
    ] {
        let text = said("node_modules/a", path);
        assert!(text.contains("another package") || text.contains("an address"), "{path}: {text}");
    }
    for path in ["/npm/a/-/../../evil/-/evil-1.0.0.tgz", "/npm/a/-/%2e%2e/%2E./evil/-/evil-1.0.0.tgz"] {
        let text = said("node_modules/a", path);
        assert!(text.contains("in its path"), "{path}: {text}");
    }
}

#[test]
fn what_the_project_names_may_come_from_elsewhere() {
    assert_eq!(source("node_modules/t", r#"{"resolved":"file:t.tgz","integrity":"SHA"}"#), "File(\"t.tgz\")");
    assert_eq!(source("node_modules/f", r#"{"resolved":"lib/f","link":true}"#), "Link(\"lib/f\")");
    assert_eq!(source("node_modules/w", r#"{"resolved":"packages/w","link":true}"#), "Link(\"packages/w\")");
    let remote = r#"{"resolved":"https://h.example/h.tgz","integrity":"SHA"}"#;
    assert_eq!(source("node_modules/h", remote), "remote https://h.example/h.tgz");
}

/// Each is one thing that an attacker would change in a lockfile.
#[test]
fn an_entry_that_leads_elsewhere_is_refused() {
    for (location, entry, why) in [
        (
            "node_modules/a",
            r#"{"version":"1.0.0","resolved":"https://evil.example/a/-/a-1.0.0.tgz","integrity":"SHA"}"#,
            "its registry is",
        ),
        (
            "node_modules/a",
            r#"{"version":"1.0.0","resolved":"http://r.example/npm/a/-/a-1.0.0.tgz","integrity":"SHA"}"#,
            "its registry is",
        ),
        (
            "node_modules/@own/a",
            r#"{"version":"1.0.0","resolved":"https://r.example/npm/@own/a/-/a-1.0.0.tgz","integrity":"SHA"}"#,
            "its registry is",
        ),
        (
            "node_modules/a",
            r#"{"version":"1.0.0","resolved":"https://r.example/npm/evil/-/evil-1.0.0.tgz","integrity":"SHA"}"#,
            "another package",
        ),
        (
            "node_modules/a",
            r#"{"version":"1.0.0","resolved":"https://r.example/npm/ba/-/a-1.0.0.tgz","integrity":"SHA"}"#,
            "another package",
        ),
        (
            "node_modules/a",
            r#"{"version":"1.0.0","resolved":"https://u:p@r.example/npm/a/-/a.tgz","integrity":"SHA"}"#,
            "user name",
        ),
        ("node_modules/a", r#"{"version":"1.0.0"}"#, "no integrity"),
        ("node_modules/a", r#"{"version":"1.0.0","integrity":"sha512-AAAA"}"#, "is not one"),
        ("node_modules/a", r#"{"version":"1.0.0","integrity":"md5-AAAAAAAAAAAAAAAAAAAAAA=="}"#, "is not one"),
        ("node_modules/a", r#"{"integrity":"SHA"}"#, "neither"),
        ("node_modules/a", r#"{"version":"../../x","integrity":"SHA"}"#, "neither"),
        ("node_modules/a", r#"{"version":"1 HTTP/1.1","integrity":"SHA"}"#, "neither"),
        ("node_modules/a", r#"{"version":"1?x","integrity":"SHA"}"#, "neither"),
        ("node_modules/a", r#"{"resolved":"git+ssh://git@github.com/a/a.git#1","integrity":"SHA"}"#, "comes from"),
        ("node_modules/a", r#"{"resolved":"file:other.tgz","integrity":"SHA"}"#, "no package.json"),
        ("node_modules/a", r#"{"resolved":"../outside","link":true}"#, "no package.json"),
        ("node_modules/a", r#"{"resolved":"","link":true}"#, "no package.json"),
        ("node_modules/a", "[]", "not an object"),
        ("node_modules/a", r#"{"version":"1","integrity":"SHA","bin":{"x":"../../x"}}"#, "not a file of the package"),
        ("node_modules/a", r#"{"version":"1","integrity":"SHA","bin":{"../x":"x"}}"#, "not a file of the package"),
        ("node_modules/a", r#"{"name":"../b","version":"1","integrity":"SHA"}"#, "not a package's name"),
        ("node_modules/../a", r#"{"version":"1","integrity":"SHA"}"#, "not a package's name"),
        ("node_modules/.bin", r#"{"version":"1","integrity":"SHA"}"#, "not a package's name"),
        ("node_modules/a/b", r#"{"version":"1","integrity":"SHA"}"#, "not a package's name"),
        ("/etc/node_modules/a", r#"{"version":"1","integrity":"SHA"}"#, "not a place"),
        ("../x/node_modules/a", r#"{"version":"1","integrity":"SHA"}"#, "not a place"),
        ("packages/../../x/node_modules/a", r#"{"version":"1","integrity":"SHA"}"#, "not a place"),
        ("src", "{}", "names this folder"),
        ("../src", "{}", "names this folder"),
    ] {
        let text = source(location, entry);
        assert!(text.contains(why), "{location} {entry}: {text}");
    }
}

#[test]
fn an_old_lockfile_wants_the_resolver_and_an_unknown_one_is_refused() {
    let parse = |text: &str| Lockfile::parse(text.as_bytes(), &Named::default(), &settings());
    for text in ["{}", r#"{"lockfileVersion":1}"#, r#"{"lockfileVersion":3}"#] {
        assert!(matches!(parse(text), Err(Error::Resolution(_))), "{text}");
    }
    assert!(matches!(parse(r#"{"lockfileVersion":4,"packages":{}}"#), Err(Error::Refused(_))));
    assert!(matches!(parse("[]"), Err(Error::Failed(_))));
}

#[test]
fn a_name_is_looked_up_as_the_engine_does() {
    let entry = |location: &str| format!(r#""{location}":{{"version":"1.0.0","integrity":"{SHA}"}}"#);
    let places = [
        "node_modules/a",
        "node_modules/b",
        "node_modules/b/node_modules/a",
        "node_modules/b/node_modules/c",
        "packages/w/node_modules/b",
    ];
    let text =
        format!(r#"{{"lockfileVersion":3,"packages":{{"":{{}},"packages/w":{{}},{}}}}}"#, places.map(entry).join(","));
    let named = Named::by(&[], ["packages/w".to_owned()].into());
    let lockfile = Lockfile::parse(text.as_bytes(), &named, &settings()).expect("a lockfile");
    let found =
        |from: &str, name: &str| lockfile.resolve(from, name).map(|index| lockfile.packages[index].location.as_str());
    assert_eq!(found("", "a"), Some("node_modules/a"));
    assert_eq!(found("node_modules/b/node_modules/c", "a"), Some("node_modules/b/node_modules/a"));
    assert_eq!(found("node_modules/b/node_modules/c", "b"), Some("node_modules/b"));
    assert_eq!(found("packages/w", "b"), Some("packages/w/node_modules/b"));
    assert_eq!(found("packages/w/node_modules/b", "a"), Some("node_modules/a"));
    assert_eq!(found("", "c"), None);
}
