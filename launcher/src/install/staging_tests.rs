use super::*;
use crate::manifest::testing::Scratch;
use std::fs;
use std::os::unix::fs::symlink;

fn staging(scratch: &Scratch) -> Staging {
    Staging::make(scratch.path()).expect("a staging folder")
}

fn is_clean(scratch: &Scratch) -> bool {
    fs::read_dir(scratch.path())
        .expect("listed")
        .flatten()
        .all(|entry| !entry.file_name().to_string_lossy().starts_with(PREFIX))
}

fn stage(staging: &Staging, files: &[(&str, &str)]) {
    for (name, text) in files {
        let file = staging.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
    }
}

fn read(scratch: &Scratch, name: &str) -> Option<String> {
    fs::read_to_string(scratch.path().join(name)).ok()
}

#[test]
fn what_was_resolved_is_put_in_place_and_can_be_taken_back() {
    let scratch = Scratch::new("publish");
    scratch.write("package.json", r#"{"name":"a"}"#);
    scratch.write("packages/m/package.json", "{}");
    for taken_back in [true, false] {
        let staging = staging(&scratch);
        stage(
            &staging,
            &[
                ("package-lock.json", "new"),
                ("package.json", r#"{"name":"a","dependencies":{"new":"1"}}"#),
                ("packages/m/package.json", r#"{"devDependencies":{"new":"1"}}"#),
            ],
        );
        let published = staging.publish(&["packages/m".into(), "packages/absent".into()]).expect("published");
        assert_eq!(read(&scratch, "package-lock.json").as_deref(), Some("new"));
        assert!(read(&scratch, "packages/m/package.json").expect("there").contains("new"));
        if taken_back {
            staging.take_back(published).expect("taken back");
            assert_eq!(read(&scratch, "package-lock.json"), None);
            assert_eq!(read(&scratch, "package.json").as_deref(), Some(r#"{"name":"a"}"#));
            assert_eq!(read(&scratch, "packages/m/package.json").as_deref(), Some("{}"));
        }
        staging.remove().expect("removed");
        assert!(is_clean(&scratch));
    }
}

#[test]
fn a_shrinkwrap_is_the_lockfile_where_there_is_one() {
    let scratch = Scratch::new("shrinkwrap");
    scratch.write("npm-shrinkwrap.json", "old");
    let staging = staging(&scratch);
    stage(&staging, &[("package-lock.json", "new")]);
    staging.publish(&[]).expect("published");
    assert_eq!(read(&scratch, "npm-shrinkwrap.json").as_deref(), Some("new"));
    assert_eq!(read(&scratch, "package-lock.json"), None);
}

#[test]
fn what_is_not_what_it_should_be_is_not_put_in_place() {
    let scratch = Scratch::new("publish-links");
    scratch.write("elsewhere/secret", "secret");
    let own = scratch.write("package.json", r#"{"cordon":{}}"#);
    type Plant = fn(&Path, &Path);
    let cases: [(&str, Plant); 4] = [
        ("package-lock.json", |place, elsewhere| symlink(elsewhere.join("secret"), place).expect("linked")),
        ("package.json", |place, elsewhere| symlink(elsewhere.join("secret"), place).expect("linked")),
        ("package.json", |place, _| fs::write(place, r#"{"cordon":{"permissions":{"net":["*"]}}}"#).expect("written")),
        ("package-lock.json", |place, _| fs::create_dir(place).expect("made")),
    ];
    for (name, plant) in cases {
        let staging = staging(&scratch);
        plant(&staging.path().join(name), &scratch.path().join("elsewhere"));
        staging.publish(&[]).expect_err(name);
        staging.remove().expect("removed");
        assert!(scratch.path().join("elsewhere/secret").is_file(), "what a link names stays");
        assert_eq!(fs::read_to_string(&own).expect("read"), r#"{"cordon":{}}"#);
        assert!(!scratch.path().join("package-lock.json").exists());
        assert!(is_clean(&scratch));
    }
}

#[test]
fn what_was_put_in_place_before_a_refusal_is_taken_back() {
    let scratch = Scratch::new("publish-half");
    scratch.write("package.json", "{}");
    scratch.write("m/package.json", "{}");
    let staging = staging(&scratch);
    stage(&staging, &[("package.json", r#"{"dependencies":{}}"#), ("m/package.json", r#"{"scripts":{"x":"evil"}}"#)]);
    staging.publish(&["m".into()]).expect_err("refused");
    assert_eq!(read(&scratch, "package.json").as_deref(), Some("{}"));
    assert_eq!(read(&scratch, "m/package.json").as_deref(), Some("{}"));
}

#[test]
fn folders_for_trees_are_made_and_no_link_is_taken_for_one() {
    let scratch = Scratch::new("trees");
    scratch.write("m/package.json", "{}");
    let staging = staging(&scratch);
    let made = staging.make_trees(&["".into(), "m".into(), "absent".into()]).expect("made");
    assert_eq!(made, [scratch.path().join("node_modules"), scratch.path().join("m/node_modules")]);
    staging.remove_empty_trees(&["m".into()]);
    assert!(!scratch.path().join("m/node_modules").exists());
    symlink("/tmp", scratch.path().join("m/node_modules")).expect("linked");
    staging.make_trees(&["".into(), "m".into()]).expect_err("a link");
}

#[test]
fn a_member_that_is_a_symlink_is_not_followed() {
    let scratch = Scratch::new("publish-member");
    fs::create_dir_all(scratch.path().join("elsewhere")).expect("made");
    symlink("elsewhere", scratch.path().join("member")).expect("linked");
    let staging = staging(&scratch);
    stage(&staging, &[("member/package.json", "{}")]);
    assert!(staging.publish(&["member".into()]).is_err() && staging.make_trees(&["".into(), "member".into()]).is_err());
    assert_eq!(fs::read_dir(scratch.path().join("elsewhere")).expect("listed").count(), 0);
    assert!(staging.publish(&["../x".into()]).is_err());
}

#[test]
fn what_a_killed_run_left_is_removed_and_other_names_stay() {
    let scratch = Scratch::new("swept");
    scratch.write(".cordon-install-0123456789abcdef/node_modules/x/y", "");
    scratch.write(".cordon-install-notes/x", "");
    let staging = staging(&scratch);
    staging.remove().expect("removed");
    assert!(!scratch.path().join(".cordon-install-0123456789abcdef").exists());
    assert!(scratch.path().join(".cordon-install-notes/x").exists());
}

#[test]
fn a_whole_tree_takes_the_place_of_the_old_one() {
    let scratch = Scratch::new("swap");
    scratch.write("node_modules/old/index.js", "old");
    let staging = staging(&scratch);
    let aside = staging.make_aside().expect("made").expect("a folder on the same mount");
    assert_eq!(staging.make_aside().expect("made again"), Some(aside.clone()));
    assert!(staging.swap_trees().is_err(), "nothing was made there");
    assert_eq!(read(&scratch, "node_modules/old/index.js").as_deref(), Some("old"));
    fs::create_dir_all(aside.join("node_modules/new")).expect("made");
    staging.swap_trees().expect("swapped");
    assert!(scratch.path().join("node_modules/new").is_dir() && !scratch.path().join("node_modules/old").exists());
    assert!(aside.join("node_modules/old").is_dir());
    staging.remove().expect("removed");
    assert!(is_clean(&scratch));
}

#[test]
fn no_link_takes_the_place_of_a_tree() {
    let scratch = Scratch::new("swap-link");
    scratch.write("node_modules/old/index.js", "old");
    scratch.write("elsewhere/file", "");
    let staging = staging(&scratch);
    let aside = staging.make_aside().expect("made").expect("a folder on the same mount");
    symlink(scratch.path().join("elsewhere"), aside.join("node_modules")).expect("linked");
    assert!(staging.swap_trees().is_err());
    assert_eq!(read(&scratch, "node_modules/old/index.js").as_deref(), Some("old"));
    staging.remove().expect("removed");
    assert!(scratch.path().join("elsewhere/file").exists());
}
