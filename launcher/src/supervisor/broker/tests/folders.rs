use super::{Place, errno};
use libc::{EEXIST, EISDIR, ENOENT, ENOTEMPTY};
use std::fs;
use std::os::unix::fs::MetadataExt;

#[test]
fn a_granted_folder_stays_when_it_is_removed_and_made_again() {
    let place = Place::new().with_native_code();
    let folder = place.granted("").components().collect::<std::path::PathBuf>();
    let inode = fs::metadata(&folder).unwrap().ino();
    let jailed = folder.clone();
    let results = place.jailed(move || {
        [
            errno(fs::create_dir(&jailed)),
            errno(fs::remove_file(&jailed)),
            errno(fs::remove_dir(&jailed)),
            errno(fs::remove_file(jailed.join("file"))),
            errno(fs::remove_dir(&jailed)),
            errno(fs::remove_dir(&jailed)),
            errno(fs::create_dir(&jailed)),
            errno(fs::create_dir(&jailed)),
            errno(fs::write(jailed.join("new"), "x")),
        ]
    });
    let expected = [Some(EEXIST), Some(EISDIR), Some(ENOTEMPTY), None, None, Some(ENOENT), None, Some(EEXIST), None];
    assert_eq!(results, expected);
    assert_eq!(fs::metadata(&folder).unwrap().ino(), inode);
}

#[test]
fn folders_below_a_granted_one_are_really_removed() {
    let place = Place::new().with_native_code();
    let folder = place.granted("granted");
    let jailed = folder.clone();
    let results = place.jailed(move || [errno(fs::create_dir(&jailed)), errno(fs::remove_dir(&jailed))]);
    assert_eq!(results, [None, None]);
    assert!(!folder.exists());
}

#[test]
fn whole_trees_are_removed_and_made_as_build_tools_do() {
    let place = Place::new().with_native_code();
    let folder = place.granted("").components().collect::<std::path::PathBuf>();
    fs::create_dir_all(folder.join("a/b")).unwrap();
    let jailed = folder.clone();
    let results =
        place.jailed(move || [errno(fs::remove_dir_all(&jailed)), errno(fs::create_dir_all(jailed.join("c/d")))]);
    assert_eq!(results, [None, None]);
    assert!(folder.join("c/d").is_dir());
    assert!(!folder.join("a").exists());
}
