use super::*;
use std::fs;

/// A tar of files in a folder, each of less than a block.
fn tarball(files: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, content) in files {
        let mut block = [0u8; 512];
        let name = format!("package/{path}");
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..107].copy_from_slice(b"0000644");
        block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        block[148..156].copy_from_slice(b"        ");
        block[156] = b'0';
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        bytes.extend_from_slice(&block);
        let mut padded = content.as_bytes().to_vec();
        padded.resize(content.len().next_multiple_of(512), 0);
        bytes.extend(padded);
    }
    bytes.extend([0; 1024]);
    bytes
}

const MANIFEST: (&str, &str) = ("package.json", r#"{"name":"a","version":"1.0.0"}"#);

fn world(name: &str) -> (PathBuf, Integrity) {
    let folder = std::env::temp_dir().join(format!("store-{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    let digest = format!("sha512-{}==", "A".repeat(86));
    (folder, Integrity::parse(&digest).expect("an integrity"))
}

fn contents(stored: &Stored) -> Vec<(String, String)> {
    let content = |name: DecInt| String::from_utf8(read(&stored.files, name).expect("read")).expect("text");
    stored.files().map(|(name, file)| (file.path.clone(), content(name))).collect()
}

#[test]
fn an_entry_has_each_file_under_its_number_and_no_folder() {
    let (folder, integrity) = world("numbers");
    let store = Store::open(&folder).expect("open");
    let files = [MANIFEST, ("lib/deep/b.js", "b"), ("lib/c.js", "c"), ("lib/deep/b.js", "b")];
    store.add(&integrity, &tarball(&files)).expect("added");
    let stored = store.find(&integrity).expect("found").expect("there");
    assert_eq!(stored.index.folders, ["lib", "lib/deep"]);
    let expected = files[..3].iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned()));
    assert_eq!(contents(&stored), expected.collect::<Vec<_>>());
    let mut names: Vec<_> =
        fs::read_dir(folder.join(VERSION).join(integrity.key())).expect("listed").flatten().collect();
    names.sort_by_key(fs::DirEntry::file_name);
    assert_eq!(names.iter().map(|entry| entry.file_name()).collect::<Vec<_>>(), ["0", "1", "2", "index"]);
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn who_comes_second_gets_the_entry_that_is_there() {
    let (folder, integrity) = world("second");
    let (one, other) = (Store::open(&folder).expect("open"), Store::open(&folder).expect("open"));
    one.add(&integrity, &tarball(&[MANIFEST])).expect("added");
    let stored = other.add(&integrity, &tarball(&[MANIFEST])).expect("added");
    assert_eq!(contents(&stored), [(MANIFEST.0.to_owned(), MANIFEST.1.to_owned())]);
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn a_file_that_was_edited_is_not_taken() {
    let (folder, integrity) = world("edited");
    let store = Store::open(&folder).expect("open");
    store.add(&integrity, &tarball(&[MANIFEST, ("a.js", "a")])).expect("added");
    let file = folder.join(VERSION).join(integrity.key()).join("1");
    let whole = || false;
    assert!(Store::untouched(&folder, &integrity, &whole).is_some());
    fs::write(&file, "b").expect("written");
    assert!(Store::untouched(&folder, &integrity, &whole).is_none());
    assert!(store.find(&integrity).expect("looked for").is_none());
    assert!(!file.exists());
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn who_gives_up_looking_finds_nothing() {
    let (folder, integrity) = world("given-up");
    let store = Store::open(&folder).expect("open");
    store.add(&integrity, &tarball(&[MANIFEST])).expect("added");
    assert!(Store::untouched(&folder, &integrity, &|| true).is_none());
    assert!(store.find(&integrity).expect("looked for").is_some());
    fs::remove_dir_all(folder).expect("removed");
}
