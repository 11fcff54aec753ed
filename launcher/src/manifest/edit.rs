//! Adds grants to a package.json, and leaves everything else of it as it was written.

use super::error::{Error, shown};
use crate::denial::STRICT_JSON;
use crate::policy::Permission;
use crate::sys::random;
use jsonc_parser::cst::{CstArray, CstInputValue, CstObject, CstRootNode};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// A grant to write down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Addition {
    /// The script of package.json that it is for; none for every run.
    pub script: Option<String>,
    pub permission: Permission,
    pub text: String,
}

impl Addition {
    /// For every run.
    pub fn new(permission: Permission, text: String) -> Addition {
        Addition { script: None, permission, text }
    }
}

/// `text` of a package.json with `additions` in its `cordon` key, those that it lacks. Indentation and line ends are the
/// file's own.
pub fn add(text: &str, additions: &[Addition]) -> Result<String, Error> {
    let wrong = |cause: String| Error::new(format!("Cannot add grants to package.json: {cause}"), "mend it first");
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    // The editor reads more leniently than anybody else: what it would mend in passing is refused first.
    super::json::read(body).map_err(|error| wrong(error.to_string()))?;
    let root = CstRootNode::parse(body, &STRICT_JSON).map_err(|error| wrong(error.to_string()))?;
    let file = root.object_value().ok_or_else(|| wrong("it is no object".into()))?;
    let cordon = object(&file, "cordon");
    if additions.is_empty() {
        object(&cordon, "permissions");
    }
    for addition in additions {
        let section = match &addition.script {
            None => object(&cordon, "permissions"),
            Some(script) => object(&object(&cordon, "scripts"), script),
        };
        let list = list(&section, addition.permission.name());
        if !holds(&list, &addition.text) {
            list.append(CstInputValue::String(addition.text.clone()));
        }
    }
    Ok(format!("{mark}{root}"))
}

fn object(parent: &CstObject, name: &str) -> CstObject {
    let new = parent.object_value(name).is_none();
    let object = parent.object_value_or_set(name);
    if new {
        object.ensure_multiline();
    }
    object
}

/// `null` and `false` grant nothing, as an empty list does.
fn list(permissions: &CstObject, name: &str) -> CstArray {
    permissions.array_value_or_set(name)
}

fn holds(list: &CstArray, text: &str) -> bool {
    let texts = list.elements().into_iter().filter_map(|node| node.as_string_lit()?.decoded_value().ok());
    texts.into_iter().any(|own| own == text)
}

/// Replaces the file in one step: it is the old one or the new one, whatever happens. A symlink is not followed.
pub fn save(file: &Path, text: &str) -> Result<(), Error> {
    replace(file, text.as_bytes())
        .map_err(|cause| Error::new(format!("Cannot write {}: {cause}", shown(file)), "the file is as it was"))
}

fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = fs::symlink_metadata(file)?;
    if !old.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut mark = [0; 8];
    random::fill(&mut mark)?;
    let next = file.with_file_name(format!(".package.json-{:016x}", u64::from_ne_bytes(mark)));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next).and_then(|mut new| {
        new.write_all(bytes)?;
        new.set_permissions(Permissions::from_mode(old.permissions().mode()))?;
        new.sync_all()
    });
    written.and_then(|()| fs::rename(&next, file)).inspect_err(|_| {
        let _ = fs::remove_file(&next);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addition(permission: Permission, text: &str) -> Addition {
        Addition::new(permission, text.into())
    }

    #[test]
    fn a_file_without_the_key_gets_it_and_keeps_its_own_form() {
        let text = "{\n    \"name\": \"a\",\n    \"scripts\": { \"x\":\"y\" }\n}\n";
        let new = add(text, &[addition(Permission::Net, "a.example:443"), addition(Permission::Net, "b.example:443")]);
        let new = new.unwrap();
        assert!(
            new.starts_with("{\n    \"name\": \"a\",\n    \"scripts\": { \"x\":\"y\" },\n    \"cordon\": {\n"),
            "{new}"
        );
        assert!(new.contains("\"net\": [\"a.example:443\", \"b.example:443\"]"), "{new}");
        assert!(new.ends_with("}\n}\n"), "{new}");
    }

    #[test]
    fn what_is_there_stays_and_is_not_written_twice() {
        let text = r#"{"cordon":{"permissions":{"read":["./data"],"net":null},"deny":{"read":["x"]}}}"#;
        let wanted =
            [addition(Permission::Read, "./data"), addition(Permission::Read, "./b"), addition(Permission::Net, "h:1")];
        let new = add(text, &wanted).unwrap();
        assert_eq!(new.matches("./data").count(), 1, "{new}");
        assert!(
            new.contains("\"./b\"") && new.contains("\"h:1\"") && new.contains(r#""deny":{"read":["x"]}"#),
            "{new}"
        );
    }

    #[test]
    fn names_are_written_as_json_strings() {
        let new = add("{}", &[addition(Permission::Read, "./a\"\\\n\u{1b}")]).unwrap();
        assert!(new.contains(r#""./a\"\\\n\u001b""#), "{new}");
    }

    #[test]
    fn a_file_that_is_not_json_is_left_alone() {
        for text in ["{ // no\n}", "[]", "{\"a\":1,}", ""] {
            assert!(add(text, &[addition(Permission::Read, "./a")]).is_err());
        }
    }
}
