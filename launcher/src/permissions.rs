//! `cordon permissions`: the effective policy, and where each part of it comes from.

use crate::jail::system;
use crate::manifest::json::quote;
use crate::manifest::{Resolved, escaped, shown};
use crate::policy::{Grant, Grants, Http, Limits, Origin, Permission};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// One line of a list of grants.
struct Row {
    permission: Permission,
    text: String,
    /// What it is here: the absolute path, the program's file.
    real: Option<PathBuf>,
    origin: Origin,
}

fn rows(grants: &Grants) -> Vec<Row> {
    fn each<P>(rows: &mut Vec<Row>, permission: Permission, grants: &[Grant<P>], real: impl Fn(&P) -> Option<PathBuf>) {
        rows.extend(grants.iter().map(|grant| Row {
            permission,
            text: grant.text.clone(),
            real: real(&grant.pattern),
            origin: grant.origin.clone(),
        }));
    }
    let mut rows = Vec::new();
    each(&mut rows, Permission::Read, &grants.read, |path| Some(path.clone()));
    each(&mut rows, Permission::Write, &grants.write, |path| Some(path.clone()));
    each(&mut rows, Permission::Net, &grants.net, |_| None);
    each(&mut rows, Permission::Listen, &grants.listen, |_| None);
    each(&mut rows, Permission::Env, &grants.env, |_| None);
    each(&mut rows, Permission::Run, &grants.run, |program| Some(program.path.clone()));
    each(&mut rows, Permission::Addons, &grants.addons, |package| package.folders.first().cloned());
    rows
}

/// Denied patterns, and permissions that are denied as a whole.
fn denied(resolved: &Resolved) -> Vec<Row> {
    let whole = |(permission, origin): &(Permission, Origin)| Row {
        permission: *permission,
        text: "*".into(),
        real: None,
        origin: origin.clone(),
    };
    rows(&resolved.policy.deny).into_iter().chain(resolved.taken.iter().map(whole)).collect()
}

/// For people.
pub fn text(resolved: &Resolved) -> String {
    let policy = &resolved.policy;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = match &resolved.project.manifest {
        Some(file) => writeln!(out, "Manifest   {}", shown(file)),
        None => writeln!(out, "Manifest   none: no package.json counts for this program"),
    };
    for (file, why) in &resolved.project.passed_over {
        let _ = writeln!(out, "  ignored  {}: {why}", shown(file));
    }
    for readable in &policy.own.readable {
        let _ = writeln!(out, "Own code   {}", shown(readable));
    }
    for secret in present(&policy.own.secrets) {
        let _ = writeln!(out, "  secret   {}", shown(&secret));
    }
    let (defaults, granted): (Vec<Row>, Vec<Row>) =
        rows(&policy.allow).into_iter().partition(|row| row.permission == Permission::Env && is_default(&row.origin));
    table(&mut out, "Granted", &granted);
    table(&mut out, "Denied", &denied(resolved));
    if !resolved.notes.is_empty() {
        out.push_str("\nWithout effect here\n");
    }
    for note in &resolved.notes {
        let _ = writeln!(
            out,
            "  {:<8} {}  {} ({})",
            note.permission.name(),
            escaped(&note.text),
            escaped(&note.why),
            place(&note.origin)
        );
    }
    limits(&mut out, &policy.limits);
    guard(&mut out, &policy.http);
    out.push_str("\nEvery program has\n");
    let variables: Vec<String> = defaults.iter().map(|row| escaped(&row.text)).collect();
    wrapped(&mut out, "env", &variables.join(" "));
    wrapped(&mut out, "read", &system_reads().collect::<Vec<_>>().join(" "));
    wrapped(&mut out, "devices", &system::DEVICES.join(" "));
    out
}

/// Without the names that are kept free.
fn present(secrets: &[PathBuf]) -> Vec<PathBuf> {
    secrets.iter().filter(|secret| secret.symlink_metadata().is_ok()).cloned().collect()
}

fn is_default(origin: &Origin) -> bool {
    matches!(origin, Origin::Default(_))
}

/// What of the system every program reads.
fn system_reads() -> impl Iterator<Item = &'static str> {
    system::LIBRARIES.iter().chain(system::READABLE).copied()
}

