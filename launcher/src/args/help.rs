//! `cordon help`, from the table.

use super::entries::{COMMANDS, GROUPS};
use super::parse::{Error, unknown_command};
use super::table::{self, Command, Flag};
use std::ffi::OsStr;
use std::fmt::Write as _;

/// The overview.
pub fn overview() -> String {
    let mut out = String::from(
        "cordon runs JavaScript in a jail that the Linux kernel holds\n\nUsage: cordon <command> [flags] [arguments]\n       cordon [flags] <file> [arguments]\n\nCommands:\n",
    );
    for command in COMMANDS {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {:<13}{}", command.name, command.summary);
    }
    out.push_str("\nSee cordon help <command> for its flags\n");
    out
}

/// What `cordon help <name>` prints.
pub fn topic(name: Option<&OsStr>) -> Result<String, Error> {
    let Some(name) = name else { return Ok(overview()) };
    name.to_str().and_then(table::command).map(command).ok_or_else(|| unknown_command(name))
}

/// One command's usage and flags.
pub fn command(command: &Command) -> String {
    let mut out = format!("{}\n\nUsage: cordon {} {}\n", command.summary, command.name, command.usage);
    if !command.details.is_empty() {
        out.push('\n');
        wrapped(&mut out, command.details, 0);
    }
    for group in GROUPS.iter().filter(|group| command.groups.contains(&group.name)) {
        let _ = writeln!(out, "\n{}:", group.title);
        for flag in command.flags().filter(|flag| flag.group == group.name) {
            one_flag(&mut out, flag);
        }
    }
    out
}

fn one_flag(out: &mut String, flag: &Flag) {
    let shown = flag.shown();
    let help = match flag.choices {
        [] => flag.help.to_owned(),
        choices => format!("{} ({})", flag.help, choices.join(", ")),
    };
    if shown.len() > 30 {
        let _ = writeln!(out, "  {shown}");
        wrapped(out, &help, 34);
    } else {
        let mut text = String::new();
        wrapped(&mut text, &help, 34);
        let _ = writeln!(out, "  {shown:<32}{}", text.trim());
    }
}

/// Appends `text` in lines of at most 100 letters, each indented.
fn wrapped(out: &mut String, text: &str, indent: usize) {
    let mut width = 0;
    for word in text.split(' ') {
        if width == 0 {
            let _ = write!(out, "{:indent$}", "");
            width = indent;
        } else if width + 1 + word.len() > 100 {
            let _ = write!(out, "\n{:indent$}", "");
            width = indent;
        } else {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.len();
    }
    out.push('\n');
}
