//! `cordon trust list` and `cordon trust forget`.

use super::{Record, Store};
use crate::manifest::{quoted, shown};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// Does what `words`, those after `cordon trust`, say; gives what to print, or what is wrong.
pub fn command(words: &[OsString], store: Option<&Store>, folder: &Path) -> Result<String, String> {
    let Some(store) = store else {
        return Err("Cannot find what was accepted: neither XDG_STATE_HOME nor HOME is set; set one".into());
    };
    let text: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    match text.as_slice() {
        ["list"] => list(store),
        ["forget", "all"] => forget_all(store),
        ["forget"] => forget(store, folder),
        ["forget", path] => forget(store, &folder.join(path)),
        _ => Err("Cannot understand the command line; write cordon trust list, cordon trust forget [folder], or cordon trust forget all".into()),
    }
}

fn failed(store: &Store, error: &io::Error) -> String {
    format!("Cannot use {}: {error}", shown(store.folder()))
}

fn list(store: &Store) -> Result<String, String> {
    let records = store.list().map_err(|error| failed(store, &error))?;
    let mut out = String::new();
    for record in &records {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", summary(record));
    }
    Ok(if records.is_empty() { "No manifest was accepted yet\n".into() } else { out })
}

/// A project that is gone can be forgotten too, by its path.
fn forget(store: &Store, place: &Path) -> Result<String, String> {
    let place = place.canonicalize().unwrap_or_else(|_| place.to_path_buf());
    let manifest = if place.ends_with("package.json") { place } else { place.join("package.json") };
    match store.forget(&manifest).map_err(|error| failed(store, &error))? {
        true => Ok(format!("Forgot {}\n", shown(&manifest))),
        false => Err(format!(
            "Cannot forget {}: it was not accepted; see cordon trust list",
            quoted(&manifest.to_string_lossy())
        )),
    }
}

fn forget_all(store: &Store) -> Result<String, String> {
    let count = store.clear().map_err(|error| failed(store, &error))?;
    Ok(format!("Forgot {count} {}\n", if count == 1 { "manifest" } else { "manifests" }))
}

/// The hash of what was accepted, how many grants it has, and the manifest.
fn summary(record: &Record) -> String {
    let allowed = record.lines.iter().filter(|line| super::is_allow(line)).count();
    let grants = if allowed == 1 { "grant" } else { "grants" };
    format!("{}  {allowed} {grants}  {}", &record.hash()[..12], record.manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn run(words: &[&str], store: &Store) -> Result<String, String> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        command(&words, Some(store), Path::new("/projects/a"))
    }

    #[test]
    fn accepted_manifests_are_listed_and_forgotten_by_folder_or_file() {
        let folder = std::env::temp_dir().join(format!("cordon-trust-command-{}", std::process::id()));
        let store = Store::of_user(|name| (name == "XDG_STATE_HOME").then(|| folder.clone().into())).expect("a store");
        assert_eq!(run(&["list"], &store).as_deref(), Ok("No manifest was accepted yet\n"));
        let record =
            Record { manifest: "\"/projects/a/package.json\"".into(), lines: ["allow net \"x\"".to_owned()].into() };
        for _ in 0..2 {
            store.write(&PathBuf::from("/projects/a/package.json"), &record).expect("kept");
        }
        assert_eq!(
            run(&["list"], &store),
            Ok(format!("{}  1 grant  \"/projects/a/package.json\"\n", &record.hash()[..12]))
        );
        assert_eq!(run(&["forget"], &store).as_deref(), Ok("Forgot /projects/a/package.json\n"));
        assert!(run(&["forget", "../a"], &store).is_err());
        store.write(&PathBuf::from("/projects/a/package.json"), &record).expect("kept");
        assert_eq!(run(&["forget", "all"], &store).as_deref(), Ok("Forgot 1 manifest\n"));
        assert!(run(&["remember"], &store).is_err());
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
