//! `cordon run --record` and `cordon permissions check`.

use super::{Asked, Result, ask_for, print};
use launcher::args::{Line, Meaning};
use launcher::history::{self, History};
use launcher::supervisor::Plan;
use launcher::supervisor::record::Record;
use std::path::PathBuf;
use std::process::ExitCode;

/// A run whose uses are kept.
pub struct Recording {
    history: History,
    record: Record,
}

/// Prepares `plan` to record, if `--record` says so.
pub fn recording(line: &Line, asked: &Asked, plan: &mut Plan) -> Result<Option<Recording>> {
    if line.last(Meaning::Record).is_none() {
        return Ok(None);
    }
    let Some(manifest) = &asked.resolved.project.manifest else {
        return Err("Cannot record: no package.json counts for this program".into());
    };
    let folder = folder()?;
    let history =
        History::open(&folder, manifest).map_err(|cause| format!("Cannot record in {}: {cause}", folder.display()))?;
    let record = Record::default();
    plan.record = Some(record.clone());
    // The kernel does not see which variables are asked for: the runtime tells.
    plan.environment.push(("CORDON_USES".into(), "1".into()));
    Ok(Some(Recording { history, record }))
}

impl Recording {
    pub fn keep(mut self) -> Result<()> {
        self.history.add(&self.record.so_far()).map_err(|cause| format!("Cannot record: {cause}").into())
    }
}

pub fn check(line: &Line, json: bool) -> Result<ExitCode> {
    let words = line.value(Meaning::For).map_or_else(|| line.rest[1..].to_vec(), |script| vec![script.into()]);
    let asked = ask_for(line, &words)?;
    let manifest = asked.resolved.project.manifest.as_deref();
    let recorded = match manifest {
        Some(manifest) => {
            history::load(&folder()?, manifest).map_err(|cause| format!("Cannot read records: {cause}"))?
        }
        None => None,
    };
    let mut findings = manifest.map(history::scripts_without_effect).unwrap_or_default();
    findings.extend(history::check(&asked.resolved, recorded.as_ref()));
    print(&if json { history::json(&findings) } else { history::text(&findings, recorded.is_some()) })?;
    let strict = line.last(Meaning::Strict).is_some();
    Ok(if strict && !findings.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn folder() -> Result<PathBuf> {
    history::folder_of_user(|name| std::env::var_os(name))
        .ok_or_else(|| "Cannot find where records are kept: neither XDG_STATE_HOME nor HOME is set".into())
}
