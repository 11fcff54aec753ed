//! From a lockfile to node_modules, and from one tree to the next.

mod world;

use std::os::unix::fs::MetadataExt as _;
use world::{World, file, names, tarball};

fn inode(world: &World, path: &str) -> u64 {
    std::fs::metadata(world.path(path)).expect(path).ino()
}

fn two_packages() -> World {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[file("index.js", "one"), file("lib/deep/x.js", "x")]));
    world.package("@s/b", "2.0.0", tarball("@s/b", "2.0.0", "", &[file("index.js", "two")]));
    world.write("");
    world
}

#[test]
fn packages_come_from_the_registry_once_and_from_the_store_afterwards() {
    let world = two_packages();
    assert!(world.install().starts_with("added 2 packages"));
    assert_eq!(world.read("node_modules/a/lib/deep/x.js"), "x");
    assert_eq!(world.read("node_modules/@s/b/index.js"), "two");
    assert_eq!(world.registry.asked(), 2);
    std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
    world.install();
    assert_eq!(world.read("node_modules/a/index.js"), "one");
    assert_eq!(world.registry.asked(), 2);
    assert_eq!(world.is_clean(), Ok(()));
}

#[test]
fn nothing_to_do_is_seen_and_anything_that_is_missing_too() {
    let world = two_packages();
    world.install();
    assert!(world.install().starts_with("2 packages up to date"));
    std::fs::remove_dir_all(world.path("node_modules/@s/b")).expect("removed");
    assert!(world.install().starts_with("changed 1 package"));
    assert_eq!(world.read("node_modules/@s/b/index.js"), "two");
    std::fs::remove_file(world.path("node_modules/a/package.json")).expect("removed");
    world.install();
    assert!(world.read("node_modules/a/package.json").contains("1.0.0"));
    std::fs::create_dir(world.path("node_modules/stray")).expect("made");
    assert!(world.install().starts_with("removed 1 package"));
    assert!(!world.is_there("node_modules/stray"));
}

#[test]
fn only_what_changes_is_touched() {
    let mut world = two_packages();
    world.install();
    let before = inode(&world, "node_modules/a/package.json");
    std::fs::write(world.path("node_modules/a/built.node"), "kept").expect("written");
    std::fs::create_dir(world.path("node_modules/.cache")).expect("made");
    world.forget("@s/b");
    world.package("c", "1.0.0", tarball("c", "1.0.0", "", &[]));
    world.write("");
    let said = world.install();
    assert!(said.starts_with("added 1 package, removed 1 package"), "{said}");
    assert_eq!(inode(&world, "node_modules/a/package.json"), before);
    assert_eq!(world.read("node_modules/a/built.node"), "kept");
    assert!(world.is_there("node_modules/.cache") && !world.is_there("node_modules/@s/b"));
}

#[test]
fn ci_starts_from_nothing() {
    let world = two_packages();
    world.install();
    std::fs::write(world.path("node_modules/a/added"), "").expect("written");
    std::fs::create_dir(world.path("node_modules/.cache")).expect("made");
    assert!(world.run(&["ci"]).status.success());
    assert_eq!(names(&world.path("node_modules")), [".cordon", ".package-lock.json", "@s", "a"]);
    assert!(!world.is_there("node_modules/a/added"));
}

#[test]
fn a_nested_package_comes_with_its_holder_and_alone() {
    let mut world = two_packages();
    let nested = |version: &str| tarball("c", version, "", &[file("index.js", version)]);
    world.place("node_modules/a/node_modules/c", "c", "1.0.0", nested("1.0.0"), "");
    world.write("");
    world.install();
    assert_eq!(world.read("node_modules/a/node_modules/c/index.js"), "1.0.0");
    let holder = inode(&world, "node_modules/a/package.json");
    world.place("node_modules/a/node_modules/c", "c", "1.1.0", nested("1.1.0"), "");
    world.write("");
    world.install();
    assert_eq!(world.read("node_modules/a/node_modules/c/index.js"), "1.1.0");
    assert_eq!(inode(&world, "node_modules/a/package.json"), holder);
    world.package("a", "1.5.0", tarball("a", "1.5.0", "", &[]));
    world.write("");
    world.install();
    assert_eq!(world.read("node_modules/a/node_modules/c/index.js"), "1.1.0");
    assert!(world.read("node_modules/a/package.json").contains("1.5.0"));
}

