//! `-g`: programs for a user, in a folder of cordon's own; each starts in a jail.

use super::installing::{perform, read_in};
use super::{Result, current_folder};
use launcher::args::Line;
use launcher::install;
use launcher::manifest::shown;
use launcher::script;
use launcher::supervisor::{self, Ended};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

/// The first lines of a program in the folder of programs: whatever has others is somebody else's.
const START: &str = "#!/bin/sh\n# Made by cordon install -g\n";
/// Names that no package may take.
const RESERVED: [&str; 8] = ["node", "npm", "npx", "corepack", "cordon", "cordon-install", "git", "sh"];

pub fn install(line: &Line) -> Result<ExitCode> {
    let base = install::global(|name| std::env::var_os(name))
        .ok_or("Cannot install programs: there is no place for them; set HOME or XDG_DATA_HOME")?;
    let folder = base.join("global");
    install::make_project(&folder)?;
    let here = current_folder()?;
    let words: Vec<String> =
        line.rest.iter().map(|word| install::absolute_word(&here, &word.to_string_lossy())).collect();
    let command = if line.command.name == "install" && !words.is_empty() { "add" } else { line.command.name };
    let ended = perform(&read_in(line, &folder, command, words)?)?;
    if !matches!(ended, Ended::Code(0 | install::NOTHING_TO_DO)) {
        supervisor::end_as(ended);
    }
    if !matches!(line.command.name, "list" | "why" | "outdated") {
        write_programs(&fs::canonicalize(&folder)?, &base.join("bin"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One script for each program of the packages that were asked for; those of packages that are gone are removed.
fn write_programs(folder: &Path, bin: &Path) -> Result<()> {
    let failed = |error| format!("Cannot write programs into {}: {error}", shown(bin));
    fs::create_dir_all(bin).map_err(failed)?;
    let own = |file: &Path| fs::read(file).is_ok_and(|text| text.starts_with(START.as_bytes()));
    for entry in fs::read_dir(bin).map_err(failed)?.flatten() {
        if own(&entry.path()) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    let cordon = fs::read_link("/proc/self/exe").map_err(failed)?;
    for (name, file) in script::programs_of(folder) {
        if RESERVED.contains(&name.as_str()) {
            eprintln!("cordon: program {name} is not put into {}: the name is taken", shown(bin));
            continue;
        }
        let mut text = START.as_bytes().to_vec();
        text.extend(b"exec ");
        text.extend(quoted(cordon.as_os_str().as_bytes()));
        text.extend(b" run -- ");
        text.extend(quoted(file.as_os_str().as_bytes()));
        text.extend(b" \"$@\"\n");
        let written = OpenOptions::new().write(true).create_new(true).mode(0o755).open(bin.join(&name));
        match written.and_then(|mut written| written.write_all(&text)) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                eprintln!("cordon: program {name} is not put into {}: another file is there", shown(bin));
            }
            other => other.map_err(failed)?,
        }
    }
    let on_path = std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|part| part == bin));
    if !on_path {
        eprintln!("cordon: programs are in {}; put it into PATH", shown(bin));
    }
    Ok(())
}

/// For /bin/sh.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\''];
    for byte in text {
        match byte {
            b'\'' => out.extend(b"'\\''"),
            other => out.push(*other),
        }
    }
    out.push(b'\'');
    out
}
