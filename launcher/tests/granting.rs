//! What grants of paths, programs and addons mean on this machine.

mod world;

use launcher::manifest::{Error, Resolved};
use launcher::policy::{Permission, Request};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use world::World;

fn keyed(permissions: &str) -> World {
    let world = World::new();
    world.write("package.json", &format!("{{ \"cordon\": {{ \"permissions\": {permissions} }} }}"));
    world
}

fn refused(result: Result<Resolved, Error>) -> String {
    result.map(|_| ()).expect_err("refused").to_string()
}

#[test]
fn a_path_that_crosses_a_planted_symlink_is_refused() {
    let world = keyed(r#"{ "write": ["./uploads"], "read": ["./uploads/link/secret"] }"#);
    world.write("../elsewhere/secret", "");
    world.link("../../elsewhere", "uploads/link");
    assert!(refused(world.resolve("a.js")).contains("crosses a symlink in"));
}

#[test]
fn a_write_grant_that_is_itself_planted_is_refused() {
    let world = keyed(r#"{ "write": ["./a", "./a/b"] }"#);
    world.link("/etc", "a/b");
    assert!(refused(world.resolve("a.js")).contains("/cordon/permissions/write/1"));
}

#[test]
fn a_symlink_that_only_the_user_can_make_is_followed() {
    let world = keyed(r#"{ "read": ["./data"] }"#);
    world.write("../shared/x", "");
    world.link("../shared", "data");
    let resolved = world.resolve("a.js").expect("resolved");
    assert_eq!(resolved.policy.allow.read[0].pattern, world.root.parent().expect("above").join("shared"));
}

#[test]
fn what_decides_what_runs_next_cannot_be_written() {
    let mut world = World::new();
    world.write("package.json", r#"{ "workspaces": ["packages/*", "tools/**"] }"#);
    world.write("packages/one/package.json", "{}");
    world.write("tools/deep/two/package.json", "{}");
    world.write("src/index.js", "");
    world.write("vendor/.git/HEAD", "");
    for text in [
        ".",
        "./",
        "..",
        "../..",
        "src/..",
        "packages",
        "packages/one",
        "packages/new",
        "tools",
        "tools/deep",
        "tools/deep/two",
        ".git",
        ".git/hooks",
        ".git/hooks/pre-commit",
        "vendor",
        "node_modules",
        "node_modules/dep",
        "node_modules/.bin",
        "node_modules/.cache/node_modules/x",
        "package.json",
        "packages/one/package.json",
        "pnpm-workspace.yaml",
        "/proc/self/mem",
        "/dev",
        "/dev/sda",
        "/dev/shm",
        "/sys",
    ] {
        world.flags.allow.clear();
        world.allow(Permission::Write, text);
        let error = refused(world.resolve("a.js"));
        assert!(error.starts_with("Cannot use flag"), "{text}: {error}");
    }
    for text in [
        "dist",
        "src",
        "packages/one/dist",
        "node_modules/.vite",
        "node_modules/.cache/x",
        ".next",
        "tsconfig.json",
        "../other",
    ] {
        world.flags.allow.clear();
        world.allow(Permission::Write, text);
        assert!(world.resolve("a.js").is_ok(), "{text}");
    }
}

#[test]
fn absent_folders_and_files_are_made_and_nothing_is_made_before() {
    let world = keyed(r#"{ "write": ["./out/deep", "./db.sqlite", "./v1.2/", "./.next"] }"#);
    let resolved = world.resolve("a.js").expect("resolved");
    assert!(!world.path("out").exists());
    for absent in &resolved.absent {
        absent.make().expect("made");
    }
    assert!(world.path("out/deep").is_dir() && world.path("v1.2").is_dir() && world.path(".next").is_dir());
    assert!(world.path("db.sqlite").is_file());
    assert!(world.resolve("a.js").expect("resolved").absent.is_empty());
}

#[test]
fn nothing_is_made_through_a_symlink_that_came_meanwhile() {
    let world = keyed(r#"{ "write": ["./out/deep", "./file.db"] }"#);
    let resolved = world.resolve("a.js").expect("resolved");
    fs::create_dir_all(world.path("../elsewhere")).expect("a folder");
    world.link("../elsewhere", "out");
    world.link("../elsewhere/made", "file.db");
    for absent in &resolved.absent {
        assert!(absent.make().is_err(), "{absent:?}");
    }
    assert_eq!(fs::read_dir(world.path("../elsewhere")).expect("a folder").count(), 0);
}

#[test]
fn a_grant_of_the_own_folder_leaves_its_secrets_out() {
    let world = keyed(r#"{ "read": ["."] }"#);
    world.write(".env", "");
    let resolved = world.resolve("a.js").expect("resolved");
    assert!(!world.reads(&resolved, ".env"));
    assert_eq!(resolved.notes.len(), 1);
}

#[test]
fn home_and_what_is_above_are_granted_by_a_flag_that_spells_them_out_only() {
    let mut world = World::new();
    let home = world.home.to_string_lossy().into_owned();
    world.write("package.json", &format!(r#"{{ "cordon": {{ "permissions": {{ "read": ["{home}"] }} }} }}"#));
    assert!(world.resolve("a.js").is_err());
    world.write("package.json", "{}");
    world.allow(Permission::Read, &home);
    assert!(world.resolve("a.js").is_ok());
    world.allow(Permission::Read, "../../home/user");
    assert!(world.resolve("a.js").is_err());
}

#[test]
fn a_program_is_not_taken_from_the_project_or_a_folder_that_may_be_written() {
    let world = keyed(r#"{ "write": ["./uploads"], "run": ["tool"] }"#);
    let outside = world.program("../bin/tool", "\u{7f}ELF");
    for folder in ["bin", "uploads/bin", "node_modules/.bin"] {
        world.program(&format!("{folder}/tool"), "\u{7f}ELF");
    }
    world.link("../uploads/bin/tool", "../linked/tool");
    let hostile = ["bin", "uploads/bin", "node_modules/.bin", "../linked"].map(|name| world.path(name));
    let relative = [PathBuf::from("bin"), PathBuf::from("."), PathBuf::new()];
    let path: Vec<PathBuf> = hostile.into_iter().chain(relative).chain([world.path("../bin")]).collect();
    let resolved = world.resolve_with_path("a.js", &path).expect("resolved");
    assert_eq!(resolved.policy.allow.run[0].pattern.path, outside.canonicalize().expect("there"));
}

#[test]
fn a_program_is_not_taken_from_a_folder_that_everybody_may_write() {
    let world = keyed(r#"{ "run": ["tool"] }"#);
    world.program("../open/tool", "\u{7f}ELF");
    let open = world.path("../open");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).expect("a mode");
    assert!(refused(world.resolve_with_path("a.js", &[open])).contains("is not a program"));
}

#[test]
fn addons_of_a_workspace_member_are_found_from_the_member() {
    let world = World::new();
    let key = r#"{ "workspaces": ["packages/*"], "cordon": { "permissions": { "addons": ["sharp"] } } }"#;
    world.write("package.json", key);
    world.write("packages/one/package.json", "{}");
    world.write("packages/one/a.js", "");
    world.write("packages/one/node_modules/sharp/x.node", "");
    let resolved = world.resolve("packages/one/a.js").expect("resolved");
    let addon = world.path("packages/one/node_modules/sharp/x.node");
    assert!(resolved.policy.decide(&Request::Addon(&addon)).allowed());
}

#[test]
fn a_program_of_the_project_is_named_by_its_path() {
    let world = keyed(r#"{ "run": ["./node_modules/.bin/esbuild"] }"#);
    let real = world.program("node_modules/esbuild/bin/esbuild", "\u{7f}ELF");
    world.link("../esbuild/bin/esbuild", "node_modules/.bin/esbuild");
    let resolved = world.resolve("a.js").expect("resolved");
    assert_eq!(resolved.policy.allow.run[0].pattern.path, real);
    assert_eq!(resolved.policy.allow.run[0].pattern.name, "esbuild");
    assert!(resolved.policy.decide(&Request::Run(&real)).allowed());
}

#[test]
fn a_program_in_a_folder_that_may_be_written_is_refused() {
    let world = keyed(r#"{ "write": ["./uploads"], "run": ["./uploads/tool"] }"#);
    world.program("uploads/tool", "\u{7f}ELF");
    assert!(refused(world.resolve("a.js")).contains("lies where the program may write"));
}

#[test]
fn a_script_shows_what_it_needs() {
    let world = keyed(r#"{ "run": ["./tool.sh"] }"#);
    world.program("tool.sh", "#!/bin/sh -e\n");
    let error = refused(world.resolve("a.js"));
    assert!(error.contains("needs") && error.contains("grant run of"), "{error}");
    world.write("package.json", r#"{ "cordon": { "permissions": { "run": ["./tool.sh", "sh"] } } }"#);
    assert!(world.resolve("a.js").is_ok());
    world.program("tool.sh", "#!/usr/bin/env -S node --flag\n");
    world.write("package.json", r#"{ "cordon": { "permissions": { "run": ["./tool.sh", "env"] } } }"#);
    assert!(refused(world.resolve("a.js")).contains("\"node\""));
    world.write("package.json", r#"{ "cordon": { "permissions": { "run": ["./tool.sh", "env", "node"] } } }"#);
    assert!(world.resolve("a.js").is_ok());
}

#[test]
fn addons_come_from_the_named_package_and_its_optional_dependencies() {
    let world = keyed(r#"{ "addons": ["sharp", "absent"] }"#);
    world.write(
        "node_modules/sharp/package.json",
        r#"{ "optionalDependencies": { "@img/x64": "1", "../../evil": "1", "gone": "1" } }"#,
    );
    world.write("node_modules/@img/x64/x.node", "");
    world.write("node_modules/other/x.node", "");
    let resolved = world.resolve("a.js").expect("resolved");
    let may = |name: &str| resolved.policy.decide(&Request::Addon(&world.path(name))).allowed();
    assert!(may("node_modules/sharp/x.node") && may("node_modules/@img/x64/x.node"));
    assert!(!may("node_modules/other/x.node") && !may("evil/x.node"));
    assert_eq!(resolved.notes.len(), 1);
}

#[test]
fn another_copy_of_a_package_is_granted_by_its_path() {
    let world = keyed(r#"{ "addons": ["./node_modules/vite/node_modules/rolldown"] }"#);
    let lists = r#"{ "optionalDependencies": { "@rolldown/x64": "1" } }"#;
    for above in ["node_modules", "node_modules/vite/node_modules"] {
        world.write(&format!("{above}/rolldown/package.json"), lists);
        world.write(&format!("{above}/@rolldown/x64/x.node"), "");
    }
    let resolved = world.resolve("a.js").expect("resolved");
    let may = |name: &str| resolved.policy.decide(&Request::Addon(&world.path(name))).allowed();
    assert!(may("node_modules/vite/node_modules/@rolldown/x64/x.node"));
    assert!(!may("node_modules/@rolldown/x64/x.node"));
    let owners = |name: &str| {
        launcher::manifest::addon_owners(&world.path(name), &world.path(""), |folder| folder.display().to_string())
    };
    let copy = world.path("node_modules/vite/node_modules/rolldown").display().to_string();
    assert_eq!(owners("node_modules/@rolldown/x64/x.node"), ["rolldown"]);
    assert_eq!(owners("node_modules/vite/node_modules/@rolldown/x64/x.node"), [copy]);
}

#[test]
fn an_addon_that_may_be_written_is_refused() {
    let world = keyed(r#"{ "write": ["./uploads"], "addons": ["./uploads"] }"#);
    world.write("uploads/x.node", "");
    assert!(refused(world.resolve("a.js")).contains("lies where the program may write"));
}

#[test]
fn a_deny_takes_every_grant_of_a_permission_away() {
    let mut world = keyed(r#"{ "net": ["example.org"], "write": ["./out"], "env": ["A"] }"#);
    let place =
        launcher::manifest::Place { origin: launcher::policy::Origin::Flag("--deny-net".into()), position: None };
    world
        .flags
        .deny_all
        .extend([Permission::Net, Permission::Write, Permission::Env].map(|permission| (permission, place.clone())));
    let resolved = world.resolve("a.js").expect("resolved");
    assert!(
        resolved.policy.allow.net.is_empty() && resolved.policy.allow.write.is_empty() && resolved.absent.is_empty()
    );
    assert!(!resolved.policy.decide(&Request::Env("A")).allowed());
    assert!(resolved.policy.decide(&Request::Env("TERM")).allowed());
}
