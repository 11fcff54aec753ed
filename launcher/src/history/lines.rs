//! One JSON object a line for each use.

use crate::manifest::json::{self, Node, quote};
use crate::supervisor::record::{Contact, Listened, Recorded, Use};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const USES: [(Use, &str); 7] = [
    (Use::Read, "read"),
    (Use::List, "list"),
    (Use::Change, "change"),
    (Use::Make, "make"),
    (Use::Remove, "remove"),
    (Use::Run, "run"),
    (Use::Load, "load"),
];

/// Names that are not UTF-8 cannot be granted in a manifest, and are left out.
pub fn write(recorded: &Recorded) -> Vec<String> {
    let mut lines = Vec::new();
    for (how, path) in &recorded.paths {
        let name = USES.iter().find(|(own, _)| own == how).map_or("", |(_, name)| name);
        lines.extend(path.to_str().map(|path| line(name, path, &[])));
    }
    lines.extend(recorded.sockets.iter().filter_map(|path| Some(line("socket", path.to_str()?, &[]))));
    lines.extend(recorded.contacts.iter().map(|one| line("contact", &one.address.to_string(), &one.names)));
    lines.extend(
        recorded
            .listened
            .iter()
            .map(|one| line(if one.datagrams { "listen-datagrams" } else { "listen" }, &one.address.to_string(), &[])),
    );
    lines.extend(recorded.variables.iter().map(|name| line("env", name, &[])));
    lines
}

fn line(how: &str, resource: &str, names: &[String]) -> String {
    let mut out = format!("{{\"use\":\"{how}\",\"resource\":");
    quote(&mut out, resource);
    if !names.is_empty() {
        out.push_str(",\"names\":[");
        for (index, name) in names.iter().enumerate() {
            out.push_str(if index > 0 { "," } else { "" });
            quote(&mut out, name);
        }
        out.push(']');
    }
    out.push('}');
    out
}

/// Lines that are none of these are passed over: a newer cordon may have written them.
pub fn parse(lines: &BTreeSet<String>) -> Recorded {
    let mut recorded = Recorded::default();
    for line in lines {
        if let Ok(node) = json::read(line) {
            add(&mut recorded, &node);
        }
    }
    recorded
}

fn add(recorded: &mut Recorded, node: &Node) -> Option<()> {
    let text = |name: &str| node.member(name).and_then(|member| member.node.string());
    let (how, resource) = (text("use")?, text("resource")?);
    let path = || Path::new(resource).is_absolute().then(|| PathBuf::from(resource));
    if let Some((used, _)) = USES.iter().find(|(_, name)| *name == how) {
        recorded.paths.insert((*used, path()?));
        return Some(());
    }
    match how {
        "socket" => drop(recorded.sockets.insert(path()?)),
        "env" => drop(recorded.variables.insert(resource.to_owned())),
        "listen" | "listen-datagrams" => {
            let datagrams = how != "listen";
            recorded.listened.insert(Listened { address: resource.parse().ok()?, datagrams });
        }
        "contact" => {
            let names = node.member("names").map(|member| member.node.items()).unwrap_or_default();
            let names = names.iter().filter_map(|name| name.string().map(str::to_owned)).collect();
            recorded.contacts.insert(Contact { address: resource.parse().ok()?, names });
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut recorded = Recorded::default();
        recorded.paths.insert((Use::Make, PathBuf::from("/a/\"b\n")));
        recorded.contacts.insert(Contact { address: "[::1]:5".parse().unwrap(), names: vec!["a.example".into()] });
        recorded.listened.insert(Listened { address: "0.0.0.0:0".parse().unwrap(), datagrams: true });
        recorded.variables.insert("NAME".into());
        recorded.sockets.insert(PathBuf::from("/run/x"));
        let lines = write(&recorded);
        assert!(lines.iter().all(|line| !line.contains('\n')));
        assert_eq!(parse(&lines.into_iter().collect()), recorded);
    }

    #[test]
    fn other_lines_are_passed_over() {
        let lines = ["", "[]", "{}", "{\"use\":\"fly\",\"resource\":\"x\"}", "{\"use\":\"listen\",\"resource\":\"x\"}"];
        assert_eq!(parse(&lines.map(String::from).into_iter().collect()), Recorded::default());
    }
}
