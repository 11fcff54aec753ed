//! Packages and lockfiles of an enemy: each is refused with its reason, and nothing outside of the package's folder is touched.

mod world;

use world::tar::{self, entry};
use world::{Answer, World, file, gzip, integrity, names, tarball};

/// Installs a package with this tarball beside a good one that is there already; returns what was said.
fn refused(bytes: Vec<u8>) -> String {
    let mut world = World::new();
    world.package("good", "1.0.0", tarball("good", "1.0.0", "", &[file("index.js", "good")]));
    world.write("");
    world.install();
    world.package("evil", "1.0.0", bytes);
    world.write("");
    let said = world.refusal();
    assert_eq!(world.canary(), "untouched");
    assert_eq!(world.read("node_modules/good/index.js"), "good");
    assert!(!world.is_there("node_modules/evil"), "{said}");
    assert!(!world.is_there("escaped") && !world.folder.join("escaped").exists(), "{said}");
    assert_eq!(world.is_clean(), Ok(()), "{said}");
    said
}

fn evil(entries: &[Vec<u8>]) -> Vec<u8> {
    tarball("evil", "1.0.0", "", entries)
}

#[test]
fn ways_out_of_the_package_are_refused() {
    let long = "../".repeat(20) + "escaped";
    for (entries, why) in [
        (vec![entry(b'0', "package/../../escaped", 0o644, "", b"x")], "leads out of the package"),
        (vec![entry(b'0', format!("package/{long}"), 0o644, "", b"x")], "leads out of the package"),
        (vec![entry(b'0', "../escaped", 0o644, "", b"x")], "leads out of the package"),
        (vec![entry(b'0', "/tmp/cordon-escaped", 0o644, "", b"x")], "an absolute path"),
        (vec![entry(b'5', "package/../../escaped", 0o755, "", b"")], "leads out of the package"),
        (
            vec![entry(b'2', "package/link", 0o777, "../../..", b""), file("link/escaped", "x")],
            "outside of the package",
        ),
        (vec![entry(b'2', "package/link", 0o777, "/etc/passwd", b"")], "outside of the package"),
        (vec![entry(b'1', "package/link", 0o644, "../../../canary", b"")], "outside of the package"),
        (
            vec![entry(b'L', "././@LongLink", 0, "", format!("package/{long}").as_bytes()), file("x", "x")],
            "leads out of the package",
        ),
    ] {
        let said = refused(evil(&entries));
        assert!(said.contains(why) && said.contains("evil@1.0.0"), "{why}: {said}");
    }
}

/// npm leaves links out, so what is behind one is a folder of the package.
#[test]
fn a_link_inside_of_the_package_is_left_out() {
    let mut world = World::new();
    world.package(
        "a",
        "1.0.0",
        tarball("a", "1.0.0", "", &[entry(b'2', "package/l", 0o777, "lib", b""), file("lib/x", "1"), file("l/y", "2")]),
    );
    world.write("");
    world.install();
    assert!(!std::fs::symlink_metadata(world.path("node_modules/a/l")).expect("a folder").is_symlink());
}

#[test]
fn what_is_no_plain_file_is_refused() {
    for (one, why) in [
        (entry(b'3', "package/x", 0o644, "", b""), "a device or a pipe"),
        (entry(b'4', "package/x", 0o644, "", b""), "a device or a pipe"),
        (entry(b'6', "package/x", 0o644, "", b""), "a device or a pipe"),
        (entry(b'0', "package/x", 0o4755, "", b"x"), "setuid"),
        (entry(b'0', "package/x\n/etc", 0o644, "", b"x"), "no name should have"),
        (entry(b'0', "package/x\u{1b}[2J", 0o644, "", b"x"), "no name should have"),
        ([entry(b'x', "h", 0o644, "", b"20 path=package/a\0b\n"), file("short", "")].concat(), "no name should have"),
    ] {
        let said = refused(evil(&[one]));
        assert!(said.contains(why) && !said.contains('\u{1b}'), "{why}: {said}");
    }
}

