//! What was learned, for people and for programs.

use super::needs::{Learned, Need, Refusal};
use crate::denial::{Origin, escape};
use crate::manifest::json::quote;
use std::fmt::Write as _;
use std::path::Path;

/// Writing to a String does not fail: results of `write!` are dropped.
pub fn text(learned: &Learned, root: &Path) -> String {
    let mut out = String::new();
    if learned.needs.is_empty() {
        out.push_str("The run needs no grant beyond those that it has\n");
    } else {
        out.push_str("The run needs these grants:\n");
        for need in &learned.needs {
            let _ = writeln!(
                out,
                "  + {:<7}{}{}",
                need.addition.permission.name(),
                escape(&need.addition.text),
                reasons(need)
            );
            out.push_str(&asked(&need.askers, root));
        }
    }
    let mut list = |title: &str, secret: bool| {
        let chosen: Vec<&Refusal> = learned.refusals.iter().filter(|refusal| refusal.secret == secret).collect();
        if !chosen.is_empty() {
            let _ = writeln!(out, "{title}");
        }
        for refusal in chosen {
            let _ = writeln!(out, "  - {:<7}{}", refusal.permission.name(), escape(&refusal.resource));
            out.push_str(&asked(&refusal.askers, root));
        }
    };
    list("WARNING: it asked for secrets, which were refused:", true);
    list("Refused while learning; grant by hand what is right:", false);
    out
}

/// Who asked for the grants that stand in one line of a manifest, fit for a terminal.
pub fn notes(learned: &Learned, line: &str, root: &Path) -> Vec<String> {
    let stands = |need: &&Need| {
        let text = &need.addition.text;
        line.contains(&string(text)) || line.split(|mark: char| !mark.is_ascii_digit()).any(|number| number == text)
    };
    let permission = |need: &&Need| line.contains(&string(need.addition.permission.name()));
    let here: Vec<&Need> = learned.needs.iter().filter(stands).collect();
    // One text may be granted for reading and for writing: then the line's own permission counts, where it names one.
    let named: Vec<&Need> = here.iter().copied().filter(|need| permission(need)).collect();
    let chosen = if named.is_empty() { here } else { named };
    let note = |need: &Need| {
        let places: Vec<String> = need.askers.iter().filter_map(|origin| origin.told(root)).collect();
        (!places.is_empty())
            .then(|| format!("{}: the program says: by {}", escape(&need.addition.text), places.join("; ")))
    };
    chosen.into_iter().filter_map(note).collect()
}

/// The program tells this about itself, so it is said to be the program's word.
fn asked(askers: &[Origin], root: &Path) -> String {
    let places = askers.iter().filter_map(|origin| origin.told(root));
    places.map(|place| format!("             the program says: by {place}\n")).collect()
}

fn reasons(need: &Need) -> String {
    let others: Vec<String> =
        need.uses.iter().filter(|one| **one != need.addition.text).map(|one| escape(one)).collect();
    if others.is_empty() { String::new() } else { format!("   for {}", others.join(", ")) }
}

pub fn json(learned: &Learned) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let needs = learned.needs.iter().map(|need| {
        let uses = list(need.uses.iter().map(|one| string(one)).collect());
        let (permission, text) = (need.addition.permission.name(), string(&need.addition.text));
        let askers = list(need.askers.iter().map(asker).collect());
        format!("{{\"permission\":\"{permission}\",\"grant\":{text},\"uses\":{uses},\"askedBy\":{askers}}}")
    });
    let refusals = learned.refusals.iter().map(|refusal| {
        let (permission, resource) = (refusal.permission.name(), string(&refusal.resource));
        let (secret, askers) = (refusal.secret, list(refusal.askers.iter().map(asker).collect()));
        format!("{{\"permission\":\"{permission}\",\"resource\":{resource},\"secret\":{secret},\"askedBy\":{askers}}}")
    });
    format!("{{\"grants\":{},\"refused\":{}}}\n", list(needs.collect()), list(refusals.collect()))
}

/// `package` is null for the program's own code.
fn asker(origin: &Origin) -> String {
    let text = |text: Option<&String>| text.map_or("null".to_owned(), |text| string(text));
    let line = origin.line.map_or("null".to_owned(), |line| line.to_string());
    format!("{{\"package\":{},\"file\":{},\"line\":{line}}}", text(origin.package.as_ref()), text(origin.file.as_ref()))
}

fn string(text: &str) -> String {
    let mut out = String::new();
    quote(&mut out, text);
    out
}
