//! The isolated layout: what is where, what changes with a lockfile, and the way from one layout to the other.

mod world;

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use world::{World, file, names, tarball};

fn text(name: &str) -> Vec<u8> {
    file("index.js", &format!("module.exports = '{name}'"))
}

fn three_packages() -> World {
    let mut world = World::new();
    let asks = r#","dependencies":{"b":"1"}"#;
    world.package("a", "1.0.0", tarball("a", "1.0.0", r#","bin":{"a":"index.js"}"#, &[text("a")]));
    world.place(
        "node_modules/a",
        "a",
        "1.0.0",
        tarball("a", "1.0.0", asks, &[text("a")]),
        &format!("{asks},\"bin\":{{\"a\":\"index.js\"}}"),
    );
    world.place(
        "node_modules/b",
        "b",
        "1.0.0",
        tarball("b", "1.0.0", "", &[text("b")]),
        r#","dependencies":{"@s/c":"1"}"#,
    );
    world.place("node_modules/@s/c", "@s/c", "1.0.0", tarball("@s/c", "1.0.0", "", &[text("c")]), "");
    world.write("");
    world
}

fn install(world: &World, words: &[&str]) -> String {
    let output = world.run(words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn isolated(world: &World) -> String {
    install(world, &["install", "--layout=isolated"])
}

fn leads(world: &World, path: &str) -> String {
    std::fs::read_link(world.path(path)).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

fn inode(path: &Path) -> u64 {
    std::fs::metadata(path).expect("there").ino()
}

const B: &str = "node_modules/.cordon/b@1.0.0/node_modules";

#[test]
fn each_package_lies_apart_with_what_it_asks_for_beside_it() {
    let world = three_packages();
    assert!(isolated(&world).starts_with("added 3 packages"));
    assert_eq!(names(&world.path("node_modules")), [".bin", ".cordon", "a"]);
    assert_eq!(names(&world.path(B)), ["@s", "b"]);
    assert_eq!(names(&world.path("node_modules/.cordon/a@1.0.0/node_modules")), ["a", "b"]);
    assert_eq!(leads(&world, "node_modules/a"), ".cordon/a@1.0.0/node_modules/a");
    assert_eq!(leads(&world, &format!("{B}/@s/c")), "../../../@s+c@1.0.0/node_modules/@s/c");
    assert_eq!(world.read("node_modules/.bin/a"), "module.exports = 'a'");
    assert_eq!(world.read(&format!("{B}/@s/c/index.js")), "module.exports = 'c'");
}

#[test]
fn the_layout_stays_until_another_one_is_asked_for() {
    let world = three_packages();
    isolated(&world);
    assert!(world.install().starts_with("3 packages up to date"), "the short way");
    std::fs::remove_file(world.path("node_modules/.cordon/state")).expect("removed");
    assert!(world.install().starts_with("3 packages up to date"), "the long way");
    install(&world, &["ci"]);
    assert_eq!(names(&world.path("node_modules")), [".bin", ".cordon", "a"]);
    install(&world, &["install", "--layout=hoisted"]);
    assert_eq!(names(&world.path("node_modules")), [".bin", ".cordon", ".package-lock.json", "@s", "a", "b"]);
    assert_eq!(names(&world.path("node_modules/.cordon")), ["lock", "state"]);
    assert!(world.install().starts_with("3 packages up to date"));
    isolated(&world);
    // The folder of a scope stays, empty.
    assert_eq!(names(&world.path("node_modules")), [".bin", ".cordon", "@s", "a"]);
    assert_eq!(world.read(&format!("{B}/b/index.js")), "module.exports = 'b'");
}

#[test]
fn only_what_changes_is_made_anew() {
    let mut world = three_packages();
    isolated(&world);
    let kept = world.path(&format!("{B}/b/index.js"));
    let folder = world.path(&format!("{B}/b"));
    let (file_before, folder_before) = (inode(&kept), inode(&folder));
    // b loses a dependency, and its symlink with it.
    world.place("node_modules/b", "b", "1.0.0", tarball("b", "1.0.0", "", &[text("b")]), "");
    world.entry("node_modules/@s/c", r#"{"extraneous":true,"version":"1.0.0","integrity":"sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="}"#);
    world.write("");
    let said = world.install();
    assert!(said.starts_with("removed 1 package"), "{said}");
    assert_eq!(names(&world.path(B)), ["b"]);
    assert_eq!(inode(&kept), file_before, "the same file of the store");
    assert_ne!(inode(&folder), folder_before, "the unit was made anew");
    assert!(!world.is_there("node_modules/.cordon/@s+c@1.0.0"));
    // A new version of a takes the old one's place; b stays.
    let before = inode(&folder);
    world.place(
        "node_modules/a",
        "a",
        "1.1.0",
        tarball("a", "1.1.0", "", &[text("a")]),
        r#","dependencies":{"b":"1"}"#,
    );
    world.depends("a", "1.1.0");
    world.write("");
    world.install();
    assert_eq!(inode(&folder), before);
    assert_eq!(leads(&world, "node_modules/a"), ".cordon/a@1.1.0/node_modules/a");
    assert!(!world.is_there("node_modules/.cordon/a@1.0.0"));
}

#[test]
fn what_is_missing_comes_back_and_what_is_strange_goes() {
    let world = three_packages();
    isolated(&world);
    std::fs::remove_file(world.path("node_modules/a")).expect("removed");
    std::fs::remove_dir_all(world.path(B)).expect("removed");
    std::fs::create_dir_all(world.path("node_modules/.cordon/evil@1/node_modules/evil")).expect("made");
    world.install();
    assert_eq!(world.read("node_modules/a/index.js"), "module.exports = 'a'");
    assert_eq!(names(&world.path(B)), ["@s", "b"]);
    assert!(!world.is_there("node_modules/.cordon/evil@1"));
}

/// A symlink planted in the tree must not lead the installation elsewhere.
#[test]
fn a_planted_symlink_is_replaced_or_refused() {
    let world = three_packages();
    isolated(&world);
    std::fs::remove_dir_all(world.path("node_modules/.cordon/b@1.0.0")).expect("removed");
    std::fs::create_dir_all(world.folder.join("elsewhere")).expect("made");
    std::os::unix::fs::symlink(world.folder.join("elsewhere"), world.path("node_modules/.cordon/b@1.0.0"))
        .expect("linked");
    let output = world.run(&["install"]);
    assert!(names(&world.folder.join("elsewhere")).is_empty());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(world.read(&format!("{B}/b/index.js")), "module.exports = 'b'");
    assert!(!std::fs::symlink_metadata(world.path("node_modules/.cordon/b@1.0.0")).expect("there").is_symlink());
}

/// What the lockfile says that a package asks for is not what its own package.json asks for.
#[test]
fn another_package_under_a_borrowed_name_is_refused() {
    let mut world = World::new();
    let own = tarball("a", "1.0.0", r#","dependencies":{"ms":"1"}"#, &[]);
    world.depends("a", "1.0.0");
    world.place("node_modules/a", "a", "1.0.0", own, r#","dependencies":{"ms":"npm:evil@1"}"#);
    world.place("node_modules/ms", "evil", "1.0.0", tarball("evil", "1.0.0", "", &[]), r#","name":"evil""#);
    world.write("");
    let output = world.run(&["install", "--layout=isolated"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("evil"), "{said}");
    assert!(!world.is_there("node_modules/a"));
}