#[test]
fn names_that_collide_are_refused() {
    for (entries, why) in [
        (vec![file("A.js", "1"), file("a.js", "2")], "differ by case only"),
        (vec![file("x", "1"), file("x", "2")], "twice, with different contents"),
        (vec![file("x", "1"), file("x/y", "2")], "a file and a folder"),
        (
            vec![file("package.json", "{\"name\":\"evil\",\"version\":\"1.0.0\",\"bin\":\"x\"}")],
            "twice, with different contents",
        ),
    ] {
        let said = refused(evil(&entries));
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn bombs_stop_before_they_fill_the_disk() {
    let manifest = entry(b'0', "package/package.json", 0o644, "", br#"{"name":"evil","version":"1.0.0"}"#);
    let zeros = |size: u64| tar::sized(entry(b'0', "package/zeros", 0o644, "", b""), size);
    // 10 GB of zeros, said so: gzip's members follow each other, so that one is made and repeated.
    let member = gzip(&vec![0u8; 64 << 20]);
    let said = refused([gzip(&[manifest.clone(), zeros(10 << 30)].concat()), member.repeat(160)].concat());
    assert!(said.contains("\"package/zeros\" is too large"), "{said}");
    // As many small lies: each file is allowed, and all of them are not.
    let lies: Vec<u8> = (0..160).flat_map(|_| [gzip(&zeros(64 << 20)), member.clone()].concat()).collect();
    let said = refused([gzip(&manifest), lies].concat());
    assert!(said.contains("is too large") || said.contains("far more than a package has"), "{said}");
    // 300 MB of zeros that compress to 300 kB.
    let mut bytes = [manifest, zeros(300 << 20)].concat();
    bytes.resize(bytes.len() + (300 << 20), 0);
    let said = refused(gzip(&bytes));
    assert!(said.contains("too large") || said.contains("far more"), "{said}");
    let many: Vec<Vec<u8>> =
        (0..200_001).map(|number| entry(b'5', format!("package/{number}"), 0o755, "", b"")).collect();
    assert!(refused(evil(&many)).contains("more files than a package has"));
    let again: Vec<Vec<u8>> = (0..2000).map(|_| file("x", "x")).collect();
    assert!(refused(evil(&again)).contains("again and again"));
}

#[test]
fn what_is_no_tarball_is_refused() {
    let good = evil(&[file("x", "x")]);
    for bytes in
        [b"no tarball at all, but long enough".repeat(40), good[..good.len() / 2].to_vec(), Vec::new(), gzip(b"")]
    {
        let said = refused(bytes);
        assert!(said.contains("evil@1.0.0"), "{said}");
    }
}

#[test]
fn a_package_json_that_leads_out_or_lies_is_refused() {
    for (members, why) in [
        (r#","bin":{"x":"../../../canary"}"#, "outside of the package"),
        (r#","bin":"../../canary""#, "outside of the package"),
        (r#","main":"../../../../etc/passwd""#, "outside of the package"),
        (r#","directories":{"bin":"../.."}"#, "outside of the package"),
    ] {
        let said = refused(tarball("evil", "1.0.0", members, &[]));
        assert!(said.contains(why), "{said}");
    }
    assert!(refused(tarball("other", "1.0.0", "", &[])).contains("but its tarball is \"other@1.0.0\""));
    assert!(refused(tarball("evil", "6.6.6", "", &[])).contains("but its tarball is \"evil@6.6.6\""));
    assert!(refused(gzip(&file("x", "x"))).contains("no package.json"));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused(tarball("evil", "1.0.0", &format!(",\"x\":{deep}"), &[])).contains("not JSON"));
}

#[test]
fn prototypes_in_a_package_json_are_names_like_others() {
    let mut world = World::new();
    world.package(
        "a",
        "1.0.0",
        tarball("a", "1.0.0", r#","__proto__":{"bin":{"x":"/etc/passwd"}},"constructor":{"prototype":{}}"#, &[]),
    );
    world.write(r#","__proto__":{"dependencies":{"b":"1"}}"#);
    world.install();
    assert!(!world.is_there("node_modules/.bin"));
}

#[test]
fn a_program_that_shadows_a_tool_is_left_out() {
    let mut world = World::new();
    world.depends("evil", "1.0.0");
    let bytes = tarball(
        "evil",
        "1.0.0",
        r#","bin":{"node":"x","git":"x","cordon":"x","npm":"x","fine":"x"}"#,
        &[file("x", "x")],
    );
    world.place(
        "node_modules/evil",
        "evil",
        "1.0.0",
        bytes,
        r#","bin":{"node":"x","git":"x","cordon":"x","npm":"x","fine":"x"}"#,
    );
    world.write("");
    let said = world.install();
    assert_eq!(world::names(&world.path("node_modules/.bin")), ["fine"]);
    assert!(said.contains("wants to be started as \"node\""), "{said}");
}

#[test]
fn bytes_that_are_not_what_was_locked_are_refused() {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    world.registry.answer("/a/-/a-1.0.0.tgz", Answer::Tarball(tarball("a", "1.0.0", ",\"evil\":1", &[])));
    world.write("");
    let said = world.refusal();
    assert!(said.contains("not what the lockfile says") && said.contains("sha512-"), "{said}");
    assert!(!world.is_there("node_modules/a"));
    assert_eq!(world.is_clean(), Ok(()));
}

/// What an attacker would change in a lockfile; more of them are in `lockfile/tests.rs`.
#[test]
fn an_edited_lockfile_is_refused() {
    let bytes = tarball("a", "1.0.0", "", &[]);
    let sha = integrity(&bytes);
    for (location, entry, why) in [
        (
            "node_modules/a",
            format!(r#"{{"version":"1.0.0","resolved":"http://127.0.0.1:1/a/-/a-1.0.0.tgz","integrity":"{sha}"}}"#),
            "its registry is",
        ),
        ("node_modules/a", r#"{"version":"1.0.0"}"#.to_owned(), "no integrity"),
        ("node_modules/a", r#"{"resolved":"git+https://github.com/a/a.git#main"}"#.to_owned(), "comes from"),
        (
            "node_modules/a",
            r#"{"resolved":"../../canary","link":true}"#.to_owned(),
            "no package.json of the project names",
        ),
        ("../escaped/node_modules/a", format!(r#"{{"version":"1.0.0","integrity":"{sha}"}}"#), "not a place"),
        (
            "node_modules/a/../../../escaped",
            format!(r#"{{"version":"1.0.0","integrity":"{sha}"}}"#),
            "not a package's name",
        ),
    ] {
        let mut world = World::new();
        world.package("a", "1.0.0", bytes.clone());
        world.entry(location, &entry);
        world.write("");
        let said = world.refusal();
        assert!(said.contains(why), "{why}: {said}");
        assert!(!world.is_there("node_modules/a") && !world.folder.join("escaped").exists());
    }
}

/// Symlinks that an earlier run of a program may have planted.
#[test]
fn a_node_modules_that_leads_elsewhere_is_refused() {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    world.write("");
    let elsewhere = world.folder.join("elsewhere");
    std::fs::create_dir_all(&elsewhere).expect("made");
    std::os::unix::fs::symlink(&elsewhere, world.path("node_modules")).expect("linked");
    assert!(world.refusal().contains("is not a folder"));
    std::fs::remove_file(world.path("node_modules")).expect("removed");
    std::fs::create_dir(world.path("node_modules")).expect("made");
    std::os::unix::fs::symlink(&elsewhere, world.path("node_modules/.cordon")).expect("linked");
    assert!(world.refusal().contains("is not a folder"));
    std::fs::remove_file(world.path("node_modules/.cordon")).expect("removed");
    std::os::unix::fs::symlink(&elsewhere, world.path("node_modules/a")).expect("linked");
    world.install();
    assert!(world.is_there("node_modules/a/package.json"));
    assert!(world::names(&elsewhere).is_empty());
}

/// A project may come with a node_modules; the installer's jail lets it write into the store, and so would a symlink.
#[test]
fn a_symlink_in_a_node_modules_leads_nothing_into_the_store() {
    let mut world = World::new();
    world.package("@evil/x", "1.0.0", tarball("@evil/x", "1.0.0", "", &[]));
    world.write("");
    let shelf = world.store().join("v1/ab");
    std::fs::create_dir_all(shelf.join("x")).expect("made");
    std::fs::write(shelf.join("x/index"), "kept").expect("written");
    std::fs::create_dir(world.path("node_modules")).expect("made");
    std::os::unix::fs::symlink(&shelf, world.path("node_modules/@evil")).expect("linked");
    let said = world.refusal();
    assert!(said.contains("\"node_modules/@evil\" is not a folder"), "{said}");
    assert_eq!(names(&shelf.join("x")), ["index"]);
    world.forget("@evil/x");
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    world.write("");
    world.install();
    assert_eq!(names(&shelf.join("x")), ["index"]);
    assert!(!world.is_there("node_modules/@evil"));
}

#[test]
fn a_journal_that_came_with_the_project_leads_nowhere_else() {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    world.write("");
    let shelf = world.store().join("v1/ab");
    std::fs::create_dir_all(shelf.join("x")).expect("made");
    let own = world.path("node_modules/.cordon");
    std::fs::create_dir_all(own.join("staging/1")).expect("made");
    std::os::unix::fs::symlink(&shelf, own.join("staging/0")).expect("linked");
    std::fs::write(own.join("staging/1/evil"), "").expect("written");
    std::fs::write(own.join("journal"), "cordon journal 1\nput 0 node_modules/@e\nput 1 node_modules/@e/x\n")
        .expect("written");
    assert!(world.refusal().contains("is not a folder"));
    assert_eq!(names(&shelf.join("x")), [""; 0]);
}

#[test]
fn files_of_the_installers_own_are_written_through_no_symlink() {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    world.write("");
    let own = world.path("node_modules/.cordon");
    std::fs::create_dir_all(&own).expect("made");
    for name in ["state.next", "journal.next"] {
        std::os::unix::fs::symlink(world.folder.join("canary"), own.join(name)).expect("linked");
    }
    world.install();
    assert_eq!(world.canary(), "untouched");
}

/// Of a device without an end nothing is read: it would fill the memory.
#[test]
fn a_symlink_to_a_device_is_no_file_of_a_project() {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    for (path, why) in [
        ("node_modules/.package-lock.json", ""),
        ("node_modules/.cordon/journal", "is damaged"),
        ("package-lock.json", "is not a file"),
        ("package.json", "is not a file"),
    ] {
        drop(std::fs::remove_dir_all(world.path("node_modules")));
        world.write("");
        std::fs::create_dir_all(world.path("node_modules/.cordon")).expect("made");
        drop(std::fs::remove_file(world.path(path)));
        std::os::unix::fs::symlink("/dev/zero", world.path(path)).expect("linked");
        let said = said_with_little_memory(&world);
        let is_right = if why.is_empty() { said.contains("added 1 package") } else { said.contains(why) };
        assert!(is_right, "{path}: {said}");
        drop(std::fs::remove_file(world.path(path)));
    }
}

#[test]
fn a_state_behind_a_symlink_is_none() {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    world.write("");
    world.install();
    let state = world.path("node_modules/.cordon/state");
    std::fs::rename(&state, world.folder.join("state")).expect("moved");
    std::os::unix::fs::symlink(world.folder.join("state"), &state).expect("linked");
    world.install();
    assert!(std::fs::symlink_metadata(&state).expect("made anew").is_file());
}

/// With a gigabyte of addresses: what is broken fails, and takes no machine with it.
fn said_with_little_memory(world: &World) -> String {
    let plain = world.command(&["install"]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -v 1000000; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    limited.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = plain.get_current_dir() {
        limited.current_dir(folder);
    }
    let output = limited.output().expect("started");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn what_was_installed_before_is_no_way_out() {
    let mut world = World::new();
    world.package("a", "1.0.0", tarball("a", "1.0.0", "", &[]));
    world.write("");
    std::fs::create_dir(world.path("node_modules")).expect("made");
    std::fs::write(
        world.path("node_modules/.package-lock.json"),
        r#"{"lockfileVersion":3,"packages":{"node_modules/../../canary":{}}}"#,
    )
    .expect("written");
    assert!(world.refusal().contains("is not a place in the project"));
    assert_eq!(world.canary(), "untouched");
}

#[test]
fn another_package_under_a_name_is_there_only_if_somebody_asks_for_it() {
    let mut world = World::new();
    let evil = || tarball("evil", "1.0.0", "", &[]);
    world.depends("good", "1.0.0");
    world.place("node_modules/good", "evil", "1.0.0", evil(), r#","name":"evil""#);
    world.write("");
    assert!(world.refusal().contains("locked to another package, \"evil\""));
    // A dependency's entry in the lockfile can't say it for the project.
    let asks = r#","dependencies":{"good":"npm:evil@1"}"#;
    world.depends("a", "1.0.0");
    world.place("node_modules/a", "a", "1.0.0", tarball("a", "1.0.0", "", &[]), asks);
    world.write("");
    assert!(world.refusal().contains("locked to another package"));
    world.forget("good");
    world.place("node_modules/good", "evil", "1.0.0", evil(), r#","name":"evil""#);
    world.write("");
    world.install();
    world.depends("good", "npm:evil@1.0.0");
    world.write("");
    world.install();
    assert!(world.is_there("node_modules/good/package.json"));
}

/// Docusaurus lends its fork of react-loadable to a package that wants react-loadable beside it. An entry that nobody really
/// needs lends nothing.
#[test]
fn a_peer_is_another_package_only_where_somebody_that_is_needed_asks_for_that_one() {
    let lends = r#","dependencies":{"peer":"npm:fork@1"}"#;
    let takes = r#","peerDependencies":{"peer":"*"}"#;
    for (truth, needed, code) in [(lends, true, 0), ("", true, 1), (lends, false, 1)] {
        let mut world = World::new();
        world.depends("user", "1.0.0");
        if needed {
            world.depends("lender", "1.0.0");
        }
        world.place("node_modules/lender", "lender", "1.0.0", tarball("lender", "1.0.0", truth, &[]), lends);
        world.place("node_modules/user", "user", "1.0.0", tarball("user", "1.0.0", takes, &[]), takes);
        world.place("node_modules/peer", "fork", "1.0.0", tarball("fork", "1.0.0", "", &[]), r#","name":"fork""#);
        world.write("");
        let output = world.run(&["install"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{truth} {needed}: {said}");
        assert!(code == 0 || said.contains("\"node_modules/peer\" is locked to another package, \"fork\""), "{said}");
    }
}

/// Who edits the entry of one package in a lockfile edits that of another, too; the tarballs say what is true.
#[test]
fn a_package_gets_what_its_own_package_json_asks_for() {
    let asks = |spec: &str| format!(r#","dependencies":{{"ms":"{spec}"}}"#);
    for (truth, locked, code) in
        [("1", "npm:evil@1", 1), ("npm:other@1", "npm:evil@1", 1), ("npm:evil@1", "npm:evil@1", 0)]
    {
        let mut world = World::new();
        world.depends("debug", "1.0.0");
        let debug = tarball("debug", "1.0.0", &asks(truth), &[]);
        world.place("node_modules/debug", "debug", "1.0.0", debug.clone(), &asks(locked));
        world.place("node_modules/ms", "evil", "1.0.0", tarball("evil", "1.0.0", "", &[]), r#","name":"evil""#);
        world.write("");
        let output = world.run(&["install"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{truth}: {said}");
        assert!(code == 0 || said.contains("\"node_modules/ms\" is locked to another package, \"evil\""), "{said}");
        // Not even when the entry says nothing, or the package is there already.
        world.place("node_modules/debug", "debug", "1.0.0", debug, &asks("npm:honest@1"));
        world.place("node_modules/ms", "honest", "1.0.0", tarball("honest", "1.0.0", "", &[]), r#","name":"honest""#);
        world.write("");
        assert_eq!(world.run(&["install"]).status.code(), Some(1));
    }
    // What is plain in the lockfile was another package in truth.
    let mut world = World::new();
    world.depends("cliui", "1.0.0");
    world.place("node_modules/cliui", "cliui", "1.0.0", tarball("cliui", "1.0.0", &asks("npm:other@1"), &[]), "");
    world.place("node_modules/ms", "ms", "1.0.0", tarball("ms", "1.0.0", "", &[]), "");
    world.write("");
    assert!(world.refusal().contains("locked to another package, \"ms\""));
    // An override of the project's own is obeyed.
    world.write(r#","overrides":{"ms":"1.0.0"}"#);
    assert_eq!(world.run(&["ci"]).status.code(), Some(0));
}

#[test]
fn nothing_lies_behind_a_link() {
    let mut world = World::new();
    std::fs::create_dir_all(world.path("lib/f")).expect("made");
    std::fs::write(world.path("lib/f/package.json"), r#"{"name":"f"}"#).expect("written");
    world.entry("lib/f", r#"{"name":"f"}"#);
    world.entry("node_modules/f", r#"{"resolved":"lib/f","link":true}"#);
    world.depends("f", "file:lib/f");
    world.place("node_modules/f/node_modules/c", "c", "1.0.0", tarball("c", "1.0.0", "", &[]), "");
    world.write("");
    assert!(world.refusal().contains("lies behind a link"));
}

#[test]
fn an_older_version_than_the_project_wants_is_not_installed() {
    let mut world = World::new();
    world.place("node_modules/a", "a", "1.0.0", tarball("a", "1.0.0", "", &[]), "");
    for (range, code) in [
        ("^9.0.0", 1),
        (">=1.0.1 <2", 1),
        ("npm:a@2", 1),
        ("^1.0.0", 0),
        ("latest", 0),
        ("npm:a@1", 0),
        (">1.0.0-rc.1", 0),
    ] {
        world.depends("a", range);
        world.write("");
        assert_eq!(world.run(&["ci"]).status.code(), Some(code), "{range}");
    }
}
