//! The command `cordon init`.

use super::{Result, current_folder, print};
use launcher::args::{Line, Meaning};
use launcher::denial::escape;
use launcher::init::{self, Project, Proposal};
use launcher::manifest::{self, Addition, Document};
use launcher::{learn, trust};
use std::fs;
use std::process::ExitCode;

pub fn init(line: &Line) -> Result<ExitCode> {
    let folder = current_folder()?;
    let file = folder.join("package.json");
    let old = fs::read_to_string(&file).map_err(|error| {
        format!("Cannot read {}: {error}; go to the project's folder, or run npm init", manifest::shown(&file))
    })?;
    let root = manifest::parse(&file, &old)?;
    if root.member("cordon").is_some() {
        return Err("Cannot propose a manifest: package.json has a \"cordon\" key; cordon learn adds to it".into());
    }
    let document = Document { file: file.clone(), text: old.clone(), root };
    let project = Project::of(&document, &manifest::homes());
    let proposals = init::propose(&project);
    let additions: Vec<Addition> = proposals.iter().map(|proposal| proposal.addition.clone()).collect();
    let new = manifest::add(&old, &additions)?;
    show(&proposals);
    if !project.members.is_empty() {
        eprintln!(
            "This is for the root's scripts, and for members without a manifest: cordon init in a member's folder proposes one for it"
        );
    }
    eprint!("\n{}", learn::difference(&file, &old, &new, |_| Vec::new()));
    let wanted = line.last(Meaning::Write).is_some();
    if !wanted
        && trust::typed_yes("Write this into package.json? Type yes to write, anything else leaves it: ")? != Some(true)
    {
        eprintln!("Nothing was written; cordon init --write writes it");
        return Ok(ExitCode::SUCCESS);
    }
    manifest::save(&file, &new)?;
    print(&format!(
        "Written to {}\nNext: cordon learn <file or script> finds out what a program really needs\n",
        manifest::shown(&file)
    ))
}

fn show(proposals: &[Proposal]) {
    if proposals.is_empty() {
        eprintln!("Nothing in this project is known to need a grant: it gets an empty manifest");
    }
    for Proposal { addition, why } in proposals {
        let script = addition.script.as_ref().map(|name| format!(", in script {}", escape(name))).unwrap_or_default();
        eprintln!("  + {:<7}{}   for {}{script}", addition.permission.name(), escape(&addition.text), escape(why));
    }
}