#[test]
fn what_a_tarball_bundles_stays_and_a_package_of_its_own_goes_over_it() {
    let mut world = World::new();
    let bundled = [
        file("node_modules/x/package.json", "{\"bundled\":1}"),
        file("node_modules/y/package.json", "{\"bundled\":1}"),
    ];
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &bundled));
    world.entry("node_modules/a/node_modules/x", r#"{"version":"1.0.0","inBundle":true}"#);
    world.place("node_modules/a/node_modules/y", "y", "2.0.0", tarball("y", "2.0.0", "", &[]), "");
    world.write("");
    world.install();
    assert_eq!(world.read("node_modules/a/node_modules/x/package.json"), "{\"bundled\":1}");
    assert!(world.read("node_modules/a/node_modules/y/package.json").contains("2.0.0"));
    assert!(world.install().contains("up to date"));
}

#[test]
fn programs_are_linked_and_can_be_started() {
    let mut world = World::new();
    let tar =
        tarball("a", "1.0.0", r#","bin":{"run-a":"./cli.js"}"#, &[file("cli.js", "#!/usr/bin/env node\r\nx\r\n")]);
    world.depends("a", "1.0.0");
    world.place("node_modules/a", "a", "1.0.0", tar, r#","bin":{"run-a":"cli.js"}"#);
    world.write("");
    world.install();
    assert_eq!(
        std::fs::read_link(world.path("node_modules/.bin/run-a")).expect("a link").to_str(),
        Some("../a/cli.js")
    );
    assert_eq!(std::fs::metadata(world.path("node_modules/.bin/run-a")).expect("a file").mode() & 0o777, 0o755);
    assert_eq!(world.read("node_modules/a/cli.js"), "#!/usr/bin/env node\nx\r\n");
    std::fs::remove_file(world.path("node_modules/.bin/run-a")).expect("removed");
    world.install();
    assert!(world.is_there("node_modules/.bin/run-a"));
}

#[test]
fn workspaces_and_folders_are_links() {
    let mut world = World::new();
    for (folder, name) in [("packages/w", "w"), ("lib/f", "f")] {
        std::fs::create_dir_all(world.path(folder)).expect("made");
        std::fs::write(world.path(&format!("{folder}/package.json")), format!("{{\"name\":\"{name}\"}}"))
            .expect("written");
        world.entry(folder, &format!("{{\"name\":\"{name}\"}}"));
        world.entry(&format!("node_modules/{name}"), &format!("{{\"resolved\":\"{folder}\",\"link\":true}}"));
    }
    world.depends("f", "file:lib/f");
    world.place("packages/w/node_modules/c", "c", "1.0.0", tarball("c", "1.0.0", "", &[]), "");
    world.write(r#","workspaces":["packages/*"]"#);
    world.install();
    assert_eq!(std::fs::read_link(world.path("node_modules/w")).expect("a link").to_str(), Some("../packages/w"));
    assert_eq!(std::fs::read_link(world.path("node_modules/f")).expect("a link").to_str(), Some("../lib/f"));
    assert!(world.is_there("packages/w/node_modules/c/package.json"));
    assert!(world.install().contains("up to date"));
    std::fs::create_dir_all(world.path("packages/new")).expect("made");
    std::fs::write(world.path("packages/new/package.json"), "{}").expect("written");
    assert_eq!(world.run(&["install"]).status.code(), Some(3));
}

#[test]
fn a_file_of_the_project_is_a_package_if_it_is_what_was_locked() {
    let mut world = World::new();
    let bytes = tarball("t", "1.0.0", "", &[]);
    std::fs::write(world.path("t.tgz"), &bytes).expect("written");
    world.depends("t", "file:t.tgz");
    let locked = format!(r#"{{"version":"1.0.0","resolved":"file:t.tgz","integrity":"{}"}}"#, world::integrity(&bytes));
    world.entry("node_modules/t", &locked);
    world.write("");
    world.install();
    assert!(world.is_there("node_modules/t/package.json"));
    std::fs::write(world.path("t.tgz"), tarball("t", "1.0.0", ",\"x\":1", &[])).expect("written");
    std::fs::remove_dir_all(world.store()).expect("removed");
    std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
    assert!(world.refusal().contains("not what the lockfile says"));
}

#[test]
fn platforms_and_omissions_decide_what_comes() {
    let mut world = World::new();
    for name in ["mine", "theirs", "only-theirs", "shared", "dev"] {
        let members = match name {
            "mine" => r#","optional":true,"os":["linux"]"#,
            "theirs" => r#","optional":true,"os":["darwin"],"dependencies":{"only-theirs":"1","shared":"1"}"#,
            "only-theirs" => r#","optional":true"#,
            "dev" => r#","dev":true"#,
            _ => "",
        };
        world.place(&format!("node_modules/{name}"), name, "1.0.0", tarball(name, "1.0.0", "", &[]), members);
    }
    world.depends("shared", "1");
    world.write(r#","optionalDependencies":{"mine":"1","theirs":"1"},"devDependencies":{"dev":"1"}"#);
    world.install();
    let visible =
        || names(&world.path("node_modules")).into_iter().filter(|name| !name.starts_with('.')).collect::<Vec<_>>();
    assert_eq!(visible(), ["dev", "mine", "shared"]);
    assert!(world.run(&["install", "--omit=dev,optional"]).status.success());
    assert_eq!(visible(), ["shared"]);
}

#[test]
fn a_lockfile_that_does_not_fit_wants_the_resolver_or_is_refused() {
    let world = two_packages();
    std::fs::write(world.path("package.json"), r#"{"dependencies":{"a":"1.0.0"}}"#).expect("written");
    assert_eq!(world.run(&["install"]).status.code(), Some(3));
    let output = world.run(&["ci"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not fit"));
    std::fs::remove_file(world.path("package-lock.json")).expect("removed");
    assert_eq!(world.run(&["install"]).status.code(), Some(3));
    assert!(!world.is_there("node_modules"));
}

#[test]
fn scripts_are_told_and_not_run() {
    let mut world = World::new();
    let evil = format!(r#","scripts":{{"postinstall":"echo gone > {}"}}"#, world.folder.join("canary").display());
    world.package("a", "1.0.0", tarball("a", "1.0.0", &evil, &[]));
    world.package("b", "1.0.0", tarball("b", "1.0.0", "", &[file("binding.gyp", "{}")]));
    world.write("");
    let said = world.install();
    assert!(said.contains("a@1.0.0 (postinstall)") && said.contains("b@1.0.0 (binding.gyp)"), "{said}");
    assert_eq!(world.canary(), "untouched");
}

#[test]
fn a_store_that_was_changed_is_noticed_and_mended() {
    let world = two_packages();
    world.install();
    std::fs::write(world.path("node_modules/a/index.js"), "two").expect("written");
    std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
    world.install();
    assert_eq!(world.read("node_modules/a/index.js"), "one");
    assert_eq!(world.registry.asked(), 3);
    // The same bytes at another time are the same package.
    std::fs::write(world.path("node_modules/a/index.js"), "one").expect("written");
    std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
    world.install();
    assert_eq!(world.registry.asked(), 3);
}

#[test]
fn the_store_is_counted_verified_and_pruned() {
    let world = two_packages();
    world.install();
    let said = |words: &[&str]| String::from_utf8_lossy(&world.run(words).stdout).into_owned();
    assert!(said(&["store", "status"]).starts_with("2 packages in 5 files"));
    std::fs::write(world.path("node_modules/a/index.js"), "evil").expect("written");
    assert!(said(&["store", "verify"]).contains("a@1.0.0 was damaged"));
    assert!(said(&["store", "prune"]).starts_with("1 package in"));
    std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
    assert!(said(&["store", "prune"]).contains("@s/b@2.0.0 was used nowhere"));
    assert_eq!(world.is_clean(), Ok(()));
}

#[test]
fn a_dry_run_writes_nothing() {
    let world = two_packages();
    let output = world.run(&["install", "--dry-run"]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("would have added 2 packages"));
    assert!(!world.is_there("node_modules") && !world.store().exists());
}
