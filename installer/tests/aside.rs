//! A whole new tree is made beside the old one, so that whoever swaps them does it in one step.

mod world;

use std::os::unix::fs::MetadataExt as _;
use world::{World, file, names, tarball};

const MADE_ASIDE: i32 = 4;

const WORKSPACES: &str = r#","workspaces":["packages/*"]"#;

fn world(version: &str) -> World {
    let mut world = World::new();
    describe(&mut world, version);
    world.write("");
    world
}

fn world_with_a_workspace(version: &str) -> World {
    let mut world = World::new();
    std::fs::create_dir_all(world.path("packages/w")).expect("made");
    std::fs::write(world.path("packages/w/package.json"), r#"{"name":"@own/w"}"#).expect("written");
    world.entry("packages/w", r#"{"name":"@own/w"}"#);
    world.entry("node_modules/@own/w", r#"{"resolved":"packages/w","link":true}"#);
    describe(&mut world, version);
    world.write(WORKSPACES);
    world
}

/// Two packages, one with a program and one within the other.
fn describe(world: &mut World, version: &str) {
    let bin = r#","bin":{"run-a":"cli.js"}"#;
    world.depends("a", version);
    let bytes = tarball("a", version, bin, &[file("cli.js", version)]);
    world.place("node_modules/a", "a", version, bytes, bin);
    world.place("node_modules/a/node_modules/b", "b", version, tarball("b", version, "", &[]), "");
}

fn aside(world: &World, command: &str) -> Option<i32> {
    let folder = world.path("aside");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir(&folder).expect("made");
    let option = format!("--aside={}", folder.display());
    world.run(&[command, &option]).status.code()
}

/// What the launcher does with the exit code.
fn swap(world: &World) {
    std::fs::rename(world.path("node_modules"), world.path("old")).expect("renamed");
    std::fs::rename(world.path("aside/node_modules"), world.path("node_modules")).expect("renamed");
    std::fs::remove_dir_all(world.path("old")).expect("removed");
}

#[test]
fn a_first_tree_is_made_as_a_whole_and_known_when_it_is_in_place() {
    let world = world_with_a_workspace("1.0.0");
    assert_eq!(aside(&world, "install"), Some(MADE_ASIDE));
    assert_eq!(names(&world.path("node_modules")), [".cordon"]);
    swap(&world);
    assert_eq!(world.read("node_modules/.bin/run-a"), "1.0.0");
    assert!(world.is_there("node_modules/a/node_modules/b/package.json"));
    assert!(world.read("node_modules/@own/w/package.json").contains("@own/w"));
    assert!(world.install().starts_with("3 packages up to date"));
    std::fs::remove_file(world.path("node_modules/@own/w")).expect("removed");
    assert!(world.install().starts_with("changed 1 package"), "a link that is gone is noticed");
}

#[test]
fn a_tree_of_which_nothing_stays_is_replaced_as_a_whole() {
    let mut world = world("1.0.0");
    world.install();
    let before = std::fs::metadata(world.path("node_modules/a")).expect("there").ino();
    describe(&mut world, "2.0.0");
    world.write("");
    assert_eq!(aside(&world, "install"), Some(MADE_ASIDE));
    assert_eq!(std::fs::metadata(world.path("node_modules/a")).expect("there").ino(), before);
    swap(&world);
    assert_eq!(world.read("node_modules/.bin/run-a"), "2.0.0");
    // `ci` fetches nothing again, and keeps nothing.
    std::fs::create_dir(world.path("node_modules/.cache")).expect("made");
    assert_eq!(aside(&world, "ci"), Some(MADE_ASIDE));
    swap(&world);
    assert!(!world.is_there("node_modules/.cache"));
}

#[test]
fn a_tree_of_which_something_stays_is_changed_by_steps() {
    let mut one = world_with_a_workspace("1.0.0");
    one.install();
    describe(&mut one, "2.0.0");
    one.write(WORKSPACES);
    assert_eq!(aside(&one, "install"), Some(0), "the workspace's link stays");
    assert_eq!(one.read("node_modules/.bin/run-a"), "2.0.0");
    // What tools keep there stays, too.
    let mut world = world("1.0.0");
    world.install();
    std::fs::create_dir(world.path("node_modules/.cache")).expect("made");
    describe(&mut world, "2.0.0");
    world.write("");
    assert_eq!(aside(&world, "install"), Some(0));
    assert!(world.is_there("node_modules/.cache"));
}

#[test]
fn what_fails_leaves_the_old_tree() {
    let mut world = world("1.0.0");
    world.install();
    describe(&mut world, "2.0.0");
    world.write("");
    world.registry.answer("/b/-/b-2.0.0.tgz", world::Answer::Tarball(b"another".to_vec()));
    assert_eq!(aside(&world, "ci"), Some(1));
    assert_eq!(world.read("node_modules/.bin/run-a"), "1.0.0");
    assert_eq!(world.is_clean(), Ok(()));
}
