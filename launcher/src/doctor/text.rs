//! Findings for people and for programs.

use super::{Finding, State, can_run};

pub fn human(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { name, state, found, advice } in findings {
        let word = word(*state);
        text.push_str(&format!("{word:<9} {name}: {found}\n"));
        if !advice.is_empty() {
            text.push_str(&format!("          {advice}\n"));
        }
    }
    text.push_str(if can_run(findings) { "\ncordon run works here\n" } else { "\ncordon run refuses to start here\n" });
    text
}

pub fn json(findings: &[Finding]) -> String {
    let parts: Vec<String> = findings
        .iter()
        .map(|Finding { name, state, found, advice }| {
            format!(
                "{{\"name\":{},\"state\":\"{}\",\"found\":{},\"advice\":{}}}",
                quoted(name),
                word(*state),
                quoted(found),
                quoted(advice)
            )
        })
        .collect();
    format!("{{\"canRun\":{},\"parts\":[{}]}}\n", can_run(findings), parts.join(","))
}

fn word(state: State) -> &'static str {
    match state {
        State::Enforced => "enforced",
        State::Weaker => "weaker",
        State::Missing => "missing",
    }
}

/// All texts are cordon's own: of what JSON escapes only quotes and backslashes can occur.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
