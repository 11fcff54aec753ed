//! Which package.json counts, and what a program's own code is.

mod world;

use launcher::policy::Permission;
use std::path::PathBuf;
use world::World;

const GRANT: &str = r#"{ "cordon": { "permissions": { "net": ["example.org"] } } }"#;

fn counts(world: &World, entry: &str) -> Option<PathBuf> {
    world.resolve(entry).unwrap_or_else(|error| panic!("{entry}: {error}")).project.manifest
}

#[test]
fn the_nearest_package_counts() {
    let world = World::new();
    world.write("package.json", GRANT);
    let inner = world.write("tool/package.json", "{}");
    world.write("tool/bin/a.js", "");
    assert_eq!(counts(&world, "tool/bin/a.js"), Some(inner));
    let resolved = world.resolve("tool/bin/a.js").expect("resolved");
    assert!(resolved.policy.allow.net.is_empty());
    assert!(!world.reads(&resolved, "package.json"));
    assert!(world.reads(&resolved, "tool/bin/a.js"));
}

#[test]
fn one_in_node_modules_does_not_count() {
    let world = World::new();
    let own = world.write("package.json", "{}");
    world.write("node_modules/dep/package.json", GRANT);
    world.write("node_modules/dep/cli.js", "");
    assert_eq!(counts(&world, "node_modules/dep/cli.js"), Some(own));
}

