//! When a program has ended on a terminal: the grants that would let through what was refused are offered.

use super::{Result, store};
use launcher::denial::escape;
use launcher::manifest::{self, Addition, json};
use launcher::policy::Permission;
use launcher::supervisor::{self, Ended, Part, Plan};
use launcher::trust::{self, Kind, Wish};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::IsTerminal as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// So many grants can still be read before they are granted.
const MOST: usize = 20;

/// Goes on as the launcher; where nobody sits at a terminal, or there is no manifest to add to, there is no more to it.
pub fn prepare(plan: &mut Plan, manifest: Option<&Path>) -> Result<()> {
    let Some(manifest) = manifest.filter(|_| !plan.report.quiet && std::io::stderr().is_terminal()) else {
        return Ok(());
    };
    if fs::OpenOptions::new().read(true).write(true).open("/dev/tty").is_err() {
        return Ok(());
    }
    match supervisor::part()? {
        Part::Launcher(offers) => {
            plan.report.offers = Some(offers);
            Ok(())
        }
        Part::Witness { ended, told } => finish(ended, &told, manifest),
    }
}

/// The end of the process that stayed outside.
fn finish(ended: Ended, told: &str, manifest: &Path) -> Result<()> {
    let additions = offered(told);
    if additions.is_empty() || additions.len() > MOST || !accepted(&additions)? {
        supervisor::end_as(ended)
    }
    let text =
        fs::read_to_string(manifest).map_err(|error| format!("Cannot read {}: {error}", manifest::shown(manifest)))?;
    manifest::save(manifest, &manifest::add(&text, &additions)?)?;
    eprintln!("Written to {}; running again", manifest::shown(manifest));
    // Whoever typed yes has seen what is new in it.
    let wish = |one: &Addition| Wish { script: None, permission: one.permission, kind: Kind::Allow(one.text.clone()) };
    trust::accept_added(manifest, store().as_ref(), &additions.iter().map(wish).collect::<Vec<_>>())?;
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let error = Command::new("/proc/self/exe").arg0(&arguments[0]).args(&arguments[1..]).exec();
    Err(format!("Cannot run again: {error}").into())
}

/// Lines of the launcher's, about what a target asked for: each is checked when the manifest is read again.
fn offered(told: &str) -> Vec<Addition> {
    let line = |text: &str| {
        let node = json::read(text).ok()?;
        let member = |name: &str| Some(node.member(name)?.node.string()?.to_owned());
        Some(Addition::new(Permission::by_name(&member("permission")?)?, member("grant")?))
    };
    told.lines().filter_map(line).collect::<BTreeSet<_>>().into_iter().collect()
}

fn accepted(additions: &[Addition]) -> Result<bool> {
    let mut question = String::from("\ncordon refused what these grants would let through:\n");
    for Addition { permission, text, .. } in additions {
        question.push_str(&format!("  + {:<7}{}\n", permission.name(), escape(text)));
    }
    question.push_str("Add them to package.json and run again? Type yes to do so, anything else leaves it: ");
    Ok(trust::typed_yes(&question)? == Some(true))
}
