//! What was learned, for people and for programs.

use super::needs::{Learned, Need, Refusal};
use crate::denial::escape;
use crate::manifest::json::quote;
use std::fmt::Write as _;

/// Writing to a String does not fail: results of `write!` are dropped.
pub fn text(learned: &Learned) -> String {
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
        }
    }
    refused(&mut out, "WARNING: it asked for secrets, which were refused:", learned, |refusal| refusal.secret);
    refused(&mut out, "Refused while learning; grant by hand what is right:", learned, |refusal| !refusal.secret);
    out
}

fn reasons(need: &Need) -> String {
    let others: Vec<String> =
        need.uses.iter().filter(|one| **one != need.addition.text).map(|one| escape(one)).collect();
    if others.is_empty() { String::new() } else { format!("   for {}", others.join(", ")) }
}

fn refused(out: &mut String, title: &str, learned: &Learned, which: impl Fn(&Refusal) -> bool) {
    let mut refusals = learned.refusals.iter().filter(|refusal| which(refusal)).peekable();
    if refusals.peek().is_some() {
        let _ = writeln!(out, "{title}");
    }
    for refusal in refusals {
        let _ = writeln!(out, "  - {:<7}{}", refusal.permission.name(), escape(&refusal.resource));
    }
}

pub fn json(learned: &Learned) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let needs = learned.needs.iter().map(|need| {
        let uses = list(need.uses.iter().map(|one| string(one)).collect());
        let (permission, text) = (need.addition.permission.name(), string(&need.addition.text));
        format!("{{\"permission\":\"{permission}\",\"grant\":{text},\"uses\":{uses}}}")
    });
    let refusals = learned.refusals.iter().map(|refusal| {
        let (permission, resource) = (refusal.permission.name(), string(&refusal.resource));
        format!("{{\"permission\":\"{permission}\",\"resource\":{resource},\"secret\":{}}}", refusal.secret)
    });
    format!("{{\"grants\":{},\"refused\":{}}}\n", list(needs.collect()), list(refusals.collect()))
}

fn string(text: &str) -> String {
    let mut out = String::new();
    quote(&mut out, text);
    out
}