/// A list in lines of at most 100 letters.
fn wrapped(out: &mut String, title: &str, words: &str) {
    let mut line = format!("  {title:<8}");
    for word in words.split(' ') {
        if line.len() + 1 + word.len() > 100 {
            let _ = writeln!(out, "{line}");
            line = format!("  {:<8}", "");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}

fn table(out: &mut String, title: &str, rows: &[Row]) {
    let _ = writeln!(out, "\n{title}{}", if rows.is_empty() { ": nothing" } else { "" });
    let width = rows.iter().map(|row| escaped(&row.text).chars().count()).max().unwrap_or(0).min(40);
    for row in rows {
        let real = row.real.as_deref().filter(|real| *real != Path::new(&row.text));
        let real = real.map(|real| format!(" → {}", shown(real))).unwrap_or_default();
        let _ = writeln!(
            out,
            "  {:<8} {:<width$}{real}  ({})",
            row.permission.name(),
            escaped(&row.text),
            place(&row.origin)
        );
    }
}

fn place(origin: &Origin) -> String {
    match origin {
        Origin::Manifest { file, pointer } => format!("{} {}", shown(file), escaped(pointer)),
        Origin::Flag(text) => escaped(text),
        Origin::Default(why) => (*why).into(),
    }
}

fn limit_values(limits: &Limits) -> Vec<(&'static str, u128, &'static str)> {
    let span = |span: Option<std::time::Duration>| span.map(|span| span.as_millis());
    let all = [
        ("memory", limits.memory.map(u128::from), "bytes"),
        ("processes", limits.processes.map(u128::from), ""),
        ("fileSize", limits.file_size.map(u128::from), "bytes"),
        ("descriptors", limits.descriptors.map(u128::from), ""),
        ("cpu", span(limits.cpu), "ms"),
        ("time", span(limits.time), "ms"),
    ];
    all.into_iter().filter_map(|(name, value, unit)| value.map(|value| (name, value, unit))).collect()
}

fn limits(out: &mut String, limits: &Limits) {
    let values = limit_values(limits);
    if !values.is_empty() {
        out.push_str("\nLimits\n");
    }
    for (name, value, unit) in values {
        let line = format!("  {name:<12} {value} {unit}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// How HTTP servers are guarded: what is on by default needs no lines.
fn guard(out: &mut String, http: &Http) {
    match http {
        Http::Defaults => {}
        Http::Off => out.push_str("\nHTTP servers are not guarded  (/cordon/http)\n"),
        Http::Settings(settings) => {
            out.push_str("\nHTTP guard\n");
            for setting in settings {
                let _ = writeln!(out, "  {:<24} {}", setting.name, escaped(&setting.value));
            }
        }
    }
}

/// For programs: one object on one line.
pub fn json(resolved: &Resolved) -> String {
    let policy = &resolved.policy;
    let mut out = String::from("{\"manifest\":");
    match &resolved.project.manifest {
        Some(file) => quote(&mut out, &file.to_string_lossy()),
        None => out.push_str("null"),
    }
    out.push_str(",\"ownCode\":");
    paths(&mut out, &policy.own.readable);
    out.push_str(",\"secrets\":");
    paths(&mut out, &present(&policy.own.secrets));
    out.push_str(",\"allow\":");
    json_rows(&mut out, &rows(&policy.allow));
    out.push_str(",\"deny\":");
    json_rows(&mut out, &denied(resolved));
    out.push_str(",\"withoutEffect\":");
    list(&mut out, &resolved.notes, |out, note| {
        row(out, note.permission, &note.text, None, &note.origin);
        out.pop();
        out.push_str(",\"why\":");
        quote(out, &note.why);
        out.push('}');
    });
    out.push_str(",\"limits\":{");
    for (index, (name, value, _)) in limit_values(&policy.limits).into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\"{name}\":{value}");
    }
    out.push_str("},\"http\":");
    out.push_str(policy.http.json().as_deref().unwrap_or("{}"));
    out.push_str(",\"systemReads\":");
    list(&mut out, &system_reads().collect::<Vec<_>>(), |out, path| quote(out, path));
    out.push_str("}\n");
    out
}

fn list<T>(out: &mut String, items: &[T], one: impl Fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(']');
}

fn paths(out: &mut String, paths: &[PathBuf]) {
    list(out, paths, |out, path| quote(out, &path.to_string_lossy()));
}

fn json_rows(out: &mut String, rows: &[Row]) {
    list(out, rows, |out, one| row(out, one.permission, &one.text, one.real.as_deref(), &one.origin));
}

fn row(out: &mut String, permission: Permission, text: &str, real: Option<&Path>, origin: &Origin) {
    let _ = write!(out, "{{\"permission\":\"{permission}\",\"resource\":");
    quote(out, text);
    if let Some(real) = real {
        out.push_str(",\"path\":");
        quote(out, &real.to_string_lossy());
    }
    out.push_str(",\"from\":{");
    match origin {
        Origin::Manifest { file, pointer } => {
            out.push_str("\"file\":");
            quote(out, &file.to_string_lossy());
            out.push_str(",\"pointer\":");
            quote(out, pointer);
        }
        Origin::Flag(text) => {
            out.push_str("\"flag\":");
            quote(out, text);
        }
        Origin::Default(why) => {
            out.push_str("\"default\":");
            quote(out, why);
        }
    }
    out.push_str("}}");
}
