//! What the resolver reads on its stdin: for each document a line that says what it is, the document, and at the end `{}`.
//! A list comes again, as a whole, when more of it came into question.

use super::walk::{Foreseen, Package};
use serde_json::json;
use std::collections::BTreeSet;

/// Nothing more comes.
pub const END: &[u8] = b"{}\n";

/// The abridged form comes last: who waits waits for that.
/// Both forms of the package's list, as far as they are there.
pub fn package(out: &mut Vec<u8>, name: &str, package: &Package) {
    let forms = [("whole", &package.whole), ("abridged", &package.abridged)];
    for (form, foreseen) in forms.into_iter().filter(|_| !package.wanted.is_empty()) {
        if let Some(foreseen) = foreseen {
            list(out, name, form, &package.wanted, foreseen);
        }
    }
}

pub fn version(out: &mut Vec<u8>, name: &str, version: &str, text: &[u8]) {
    document(out, &json!({ "name": name, "version": version, "length": text.len() }), text);
}

fn list(out: &mut Vec<u8>, name: &str, form: &str, wanted: &BTreeSet<String>, foreseen: &Foreseen) {
    let text = foreseen.list.cut(&foreseen.kept);
    document(out, &json!({ "name": name, "form": form, "wanted": wanted, "length": text.len() }), &text);
}

fn document(out: &mut Vec<u8>, head: &serde_json::Value, text: &[u8]) {
    out.extend_from_slice(head.to_string().as_bytes());
    out.push(b'\n');
    out.extend_from_slice(text);
}
