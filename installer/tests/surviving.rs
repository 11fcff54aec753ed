//! Killed at any moment, out of room, or with a registry on a bad day: the old tree or the new one, and the next run succeeds.

mod world;

use std::process::Command;
use std::time::Duration;
use world::{Answer, World, file, names, tarball};

const PACKAGES: usize = 12;

/// Packages with enough files that each phase takes its time.
fn large(version: &str) -> World {
    let mut world = World::new();
    fill(&mut world, version);
    world
}

fn fill(world: &mut World, version: &str) {
    for number in 0..PACKAGES {
        let name = format!("p{number}");
        let files: Vec<Vec<u8>> = (0..60)
            .map(|file_number| {
                file(&format!("d{}/f{file_number}", file_number % 7), &format!("{version} {}", "x".repeat(3000)))
            })
            .collect();
        world.package(&name, version, tarball(&name, version, "", &files));
    }
    world.write("");
}

/// The versions of all packages that are whole; an error for one that is not.
fn versions(world: &World) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for number in 0..PACKAGES {
        let folder = format!("node_modules/p{number}");
        if !world.is_there(&folder) {
            continue;
        }
        let manifest = world.read(&format!("{folder}/package.json"));
        let version = if manifest.contains("\"2.0.0\"") { "2.0.0" } else { "1.0.0" };
        for file_number in 0..60 {
            let text = world.read(&format!("{folder}/d{}/f{file_number}", file_number % 7));
            if !text.starts_with(version) || text.len() != 3006 {
                return Err(format!("{folder} has a wrong file {file_number}"));
            }
        }
        found.push(version.to_owned());
    }
    Ok(found)
}

/// After a kill: every package is whole, and the next run makes the tree new and leaves nothing behind.
fn recovers(world: &World) {
    versions(world).expect("only whole packages");
    world.install();
    assert_eq!(versions(world), Ok(vec!["2.0.0".to_owned(); PACKAGES]));
    assert_eq!(world.is_clean(), Ok(()));
}

fn kill_after(world: &World, delay: Duration) {
    let mut child = world.start(&["install"]);
    std::thread::sleep(delay);
    child.kill().expect("killed");
    child.wait().expect("ended");
}

/// The delays are spread over what an undisturbed run takes, so that fetching, unpacking, linking and swapping are all met.
#[test]
fn killed_at_any_moment_of_a_first_installation() {
    let world = large("2.0.0");
    let start = std::time::Instant::now();
    world.install();
    let whole = start.elapsed();
    for step in 0..40u32 {
        std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
        if step % 2 == 0 {
            std::fs::remove_dir_all(world.store()).expect("removed");
        }
        kill_after(&world, whole * step / 40);
        recovers(&world);
    }
}

#[test]
fn killed_at_any_moment_of_an_update() {
    let mut world = large("1.0.0");
    world.install();
    for step in 0..30u32 {
        fill(&mut world, "2.0.0");
        kill_after(&world, Duration::from_micros(u64::from(step) * 700));
        let left = versions(&world).expect("only whole packages");
        // The old tree, or the new one, or the renames have begun, and the journal says so.
        let journal = world.is_there("node_modules/.cordon/journal");
        let whole = left.len() == PACKAGES && left.iter().all(|version| *version == left[0]);
        assert!(whole || journal, "{left:?}");
        recovers(&world);
        fill(&mut world, "1.0.0");
        world.install();
    }
}

#[test]
fn two_at_once_in_one_project_and_in_one_store() {
    let world = large("2.0.0");
    let mut children: Vec<_> = (0..4).map(|_| world.start(&["install"])).collect();
    for child in &mut children {
        assert!(child.wait().expect("ended").success());
    }
    recovers(&world);
    std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
    std::fs::remove_dir_all(world.store()).expect("removed");
    let other = world.folder.join("other");
    std::fs::create_dir(&other).expect("made");
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(world.path(name), other.join(name)).expect("copied");
    }
    let mut children =
        vec![world.start(&["install"]), world.command(&["install"]).current_dir(&other).spawn().expect("started")];
    for child in &mut children {
        assert!(child.wait().expect("ended").success());
    }
    recovers(&world);
    assert_eq!(names(&other.join("node_modules")).len(), PACKAGES + 2);
}