#[test]
fn one_in_a_folder_that_the_program_may_write_does_not_count() {
    let world = World::new();
    let own = world.write("package.json", r#"{ "cordon": { "permissions": { "write": ["./uploads"] } } }"#);
    world.write("uploads/deep/package.json", GRANT);
    world.write("uploads/deep/a.js", "");
    assert_eq!(counts(&world, "uploads/deep/a.js"), Some(own));
    let passed_over = world.resolve("uploads/deep/a.js").expect("resolved").project.passed_over;
    assert_eq!(passed_over[0].0, world.path("uploads/deep/package.json"));
}

#[test]
fn one_in_a_folder_that_a_script_or_a_flag_may_write_does_not_count_either() {
    let mut world = World::new();
    let own = world.write("package.json", r#"{ "cordon": { "scripts": { "build": { "write": ["./out"] } } } }"#);
    world.write("out/package.json", GRANT);
    world.write("out/a.js", "");
    world.write("tmp/package.json", GRANT);
    world.write("tmp/a.js", "");
    assert_eq!(counts(&world, "out/a.js"), Some(own.clone()));
    world.allow(Permission::Write, "tmp");
    assert_eq!(counts(&world, "tmp/a.js"), Some(own));
}

#[test]
fn one_that_is_a_symlink_into_such_a_folder_does_not_count() {
    let world = World::new();
    let own = world.write("package.json", r#"{ "cordon": { "permissions": { "write": ["./uploads"] } } }"#);
    world.write("uploads/p.json", GRANT);
    world.link("../uploads/p.json", "app/package.json");
    world.write("app/a.js", "");
    assert_eq!(counts(&world, "app/a.js"), Some(own));
}

#[test]
fn one_in_home_or_above_it_never_counts_and_home_is_never_own_code() {
    let world = World::new();
    for place in ["../../home/user/package.json", "../../home/package.json"] {
        world.write(place, GRANT);
    }
    world.write("../../home/user/a.js", "");
    world.write("../../home/user/diary.txt", "");
    let resolved = world.resolve("../../home/user/a.js").expect("resolved");
    assert_eq!(resolved.project.manifest, None);
    assert!(resolved.policy.decide(&launcher::policy::Request::Read(&world.home.join("a.js"))).allowed());
    assert!(!resolved.policy.decide(&launcher::policy::Request::Read(&world.home.join("diary.txt"))).allowed());
}

#[test]
fn without_one_the_entry_files_folder_is_own_code() {
    let world = World::new();
    world.write("sub/a.js", "");
    world.write("b.js", "");
    let resolved = world.resolve("sub/a.js").expect("resolved");
    assert!(world.reads(&resolved, "sub/other.js"));
    assert!(!world.reads(&resolved, "b.js"));
}

#[test]
fn a_members_own_key_counts_else_its_roots() {
    let world = World::new();
    let root = world
        .write("package.json", r#"{ "workspaces": ["packages/*"], "cordon": { "permissions": { "env": ["A"] } } }"#);
    world.write("packages/plain/package.json", r#"{ "name": "plain" }"#);
    world.write("packages/plain/a.js", "");
    let own = world.write("packages/own/package.json", r#"{ "cordon": null }"#);
    world.write("packages/own/a.js", "");
    let other = world.write("other/package.json", "{}");
    world.write("other/a.js", "");
    assert_eq!(counts(&world, "packages/plain/a.js"), Some(root));
    assert_eq!(counts(&world, "packages/own/a.js"), Some(own));
    assert_eq!(counts(&world, "other/a.js"), Some(other));
    let resolved = world.resolve("packages/own/a.js").expect("resolved");
    assert!(world.reads(&resolved, "node_modules/x/index.js") && world.reads(&resolved, "packages/plain/a.js"));
}

#[test]
fn pnpm_workspaces_are_workspaces() {
    let world = World::new();
    let root = world.write("package.json", GRANT);
    world.write("pnpm-workspace.yaml", "packages:\n  - 'apps/**'\n");
    world.write("apps/web/site/package.json", "{}");
    world.write("apps/web/site/a.js", "");
    assert_eq!(counts(&world, "apps/web/site/a.js"), Some(root));
}

#[test]
fn a_planted_symlink_is_not_run() {
    let world = World::new();
    world.write("package.json", r#"{ "cordon": { "permissions": { "write": ["./uploads"] } } }"#);
    world.write("../elsewhere/b.js", "");
    world.link("../../elsewhere/b.js", "uploads/a.js");
    let error = world.resolve("uploads/a.js").map(|_| ()).expect_err("refused").to_string();
    assert!(error.contains("crosses a symlink"), "{error}");
}

#[test]
fn secrets_are_no_own_code_now_or_later() {
    let world = World::new();
    world.write("package.json", "{}");
    for file in ["a.js", ".npmrc", "config/server.key", ".aws/config", "node_modules/x/.npmrc", ".next/x.js"] {
        world.write(file, "");
    }
    let resolved = world.resolve("a.js").expect("resolved");
    for secret in [".npmrc", "config/server.key", ".aws/config", ".env"] {
        assert!(!world.reads(&resolved, secret), "{secret}");
    }
    for code in ["a.js", "node_modules/x/.npmrc", ".next/x.js", "config/a.js"] {
        assert!(world.reads(&resolved, code), "{code}");
    }
}

#[test]
fn what_is_not_json_is_refused_with_line_and_column() {
    let world = World::new();
    for (text, place) in [
        ("{\n  \"a\": 1,\n}", ":3:1"),
        ("{ 'a': 1 }", ":1:3"),
        ("{\"cordon\":{},\"cordon\":{}}", ":1:14"),
        ("[]", ":1:1"),
    ] {
        world.write("package.json", text);
        let error = world.resolve("a.js").map(|_| ()).expect_err(text).to_string();
        assert!(error.contains(&format!("package.json{place}")), "{text}: {error}");
    }
}

#[test]
fn a_file_of_another_kind_is_refused_or_passed_over() {
    let world = World::new();
    std::fs::create_dir(world.path("package.json")).expect("a folder");
    assert_eq!(counts(&world, "a.js"), None);
    std::fs::remove_dir(world.path("package.json")).expect("removed");
    std::fs::write(world.path("package.json"), [b'{', b'"', 0xff, b'"', b':', b'1', b'}']).expect("a file");
    let error = world.resolve("a.js").map(|_| ()).expect_err("refused").to_string();
    assert!(error.contains("not UTF-8"), "{error}");
    let large = std::fs::File::create(world.path("package.json")).expect("a file");
    large.set_len(100 << 20).expect("a sparse file");
    let error = world.resolve("a.js").map(|_| ()).expect_err("refused").to_string();
    assert!(error.contains("more than 16 MiB"), "{error}");
}

#[test]
fn a_deny_in_a_proto_member_is_no_deny_and_no_grant() {
    let world = World::new();
    world.write(
        "package.json",
        r#"{ "__proto__": { "cordon": { "permissions": { "net": ["*"] } } }, "constructor": 1 }"#,
    );
    assert!(world.resolve("a.js").expect("resolved").policy.allow.net.is_empty());
}
