//! contract/cases/manifests.json holds for the reader and for what it means on this machine.

mod world;

use launcher::manifest::json;
use launcher::policy::Origin;
use world::World;

const CASES: &str = include_str!("../../contract/cases/manifests.json");

/// The text of each case's value, as it stands in the file.
fn cases(kind: &str) -> Vec<(String, json::Node)> {
    let document = json::read(CASES).expect("JSON");
    let items = document.member(kind).expect("cases").node.items().to_vec();
    items.into_iter().map(|item| (CASES[item.start..item.end].to_owned(), item)).collect()
}

fn manifest(key: &str) -> String {
    format!("{{\n  \"name\": \"case\",\n  \"cordon\": {key}\n}}\n")
}

#[test]
fn a_good_manifest_is_accepted() {
    for (text, _) in cases("good") {
        let world = World::new();
        world.write("package.json", &manifest(&text));
        world.write("build/x.node", "");
        if let Err(error) = world.resolve("a.js") {
            panic!("{text}: {error}");
        }
    }
}

#[test]
fn a_bad_manifest_is_refused_at_its_place() {
    for (_, case) in cases("bad") {
        let part = |name: &str| case.member(name).map(|member| &member.node).expect("a part");
        let (key, pointer) = (part("key"), part("pointer").string().expect("a pointer"));
        let text = &CASES[key.start..key.end];
        let world = World::new();
        world.write("package.json", &manifest(text));
        let error = world.resolve("a.js").map(|_| ()).expect_err(text);
        let place = error.place.clone().unwrap_or_else(|| panic!("{text}: no place in {error}"));
        let expected = Origin::Manifest { file: world.path("package.json"), pointer: pointer.to_owned() };
        assert_eq!(place.origin, expected, "{text}: {error}");
        assert_eq!(place.position.map(|(line, _)| line), Some(3), "{text}: {error}");
        assert!(!error.fix.is_empty(), "{text}: {error} says no fix");
        assert!(!error.to_string().contains(['\r', '\n', '\0']), "{text}: {error:?}");
    }
}
