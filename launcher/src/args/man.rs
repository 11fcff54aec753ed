//! The manual page (man(7) macros), from the table.

use super::entries::{COMMANDS, GROUPS};
use super::table::Flag;
use std::fmt::Write as _;

/// The whole page.
pub fn page() -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, ".TH CORDON 1 \"\" \"cordon {}\" \"User Commands\"", env!("CARGO_PKG_VERSION"));
    out.push_str(".SH NAME\ncordon \\- run JavaScript in a jail that the Linux kernel holds\n.SH SYNOPSIS\n");
    for command in COMMANDS {
        let _ = writeln!(out, ".B cordon {}\n{}\n.br", escaped(command.name), escaped(command.usage));
    }
    out.push_str(".SH COMMANDS\n");
    for command in COMMANDS {
        let _ = writeln!(out, ".TP\n.B {}\n{}.", escaped(command.name), escaped(command.summary));
        if !command.details.is_empty() {
            let _ = writeln!(out, "{}", escaped(command.details));
        }
    }
    for group in GROUPS {
        let _ = writeln!(out, ".SH {}", escaped(&group.title.to_uppercase()));
        let takers: Vec<&str> = COMMANDS
            .iter()
            .filter(|command| command.groups.contains(&group.name))
            .map(|command| command.name)
            .collect();
        let _ = writeln!(out, "For {}.", takers.join(", "));
        super::entries::FLAGS.iter().filter(|flag| flag.group == group.name).for_each(|flag| one_flag(&mut out, flag));
    }
    out.push_str(".SH EXIT STATUS\nThat of the program, 128 and the signal's number when a signal ended it, 125 when cordon itself could not start it.\n");
    out.push_str(".SH FILES\n.TP\n.B package.json\nIts \\(dqcordon\\(dq key grants what a program may reach.\n");
    out
}

fn one_flag(out: &mut String, flag: &Flag) {
    let choices = if flag.choices.is_empty() { String::new() } else { format!(" ({})", flag.choices.join(", ")) };
    let _ = writeln!(out, ".TP\n.B {}\n{}{}.", escaped(&flag.shown()), escaped(flag.help), escaped(&choices));
}

/// Text that roff(7) takes for text.
fn escaped(text: &str) -> String {
    let plain = text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq");
    if plain.starts_with(['.', '\'']) { format!("\\&{plain}") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::entries::FLAGS;

    #[test]
    fn every_flag_is_on_the_page_and_no_text_is_taken_for_a_macro() {
        let page = page();
        for flag in FLAGS {
            assert!(page.contains(&escaped(&flag.shown())), "{}", flag.name);
        }
        let macros = [".TH", ".SH", ".TP", ".B", ".br"];
        for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
            assert!(macros.iter().any(|name| line.split(' ').next() == Some(name)), "{line}");
        }
    }
}
