//! What an installation may change in a package.json: the lists of dependencies, and nothing else.

use super::project::LISTS;
use crate::manifest::json::{self, Member, Node, Value};

/// Lists that name packages beside those that are installed.
const OTHERS: [&str; 2] = ["bundleDependencies", "bundledDependencies"];

/// Refuses a `new` text that differs from `old` elsewhere: in scripts, in bins, in what cordon grants.
pub fn refuse_other_changes(old: &str, new: &str) -> Result<(), String> {
    let read = |text: &str, which: &str| {
        json::read(text).map_err(|wrong| format!("the {which} package.json is not JSON, {wrong}"))
    };
    let (old, new) = (read(old, "old")?, read(new, "new")?);
    let (old, new) = (
        rest(&old).ok_or("the old package.json is no object")?,
        rest(&new).ok_or("the new package.json is no object")?,
    );
    let same = old.len() == new.len()
        && old.iter().zip(&new).all(|(one, other)| one.name == other.name && is_same(&one.node, &other.node));
    if same {
        return Ok(());
    }
    let changed = old.iter().chain(&new).find(|member| {
        let of = |list: &[&Member]| {
            list.iter().filter(|own| own.name == member.name).map(|own| own.node.clone()).collect::<Vec<_>>()
        };
        let (before, after) = (of(&old), of(&new));
        before.len() != after.len() || !before.iter().zip(&after).all(|(one, other)| is_same(one, other))
    });
    let name = changed.map_or("the order of its keys", |member| member.name.as_str());
    Err(format!(
        "the new package.json changes {}, which is not the installer's to change",
        crate::manifest::quoted(name)
    ))
}

fn rest(node: &Node) -> Option<Vec<&Member>> {
    let Value::Object(members) = &node.value else { return None };
    let is_list = |name: &str| LISTS.contains(&name) || OTHERS.contains(&name);
    Some(members.iter().filter(|member| !is_list(&member.name)).collect())
}

fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.name == other.name && is_same(&one.node, &other.node))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_may_change() {
        let old = r#"{"name":"a","scripts":{"x":"y"},"dependencies":{"b":"1"}}"#;
        for new in [
            r#"{ "name": "a", "scripts": { "x": "y" }, "dependencies": { "b": "2", "c": "1" }, "devDependencies": {} }"#,
            r#"{"name":"a","scripts":{"x":"y"}}"#,
            old,
        ] {
            refuse_other_changes(old, new).expect("allowed");
        }
    }

    #[test]
    fn nothing_else_may() {
        let old = r#"{"name":"a","scripts":{"x":"y"},"cordon":{"permissions":{"net":["a:1","b:2"]}},"n":[1,null]}"#;
        for (new, what) in [
            (old.replace("\"y\"", "\"z\""), "scripts"),
            (old.replace("\"x\":\"y\"", "\"x\":\"y\",\"postinstall\":\"evil\""), "scripts"),
            (old.replace(r#""a:1","b:2""#, r#""*""#), "cordon"),
            (old.replace("[1,null]", "[1,false]"), "\"n\""),
            (old.replace("\"name\":\"a\"", "\"name\":\"a\",\"bin\":\"x\""), "bin"),
            (old.replace("\"name\":\"a\",", ""), "name"),
            (old.replace("\"name\":\"a\",", "\"name\":\"a\",\"scripts\":{},"), "scripts"),
        ] {
            let refused = refuse_other_changes(old, &new).expect_err("refused");
            assert!(refused.contains(what), "{refused}");
        }
        assert!(refuse_other_changes(old, "[]").is_err() && refuse_other_changes(old, "{").is_err());
    }
}
