//! Command lines that would start something else than what was meant, or nothing.

use super::{Asked, Result};
use launcher::args::Line;
use launcher::denial::escape;
use launcher::{manifest, script, suggest};
use std::path::Path;

/// The engine takes an empty name for code on stdin: a variable that is not set starts nothing here.
pub fn nothing(line: &Line) -> Result<()> {
    if line.has_code() || line.rest.first().is_some_and(|word| !word.is_empty()) {
        return Ok(());
    }
    let fix = match line.swallowed() {
        Some(typed) => format!(
            "{} took the file for its value; write --{}=<{}>",
            escape(&typed.text),
            typed.flag.name,
            typed.flag.placeholder
        ),
        None => "write cordon run <file>, or - for code from stdin".into(),
    };
    Err(format!("Cannot run nothing; {fix}").into())
}

/// The engine would say that there is no such file.
pub fn out_of_reach(asked: &Asked) -> Result<()> {
    let Some(script) = &asked.script else { return Ok(()) };
    let Some(entry) = script.out_of_reach(&asked.resolved.policy) else { return Ok(()) };
    let what = format!(
        "Cannot run {}: it starts {}, which the program may not read",
        manifest::quoted(&script.name),
        manifest::shown(&entry)
    );
    Err(format!("{what}; install it in the project, name the project among the workspaces of the package.json above, or grant read").into())
}

/// The word of the command's own that `word` was probably meant to be, where it is neither a file nor a script.
pub fn misspelled(line: &Line, word: &str) -> Option<&'static str> {
    if Path::new(word).exists() || script::may_be_script(word.as_ref()) {
        return None;
    }
    suggest::nearest(word, line.command.words.iter().copied())
}
