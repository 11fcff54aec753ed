//! What is told, and what `--strict` stops at; overrides that the lockfile shows to hold.

mod world;

use world::{World, file, integrity, tarball};

/// A world with one package, whose integrity is `sha1`'s.
fn weak() -> World {
    let mut world = World::new();
    let bytes = tarball("old", "1.0.0", "", &[]);
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    world.package("old", "1.0.0", bytes.clone());
    world.write("");
    let lockfile =
        world.read("package-lock.json").replace(&integrity(&bytes), &format!("sha1-{}", base64(digest.as_ref())));
    std::fs::write(world.path("package-lock.json"), lockfile).expect("written");
    world
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ((word >> (18 - 6 * place)) & 63) as usize;
            text.push(if place <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}

fn strict(world: &World) -> (bool, String) {
    let output = world.run(&["install", "--strict"]);
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn sha1_alone_is_told_and_stops_a_strict_installation() {
    let world = weak();
    let (done, said) = strict(&world);
    assert!(!done && said.contains("SHA-1") && said.contains("old@1.0.0"), "{said}");
    assert!(!world.is_there("node_modules/old"));
    let said = world.install();
    assert!(said.contains("Locked by SHA-1 only, which can be forged: \"old@1.0.0\""), "{said}");
    assert!(world.is_there("node_modules/old"));
}

#[test]
fn a_program_in_the_place_of_a_tool_stops_a_strict_installation() {
    let mut world = World::new();
    let bin = r#","bin":{"git":"x.js"}"#;
    world.depends("a", "1.0.0");
    world.place("node_modules/a", "a", "1.0.0", tarball("a", "1.0.0", bin, &[file("x.js", "")]), bin);
    world.write("");
    let (done, said) = strict(&world);
    assert!(!done && said.contains("\"git\"") && said.contains("--strict"), "{said}");
    assert!(!world.is_there("node_modules/a"));
    assert_eq!(world.is_clean(), Ok(()));
    assert!(world.install().contains("its program is left out"));
    assert!(!world.is_there("node_modules/.bin/git"));
}

fn overriding(overrides: &str) -> Option<i32> {
    let mut world = World::new();
    world.depends("a", "1");
    world.place("node_modules/a", "a", "1.0.0", tarball("a", "1.0.0", "", &[]), r#","dependencies":{"b":"^1"}"#);
    world.place("node_modules/b", "b", "2.5.0", tarball("b", "2.5.0", "", &[]), "");
    world.write(&format!(r#","overrides":{overrides}"#));
    world.run(&["install"]).status.code()
}

#[test]
fn overrides_that_the_lockfile_shows_to_hold_need_no_resolver() {
    for holds in [r#"{"b":"2"}"#, r#"{"b":"^2.1.0"}"#, r#"{"b":"npm:b@2"}"#, r#"{"c":"9"}"#, r#"{"a":"$a"}"#] {
        assert_eq!(overriding(holds), Some(0), "{holds}");
    }
    for open in [r#"{"b":"3"}"#, r#"{"b":"npm:other@2"}"#, r#"{"a":{"b":"2"}}"#, r#"{"b@1":"2"}"#, r#"{"b":{".":"2"}}"#]
    {
        assert_eq!(overriding(open), Some(3), "{open}");
    }
}
