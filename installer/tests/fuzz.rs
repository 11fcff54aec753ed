//! Readers of what registries, packages and repositories wrote: no input makes them panic, hang, or take something for what
//! it is not. A second each, or `CORDON_FUZZ_SECONDS`; `node test/fuzz/run.ts --seconds=600` runs them in a release build.

#[path = "../../launcher/tests/fuzzing/mod.rs"]
mod fuzzing;
#[path = "world/tar.rs"]
mod tar;

use fuzzing::{Target, fuzz};
use installer::arguments::Arguments;
use installer::error::quoted;
use installer::lockfile::{Lockfile, Named, Source, installed_name};
use installer::manifest::{Manifest, parse_object};
use installer::names::{package_name, program_name, steps_down};
use installer::plan;
use installer::settings::Settings;
use installer::store::{Index, PackageJson};
use installer::tarball::{Kind, Limits, Paths, Place, Reader, check_link, decoder};
use installer::url::Url;
use std::collections::BTreeSet;
use tar::{entry, file, gzip};

const SHA: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
const LIMITS: Limits = Limits { bytes: 1 << 20, entries: 500 };

fn archives() -> Vec<Vec<u8>> {
    let long = format!("package/{}", "d/".repeat(80) + "f");
    let pax = format!("{} path={long}\n", 3 + 6 + long.len() + 1);
    let plain =
        [file("package.json", r#"{"name":"a","version":"1.0.0"}"#), file("lib/x.js", "x"), vec![0; 1024]].concat();
    vec![
        gzip(&plain),
        plain,
        [entry(b'L', "././@LongLink", 0, "", long.as_bytes()), file("short", "")].concat(),
        [entry(b'x', "PaxHeader/x", 0, "", pax.as_bytes()), file("short", "")].concat(),
        [file("a", ""), entry(b'2', "package/l", 0o777, "a", b""), entry(b'1', "package/h", 0o644, "package/a", b"")]
            .concat(),
        [entry(b'5', "package/d", 0o755, "", b""), file("d/.gitignore", "x"), file("d/.npmignore", "y")].concat(),
        tar::sized(file("a", "1"), 1),
    ]
}

/// Reads all of it; the files that would be written.
fn unpacked(archive: &[u8]) -> Option<Vec<(String, u64)>> {
    let mut reader = Reader::new(decoder(archive), LIMITS);
    let (mut paths, mut found, mut buffer) = (Paths::default(), Vec::new(), vec![0; 4096]);
    while let Some(entry) = reader.next_entry().ok()? {
        match &entry.kind {
            Kind::Symlink(target) => check_link(&entry, target, true).ok()?,
            Kind::HardLink(target) => check_link(&entry, target, false).ok()?,
            Kind::Folder => paths.check_folder(&entry).ok()?,
            Kind::File => {
                let Place::At { path, again } = paths.place(&entry).ok()? else { continue };
                for folder in paths.new_folders() {
                    assert!(steps_down(&folder), "{folder:?}");
                }
                let mut size = 0;
                loop {
                    match reader.read(&mut buffer).ok()? {
                        0 => break,
                        count => size += count as u64,
                    }
                }
                assert_eq!(size, entry.size);
                assert_eq!(entry.mode & 0o6000, 0);
                if !again {
                    found.push((path, size));
                }
            }
        }
    }
    Some(found)
}

fn stays_in_the_package(files: &[(String, u64)]) {
    let mut seen = BTreeSet::new();
    for (path, _) in files {
        assert!(steps_down(path) && !path.contains('\0'), "{path:?}");
        assert!(seen.insert(path.to_lowercase()), "{path:?} is there twice");
    }
    assert!(files.iter().map(|(_, size)| size).sum::<u64>() <= LIMITS.bytes);
}

const TAR_WORDS: &[&[u8]] = &[
    b"ustar\0",
    b"ustar  \0",
    b"../",
    b"/etc/",
    b"package/",
    b"12 path=../x\n",
    b"20 linkpath=../../x\n",
    b"18 size=99999999999\n",
    b"0000644\0",
    b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\0\0\0\0",
];

#[test]
fn a_tarball_stays_in_its_package() {
    let check = &mut |input: &[u8]| {
        if let Some(files) = unpacked(input) {
            stays_in_the_package(&files);
        }
    };
    fuzz(Target { name: "a tarball", seeds: archives(), words: TAR_WORDS, check });
}

/// With checksums made right, so that what is behind them is met.
#[test]
fn headers_of_any_kind_stay_in_their_package() {
    let check = &mut |input: &[u8]| {
        let mut archive = input.to_vec();
        archive.resize(archive.len().next_multiple_of(512), 0);
        for block in archive.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
            tar::sign(block);
        }
        if let Some(files) = unpacked(&archive) {
            stays_in_the_package(&files);
        }
    };
    fuzz(Target { name: "a tarball's headers", seeds: archives().split_off(1), words: TAR_WORDS, check });
}

fn settings() -> Settings {
    Settings::parse(r#"{"registry":"https://r.example/npm/","scopes":{"@own":"https://own.example/"}}"#)
        .expect("settings")
}

fn lockfiles() -> Vec<Vec<u8>> {
    [
        r#""node_modules/a":{"version":"1.0.0","resolved":"https://r.example/npm/a/-/a-1.0.0.tgz","integrity":"SHA"}"#,
        r#""node_modules/@own/a":{"version":"1.0.0","resolved":"https://own.example/@own%2fa/-/a-1.0.0.tgz","integrity":"SHA","bin":{"a":"cli.js"}}"#,
        r#""node_modules/a":{"version":"1.0.0","integrity":"SHA","optional":true,"os":["!linux"],"engines":{"node":"^18 || >=20"},"dependencies":{"b":"npm:c@1"}},"node_modules/a/node_modules/b":{"name":"c","version":"1.0.0","inBundle":true}"#,
        r#""packages/w":{"name":"w"},"node_modules/w":{"resolved":"packages/w","link":true},"packages/w/node_modules/b":{"version":"2.0.0","integrity":"SHA"}"#,
        r#""node_modules/h":{"resolved":"https://h.example/h.tgz","integrity":"SHA","peerDependencies":{"a":"*"},"peerDependenciesMeta":{"a":{"optional":true}}}"#,
    ]
    .map(|packages| {
        let packages = packages.replace("SHA", SHA);
        format!(r#"{{"name":"p","lockfileVersion":3,"packages":{{"":{{"dependencies":{{"a":"1"}}}},{packages}}}}}"#).into_bytes()
    })
    .into()
}

#[test]
fn a_lockfile_leads_nowhere_else() {
    let manifest = r#"{"dependencies":{"t":"file:./t.tgz","h":"https://h.example/h.tgz"}}"#;
    let value = parse_object(manifest.as_bytes()).expect("JSON");
    let named =
        Named::by(&[Manifest { folder: String::new(), text: Vec::new(), value }], ["packages/w".to_owned()].into());
    let settings = settings();
    let arguments = Arguments::parse(["--store=/s".to_owned()].into_iter()).expect("arguments");
    let words: &[&[u8]] = &[
        b"node_modules/",
        b"../",
        b"\"resolved\":\"",
        b"https://r.example/npm/",
        b"https://evil.example/",
        b"%2f..%2f",
        b"/-/",
        b"\"link\":true",
        b"\"inBundle\":true",
        b"\"integrity\":\"",
        b"\"bin\":{\"x\":\"../x\"}",
        b"git+ssh://",
        b"file:",
        b"\"name\":\"evil\"",
        b"\\u0000",
        b"@own/",
    ];
    let check = &mut |input: &[u8]| {
        let lockfile = match Lockfile::parse(input, &named, &settings) {
            Ok(lockfile) => lockfile,
            Err(error) => return assert!(!error.to_string().contains(['\0', '\x1b', '\u{202e}'])),
        };
        for package in &lockfile.packages {
            if let Some(name) = installed_name(&package.location) {
                assert!(steps_down(&package.location) && package_name(name).is_ok(), "{:?}", package.location);
            }
            match &package.source {
                Source::Registry(url) => {
                    assert!(
                        url.same_origin(settings.registry_of(&package.name)) && package.integrity.is_some(),
                        "{url}"
                    );
                    assert!(!url.path.split('/').any(|step| step == ".."), "{url}");
                }
                Source::Remote(url) => assert_eq!(url.to_string(), "https://h.example/h.tgz"),
                Source::File(path) => assert_eq!(path, "t.tgz"),
                Source::Link(folder) => assert_eq!(folder, "packages/w"),
                Source::Folder => assert!(package.location.is_empty() || package.location == "packages/w"),
                Source::Bundled => {}
            }
            assert!(package.bins.iter().all(|(name, path)| program_name(name) && steps_down(path)));
        }
        if let Ok(wanted) = plan::wanted(&lockfile, &arguments) {
            let changes = plan::changes(&lockfile, &wanted, &serde_json::Map::new(), &|_| false);
            assert!(changes.units.iter().all(|unit| steps_down(&unit.location)));
        }
    };
    fuzz(Target { name: "a lockfile", seeds: lockfiles(), words, check });
}

#[test]
fn a_packages_own_package_json_names_files_of_the_package() {
    let seeds = [
        r#"{"name":"a","version":"1.0.0","bin":{"a":"./cli.js"},"main":"lib/../index.js","scripts":{"install":"x"}}"#,
        r#"{"name":"@s/a","version":"v1.0.0-rc.1+x","bin":"cli.js","directories":{"bin":"./bin"},"__proto__":{"bin":"/x"}}"#,
    ];
    let words: &[&[u8]] =
        &[b"../", b"/", b"\"bin\":", b"\"directories\":{\"bin\":\"", b"\"__proto__\":", b"\\u002e", b"[", b"{"];
    let check = &mut |input: &[u8]| {
        let Ok(found) = PackageJson::parse(input) else { return };
        assert!(package_name(&found.name).is_ok() && !found.version.chars().any(char::is_control));
        let paths = found.programs.iter().chain(&found.program_folder);
        assert!(
            paths.into_iter().all(|path| !path.starts_with("..") && !path.starts_with('/')),
            "{:?}",
            found.programs
        );
    };
    fuzz(Target {
        name: "a package's package.json",
        seeds: seeds.map(|text| text.as_bytes().to_vec()).into(),
        words,
        check,
    });
}

#[test]
fn addresses_and_settings_are_understood_as_they_are_written() {
    let seeds = [
        r#"{"registry":"https://r.example/npm/","scopes":{"@a":"http://127.0.0.1:4873/"},"authorization":{"//r.example/npm/":"Bearer x"}}"#,
        r#"{"proxy":"http://10.0.0.1:3128","members":["packages/a"],"concurrency":64,"retries":2,"timeout":30000}"#,
    ];
    let words: &[&[u8]] =
        &[b"https://", b"//", b"@", b":", b"..", b"%2e", b"[::1]", b"?", b"#", b"-1", b"1e99", b"null", b"\\u0000"];
    let check = &mut |input: &[u8]| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        if let Ok(settings) = Settings::parse(text) {
            for url in settings.scopes.values().chain([&settings.registry]).chain(&settings.proxy) {
                assert_eq!(Url::parse(&url.to_string()).as_ref(), Ok(url));
                assert!(!url.host.is_empty() && url.path.starts_with('/'));
                assert!(url.tls || settings.authorization_for(url).is_none());
            }
            assert!(settings.members.iter().flatten().all(|member| steps_down(member)));
        }
        assert!(!quoted(text).chars().any(char::is_control));
    };
    fuzz(Target { name: "settings", seeds: seeds.map(|text| text.as_bytes().to_vec()).into(), words, check });
}

#[test]
fn an_index_of_the_store_stays_in_its_entry() {
    let seeds = [
        "cordon store 4\na\n1.0.0\ninstall\nw b c\np d\nd lib\nf 100644 3 5 ab lib/x y\n",
        "cordon store 4\n@s/a\n1.0.0\n\nf 100755 -3 -5 ab x\n",
    ];
    let words: &[&[u8]] = &[b"../", b"/", b"\nd ", b"\nf 100644 1 1 ab ", b"\0", b"-", b"99999999999999999999"];
    let check = &mut |input: &[u8]| {
        let Some(index) = Index::parse(input) else { return };
        assert!(index.folders.iter().chain(index.files.iter().map(|file| &file.path)).all(|path| steps_down(path)));
        assert_eq!(Index::parse(index.write().as_bytes()), Some(index));
    };
    fuzz(Target {
        name: "an index of the store",
        seeds: seeds.map(|text| text.as_bytes().to_vec()).into(),
        words,
        check,
    });
}