#[test]
fn a_registry_on_a_bad_day_is_asked_again() {
    let raw = |text: &str| Box::new(Answer::Raw(text.as_bytes().to_vec()));
    for bad in [
        raw(""),
        raw("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"),
        raw("HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"),
        raw("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nshort"),
    ] {
        let mut world = World::new();
        let bytes = tarball("a", "1.0.0", "", &[]);
        world.package("a", "1.0.0", bytes.clone());
        world.registry.answer("/a/-/a-1.0.0.tgz", Answer::First(2, bad, Box::new(Answer::Tarball(bytes))));
        world.write("");
        world.install();
        assert_eq!(world.registry.asked(), 3);
    }
}

#[test]
fn a_registry_that_stays_bad_leaves_the_old_tree() {
    for bad in [
        Answer::Raw(Vec::new()),
        Answer::Silence,
        Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad".to_vec()),
        Answer::Raw(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n".to_vec()),
    ] {
        let mut world = large("1.0.0");
        world.install();
        fill(&mut world, "2.0.0");
        world.registry.answer("/p3/-/p3-2.0.0.tgz", bad);
        world.refusal();
        assert_eq!(versions(&world), Ok(vec!["1.0.0".to_owned(); PACKAGES]));
        assert_eq!(world.is_clean(), Ok(()));
        fill(&mut world, "2.0.0");
        recovers(&world);
    }
}

/// A read-only mount stands for a folder that the jail does not grant.
#[test]
fn a_folder_that_can_not_be_written_is_noticed_before_anything_changes() {
    let mut world = large("1.0.0");
    world.install();
    std::fs::create_dir_all(world.path("lib/f")).expect("made");
    std::fs::write(world.path("lib/f/package.json"), r#"{"name":"f"}"#).expect("written");
    world.depends("f", "file:lib/f");
    world.entry("lib/f", r#"{"name":"f"}"#);
    world.entry("node_modules/f", r#"{"resolved":"lib/f","link":true}"#);
    world.place("lib/f/node_modules/c", "c", "1.0.0", tarball("c", "1.0.0", "", &[]), "");
    fill(&mut world, "2.0.0");
    let settings = format!(r#"{{"registry":"{}"}}"#, world.registry.url);
    let script = r#"mount --bind lib lib && mount -o remount,bind,ro lib lib && exec "$1" install "--store=$2""#;
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_cordon-install")]).arg(world.store());
    let output =
        command.current_dir(world.project()).env("CORDON_INSTALL_SETTINGS", settings).output().expect("unshare");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("Cannot write into"), "{said}");
    assert_eq!(versions(&world), Ok(vec!["1.0.0".to_owned(); PACKAGES]));
    assert_eq!(world.is_clean(), Ok(()));
    recovers(&world);
}

/// A file system of two megabytes in a mount namespace of its own.
#[test]
fn a_full_disk_leaves_the_old_tree_and_a_clean_store() {
    let world = large("2.0.0");
    let settings = format!(r#"{{"registry":"{}"}}"#, world.registry.url);
    let script = r#"
        set -e
        mount -t tmpfs -o size=1500k tmpfs "$1/project/node_modules"
        cd "$1/project"
        mkdir node_modules/.cordon node_modules/old && echo old > node_modules/old/file
        if "$2" install "--store=$1/store" 2> "$1/said"; then exit 9; fi
        test "$(cat node_modules/old/file)" = old
        test "$(ls -A node_modules/.cordon)" = lock
        test -z "$(ls -A "$1/store/v1/tmp")"
        mount -t tmpfs -o size=1500k tmpfs "$1/full"
        if "$2" install "--store=$1/full/store" 2>> "$1/said"; then exit 8; fi
        test -z "$(ls -A "$1/full/store/v1/tmp")"
    "#;
    for name in ["project/node_modules", "full"] {
        std::fs::create_dir_all(world.folder.join(name)).expect("made");
    }
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", script, "sh"]).arg(&world.folder).arg(env!("CARGO_BIN_EXE_cordon-install"));
    let status = command.env("CORDON_INSTALL_SETTINGS", settings).status().expect("unshare");
    let said = std::fs::read_to_string(world.folder.join("said")).unwrap_or_default();
    assert!(status.success(), "{status}: {said}");
    assert_eq!(said.matches("No space left").count(), 2, "{said}");
    std::fs::remove_dir_all(world.path("node_modules")).expect("removed");
    world.install();
    assert_eq!(versions(&world).map(|found| found.len()), Ok(PACKAGES));
}
