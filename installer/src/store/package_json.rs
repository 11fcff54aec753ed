//! What a package says about itself, read from the tarball and believed only as far as it is harmless.

use crate::error::{Result, quoted, refused};
use crate::manifest;
use crate::names;
use serde_json::{Map, Value};

pub struct PackageJson {
    pub name: String,
    pub version: String,
    pub scripts: Vec<String>,
    /// As in the index.
    pub wants: Vec<(String, String)>,
    pub peers: Vec<String>,
    /// Files that are programs, and folders all of whose files are.
    pub programs: Vec<String>,
    pub program_folder: Option<String>,
}

const LIFECYCLE: &[&str] = &["preinstall", "install", "postinstall"];

impl PackageJson {
    pub fn parse(text: &[u8]) -> Result<PackageJson> {
        let value = crate::manifest::parse_object(text).map_err(|error| error.at("its package.json"))?;
        let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, version) = (word("name"), cleaned(word("version")));
        names::package_name(name)?;
        if version.is_empty()
            || version.len() > 256
            || version.chars().any(|character| character.is_control() || character == ' ')
        {
            return refused(format!("its version {} is not one", quoted(version)));
        }
        let scripts = value.get("scripts").and_then(Value::as_object);
        let wants = |script: &&&str| {
            scripts.and_then(|scripts| scripts.get(**script)?.as_str()).is_some_and(|line| !line.is_empty())
        };
        stays_inside(&value)?;
        Ok(PackageJson {
            name: name.to_owned(),
            version: version.to_owned(),
            scripts: LIFECYCLE.iter().filter(wants).map(|script| (*script).to_owned()).collect(),
            wants: asked_for(&value, &["dependencies", "optionalDependencies"]),
            peers: asked_for(&value, &["peerDependencies"]).into_iter().map(|(name, _)| name).collect(),
            programs: programs(&value),
            program_folder: folder(&value, "bin"),
        })
    }
}

fn asked_for(value: &Map<String, Value>, sections: &[&str]) -> Vec<(String, String)> {
    let asked = sections.iter().flat_map(|section| manifest::entries(value, section));
    let meant = asked.map(|(name, spec)| (name, manifest::alias(spec).unwrap_or(name)));
    // What is no name can't be installed, and nothing is found under it.
    let plain = |(name, meant): &(&str, &str)| names::package_name(name).is_ok() && names::package_name(meant).is_ok();
    meant.filter(plain).map(|(name, meant)| (name.to_owned(), meant.to_owned())).collect()
}

/// `v1.0.0` and `=1.0.0` are what the registry calls `1.0.0`.
fn cleaned(version: &str) -> &str {
    version.trim().trim_start_matches(['v', '=', ' '])
}

/// The build metadata behind a plus says nothing.
pub fn same_version(one: &str, other: &str) -> bool {
    let bare = |version: &str| cleaned(version).split('+').next().unwrap_or_default().to_owned();
    bare(one) == bare(other)
}

fn programs(value: &Map<String, Value>) -> Vec<String> {
    let paths: Vec<&str> = match value.get("bin") {
        Some(Value::String(path)) => vec![path],
        Some(Value::Object(members)) => members.values().filter_map(Value::as_str).collect(),
        Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    paths.into_iter().map(|path| crate::lockfile::joined("", path)).filter(|path| !path.is_empty()).collect()
}

fn folder(value: &Map<String, Value>, key: &str) -> Option<String> {
    value
        .get("directories")?
        .get(key)?
        .as_str()
        .map(|path| crate::lockfile::joined("", path))
        .filter(|path| !path.is_empty())
}

/// Nothing that is a file of the package may be one outside of it.
fn stays_inside(value: &Map<String, Value>) -> Result<()> {
    let mut paths: Vec<(String, &Value)> = Vec::new();
    for key in ["main", "bin", "directories"] {
        match value.get(key) {
            Some(Value::Object(members)) => {
                paths.extend(members.iter().map(|(name, path)| (format!("{key}.{}", quoted(name)), path)))
            }
            Some(Value::Array(items)) => paths.extend(items.iter().map(|path| (key.to_owned(), path))),
            Some(path) => paths.push((key.to_owned(), path)),
            None => {}
        }
    }
    let paths = paths.into_iter().filter_map(|(place, path)| Some((place, path.as_str()?)));
    let out = |path: &str| crate::lockfile::joined("", path).starts_with("..");
    match paths.into_iter().find(|(_, path)| out(path)) {
        Some((place, path)) => {
            refused(format!("its package.json has {} as {place}, which is outside of the package", quoted(path)))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(members: &str) -> std::result::Result<PackageJson, String> {
        PackageJson::parse(format!("{{\"name\":\"a\",\"version\":\"1.0.0\"{members}}}").as_bytes())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn scripts_and_programs_are_found() {
        let found = parse(r#","scripts":{"postinstall":"x","test":"y","install":""},"bin":{"a":"./bin/a.js","b":"b"}"#)
            .expect("a package");
        assert_eq!(
            (found.scripts, found.programs),
            (vec!["postinstall".to_owned()], vec!["bin/a.js".to_owned(), "b".to_owned()])
        );
    }

    #[test]
    fn a_path_out_of_the_package_is_refused() {
        for members in [
            r#","bin":"../x""#,
            r#","bin":{"a":"b/../../x"}"#,
            r#","main":"../../x""#,
            r#","directories":{"bin":".."}"#,
        ] {
            assert!(parse(members).err().expect(members).contains("outside of the package"));
        }
        assert!(parse(r#","main":"./lib/../index.js","__proto__":{"bin":"x"},"constructor":{"prototype":1}"#).is_ok());
    }

    #[test]
    fn names_and_versions_are_plain() {
        for text in [
            r#"{"name":"../a","version":"1"}"#,
            r#"{"version":"1"}"#,
            r#"{"name":"a"}"#,
            r#"{"name":"a","version":"1\n2"}"#,
            "[]",
            "{",
        ] {
            assert!(PackageJson::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(same_version("v1.0.0", "1.0.0+build") && !same_version("1.0.0", "1.0.0-a"));
    }
}
