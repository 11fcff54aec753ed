//! Refusals that tools report as something else: what is behind their words.

use super::{Denial, Source};
use crate::policy::Permission;
use std::net::IpAddr;

/// One line for people, where the tool's own message misleads.
pub fn of(denial: &Denial) -> Option<&'static str> {
    let resource = denial.resource.as_str();
    let wanted = denial.grant.as_deref().unwrap_or(resource);
    match denial.permission {
        Permission::Write if called(denial, "DatabaseSync") => Some(
            "SQLite makes its journal beside the database: \"unable to open database file\" and \"attempt to write a readonly database\" mean the folder",
        ),
        Permission::Write => written(resource).or_else(|| by_native_code(denial)),
        Permission::Net if is_name(resource) => {
            Some("a name that is not granted is not resolved: EAI_AGAIN, ENOTFOUND and \"fetch failed\" mean this")
        }
        Permission::Listen if resource.starts_with("0.0.0.0:") => {
            Some("the engine tries :: first and names 0.0.0.0: both are one grant")
        }
        Permission::Run => started(wanted),
        Permission::Addons if resource.contains("/swc-native-") => Some(
            "@swc/core unpacks its native code and loads it from there: docs/native-code.md puts it into its place once, @swc/wasm has none",
        ),
        Permission::Addons => Some(
            "native code: \"Cannot find native binding\", \"Failed to load native binding\" and \"failed to map segment\" mean this",
        ),
        Permission::Read if called(denial, "require") => Some(
            "a link in node_modules leads there: \"Cannot find module\" and \"Cannot read package config\" mean this",
        ),
        Permission::Read | Permission::Net | Permission::Listen | Permission::Env => None,
    }
}

fn written(path: &str) -> Option<&'static str> {
    if path.contains("/node_modules/.vite-temp") || path.contains(".timestamp-") {
        return Some("Vite compiles its configuration there: \"Something went wrong inside rolldown\" means this");
    }
    path.contains("/node_modules/.vite").then_some("Vite keeps the packages there that it bundled in advance")
}

/// The runtime says who asked; where it does not, it was no JavaScript.
fn by_native_code(denial: &Denial) -> Option<&'static str> {
    (denial.source == Source::Broker && denial.origin.is_none()).then_some(
        "native code asked: \"Read-only file system\", \"os error 13\" and \"Something went wrong inside rolldown\" mean this",
    )
}

fn started(program: &str) -> Option<&'static str> {
    let name = program.rsplit('/').next().unwrap_or(program);
    match name {
        "esbuild" => Some("esbuild is a native program: \"The service was stopped\" means this"),
        "tsc" if program.contains("/lib/") => Some("TypeScript's compiler is a native program since version 7"),
        "sh" | "bash" | "dash" => {
            Some("exec(), and spawn() with a shell, start it; what it starts must be granted beside it")
        }
        "node" => Some("fork(), cluster and --watch start the engine once more"),
        _ => None,
    }
}

fn called(denial: &Denial, call: &str) -> bool {
    denial.origin.as_ref().is_some_and(|origin| origin.call.as_deref() == Some(call))
}

/// `api.example.org`, as it is asked of a resolver: neither an address nor with a port.
fn is_name(resource: &str) -> bool {
    !resource.contains(':') && resource.parse::<IpAddr>().is_err()
}
