//! What a user may want to know about packages whose scripts did not run: contract/install-scripts.json.

use crate::error::quoted;
use serde_json::Value;

const TABLE: &str = include_str!("../../contract/install-scripts.json");

/// Where a build from source is told of.
const BUILDING: &str = "docs/native-code.md";

pub struct Advice(Value);

impl Advice {
    pub fn read() -> Advice {
        Advice(serde_json::from_str(TABLE).unwrap_or_default())
    }

    /// For `name@version` and its scripts; empty where nothing is known.
    pub fn about(&self, package: &str, scripts: &[String]) -> String {
        let name = package.rfind('@').filter(|at| *at > 0).map_or(package, |at| &package[..at]);
        if self.lists("works", name) {
            return "works without it".to_owned();
        }
        if self.lists("addons", name) {
            return format!("works without it, with the addons grant {}", quoted(name));
        }
        if self.lists("programs", name) {
            return "works without it, with a run grant for its program".to_owned();
        }
        match self.0["missing"].get(name).and_then(Value::as_str) {
            Some(text) if text.ends_with("build it") => format!("{text} ({BUILDING})"),
            Some(text) => text.to_owned(),
            None if scripts.iter().any(|script| script == "binding.gyp") => {
                format!("its native code may be missing: build it ({BUILDING})")
            }
            None => String::new(),
        }
    }

    fn lists(&self, kind: &str, name: &str) -> bool {
        self.0[kind].as_array().is_some_and(|names| names.iter().any(|own| own == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_given_by_name_whatever_the_version() {
        let advice = Advice::read();
        let about = |package: &str, script: &str| advice.about(package, &[script.to_owned()]);
        assert_eq!(about("core-js@3.1.0", "postinstall"), "works without it");
        assert_eq!(about("bcrypt@6.0.0", "install"), "works without it, with the addons grant \"bcrypt\"");
        assert!(about("@prisma/client@6.1.0", "postinstall").contains("prisma generate"));
        assert!(about("better-sqlite3@12.0.0", "install").ends_with("or build it (docs/native-code.md)"));
        assert!(about("never-heard-of@1.0.0", "binding.gyp").contains("build it"));
        assert_eq!(about("never-heard-of@1.0.0", "postinstall"), "");
    }

    #[test]
    fn no_package_has_two_kinds_of_advice() {
        let Advice(table) = Advice::read();
        let listed = ["works", "addons", "programs"].iter().flat_map(|kind| table[*kind].as_array().expect("a list"));
        let mut names: Vec<&str> = listed.filter_map(Value::as_str).collect();
        names.extend(table["missing"].as_object().expect("an object").keys().map(String::as_str));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
