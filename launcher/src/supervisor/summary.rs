//! The policy as the runtime gets it, for explanations: JSON in a variable that the program does not see.

use super::Namespaces;
use crate::denial::quote;
use crate::jail::system;
use crate::policy::{Grant, Policy};
use std::path::{Path, PathBuf};

/// Bytes of one list.
const LONGEST_LIST: usize = 12 * 1024;

/// `{"root":"/srv/app","read":["/srv/app"],"write":[],"secrets":[],"net":["api.example.org:443"],…}`
pub fn summary(policy: &Policy, installation: &[PathBuf], namespaces: Namespaces) -> String {
    let system = system::LIBRARIES.iter().chain(system::READABLE).chain(system::DEVICES).map(Path::new);
    let granted = policy.allow.read.iter().map(|grant| grant.pattern.as_path());
    let own = policy.own.readable.iter().chain(&policy.private).chain(installation).map(PathBuf::as_path);
    let written = policy.allow.write.iter().map(|grant| grant.pattern.as_path());
    let writable = written.chain(policy.private.iter().map(PathBuf::as_path));
    let mut fields = vec![
        ("root", quote(&policy.own.root.to_string_lossy())),
        ("read", paths(own.chain(granted).chain(system))),
        ("write", paths(writable)),
        ("secrets", paths(policy.own.secrets.iter().map(PathBuf::as_path))),
        ("net", texts(&policy.allow.net)),
        ("listen", texts(&policy.allow.listen)),
        ("run", list(policy.allow.run.iter().map(|grant| quote(&grant.pattern.name)))),
        ("addons", list(policy.allow.addons.iter().map(|grant| quote(&grant.pattern.name)))),
        ("namespaces", (namespaces == Namespaces::WherePossible).to_string()),
    ];
    fields.extend(policy.http.json().map(|http| ("http", http)));
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn paths<'a>(paths: impl Iterator<Item = &'a Path>) -> String {
    list(paths.map(|path| quote(&path.to_string_lossy())))
}

fn texts<P>(grants: &[Grant<P>]) -> String {
    list(grants.iter().map(|grant| quote(&grant.text)))
}

/// What comes after so many bytes is left out: a project may hold thousands of secrets, one variable takes 128 KiB
/// (MAX_ARG_STRLEN, execve(2)), and explanations decide nothing.
fn list(values: impl Iterator<Item = String>) -> String {
    let mut size = 0;
    let short = values.take_while(|value| {
        size += value.len() + 1;
        size <= LONGEST_LIST
    });
    format!("[{}]", short.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::OwnCode;

    #[test]
    fn it_fits_into_one_variable_whatever_a_project_holds() {
        let secrets: Vec<PathBuf> = (0..5000).map(|number| PathBuf::from(format!("/srv/app/{number}/.env"))).collect();
        let own = OwnCode { root: "/srv/app".into(), readable: secrets.clone(), secrets };
        let text = summary(&Policy { own, ..Policy::default() }, &[], Namespaces::Off);
        assert!(text.len() < 128 * 1024 - 100, "{}", text.len());
        assert!(text.contains("/srv/app/1/.env") && text.ends_with('}'));
    }

    #[test]
    fn it_is_json_whatever_the_names_are() {
        let root = PathBuf::from("/srv/a \"quoted\"\nname");
        let own = OwnCode { root: root.clone(), readable: vec![root], secrets: Vec::new() };
        let text = summary(&Policy { own, ..Policy::default() }, &[], Namespaces::Off);
        assert!(text.starts_with(r#"{"root":"/srv/a \"quoted\"\u000aname","read":["#), "{text}");
        assert!(text.ends_with(r#""addons":[],"namespaces":false}"#), "{text}");
    }
}
