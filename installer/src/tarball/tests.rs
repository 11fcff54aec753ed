use super::*;
use crate::tarball::reader::Kind;

#[path = "../../tests/world/tar.rs"]
mod tar;

use tar::entry;

fn file(path: &str, content: &str) -> Vec<u8> {
    entry(b'0', path, 0o644, "", content.as_bytes())
}

/// A file behind one record of an extended header.
fn pax(record: &str) -> Vec<u8> {
    let length = record.len() + 4;
    [entry(b'x', b"x", 0, "", format!("{length} {record}\n").as_bytes()), file("p/short", "")].concat()
}

/// All paths with their content, or the reason of the refusal.
fn read(archive: &[u8]) -> std::result::Result<Vec<(String, String)>, String> {
    let mut reader = Reader::new(decoder(archive), Limits { bytes: 1 << 20, entries: 100 });
    let (mut paths, mut found) = (Paths::default(), Vec::new());
    let mut step = || -> Result<bool> {
        let Some(entry) = reader.next_entry()? else { return Ok(false) };
        match &entry.kind {
            Kind::Symlink(target) => check_link(&entry, target, true)?,
            Kind::HardLink(target) => check_link(&entry, target, false)?,
            Kind::Folder => {}
            Kind::File => {
                let mut content = vec![0; usize::try_from(entry.size).expect("small")];
                reader.read(&mut content)?;
                if let Place::At { path, .. } = paths.place(&entry)? {
                    found.push((path, String::from_utf8(content).expect("a text")));
                }
            }
        }
        Ok(true)
    };
    loop {
        match step() {
            Ok(true) => {}
            Ok(false) => return Ok(found),
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn names(archive: &[u8]) -> String {
    read(archive).expect("readable").into_iter().map(|(path, _)| path).collect::<Vec<_>>().join(" ")
}

#[test]
fn files_lose_their_first_step_and_keep_their_content() {
    let archive = [file("package/a", "x"), file("other/b/c.js", "long ".repeat(200).as_str()), vec![0; 1024]].concat();
    let found = read(&archive).expect("readable");
    assert_eq!(found[0], ("a".to_owned(), "x".to_owned()));
    assert_eq!((found[1].0.as_str(), found[1].1.len()), ("b/c.js", 1000));
}

#[test]
fn long_names_of_both_kinds_are_read() {
    let long = format!("package/{}", "d/".repeat(80) + "f");
    let gnu = [entry(b'L', b"././@LongLink", 0, "", long.as_bytes()), file("short", "")].concat();
    let pax = format!("{} path={long}\n", 3 + 6 + long.len() + 1);
    let posix = [entry(b'x', b"PaxHeader/x", 0, "", pax.as_bytes()), file("short", "")].concat();
    assert_eq!(names(&gnu), long["package/".len()..]);
    assert_eq!(names(&posix), long["package/".len()..]);
}

#[test]
fn a_link_inside_is_left_out_and_ignore_files_are_renamed_as_npm_does() {
    let archive = [
        file("p/a", ""),
        entry(b'2', b"p/l", 0o777, "a", b""),
        entry(b'1', b"p/h", 0o777, "p/a", b""),
        file("p/.gitignore", ""),
    ]
    .concat();
    assert_eq!(names(&archive), "a .npmignore");
    assert_eq!(names(&[file("p/.npmignore", ""), file("p/.gitignore", "")].concat()), ".npmignore");
}

#[test]
fn what_only_an_attack_has_is_refused() {
    let zeros = vec![0u8; 600];
    for (archive, why) in [
        (file("package/../../x", ""), "leads out"),
        (file("../x", ""), "leads out"),
        (file("/etc/x", ""), "absolute"),
        (entry(b'2', b"p/l", 0o777, "../../x", b""), "outside of the package"),
        (entry(b'2', b"p/l", 0o777, "/etc/passwd", b""), "outside of the package"),
        (entry(b'1', b"p/l", 0o644, "../x", b""), "outside of the package"),
        (entry(b'3', b"p/d", 0o644, "", b""), "a device"),
        (entry(b'4', b"p/d", 0o644, "", b""), "a device"),
        (entry(b'6', b"p/d", 0o644, "", b""), "a device"),
        (entry(b'S', b"p/s", 0o644, "", b""), "unknown kind"),
        (entry(b'0', b"p/s", 0o4755, "", b""), "setuid"),
        (entry(b'0', b"p/s", 0o2755, "", b""), "setuid"),
        ([file("p/a", "1"), file("p/A", "2")].concat(), "by case only"),
        ([file("p/D/a", "1"), file("p/d/b", "2")].concat(), "by case only"),
        ([file("p/a", "1"), file("p/a/b", "2")].concat(), "a file and a folder"),
        (entry(b'0', b"p/a\nb", 0o644, "", b""), "characters"),
        (entry(b'0', b"p/\xff", 0o644, "", b""), "not UTF-8"),
        (pax("path=p/a\0/../bcd"), "characters"),
        (pax("path=p/../../x"), "leads out"),
        (entry(b'x', b"x", 0, "", b"99 path=p\n"), "not one"),
        (pax("size=-1234"), "not one"),
        (pax("size=9999999999999"), "too large"),
        (file("p/a", "content")[..700].to_vec(), "can't be unpacked"),
        ([file("p/a", ""), zeros.iter().map(|_| 7).collect()].concat(), "not octal"),
        (entry(b'L', format!("p/{}", "n".repeat(90)).as_bytes(), 0, "", &[b'a'; 300]), ""),
    ] {
        match read(&archive) {
            Ok(found) => assert!(why.is_empty(), "{why}: {found:?}"),
            Err(text) => assert!(!why.is_empty() && text.contains(why), "{why}: {text}"),
        }
    }
}

#[test]
fn a_changed_header_is_noticed() {
    let mut archive = file("p/a", "");
    archive[0] = b'q';
    assert!(read(&archive).expect_err("refused").contains("checksum"));
}

#[test]
fn bombs_stop_at_the_limits() {
    let many: Vec<u8> = (0..200).flat_map(|number| file(&format!("p/{number}"), "")).collect();
    assert!(read(&many).expect_err("refused").contains("more files"));
    let large = [file("p/a", &"0".repeat(600_000)), file("p/b", &"0".repeat(600_000))].concat();
    let text = read(&large).expect_err("refused");
    assert!(text.contains("far more") || text.contains("too large"), "{text}");
}
