//! What changes in a file, line by line.

use crate::denial::escape;
use std::fmt::Write as _;
use std::path::Path;

/// Unchanged lines around a change.
const AROUND: usize = 2;

/// The lines that `new` has instead of `old`'s, as diff -u shows them: grants are added in one place. Below each of
/// them stands what `notes` says about the line, fit for a terminal.
pub fn difference(file: &Path, old: &str, new: &str, notes: impl Fn(&str) -> Vec<String>) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let before = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let most = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let from = before.saturating_sub(AROUND);
    let mut out = format!("{}:{}\n", crate::manifest::shown(file), from + 1);
    lines(&mut out, ' ', &old[from..before]);
    lines(&mut out, '-', &old[before..old.len() - after]);
    for line in &new[before..new.len() - after] {
        lines(&mut out, '+', &[line]);
        for note in notes(line) {
            // Writing to a String does not fail.
            let _ = writeln!(out, "#     {note}");
        }
    }
    lines(&mut out, ' ', &old[old.len() - after..(old.len() - after + AROUND).min(old.len())]);
    out
}

fn lines(out: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        let indented = line.len() - line.trim_start().len();
        // Writing to a String does not fail.
        let _ = writeln!(out, "{mark} {}{}", " ".repeat(indented), escape(line.trim_start()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_and_its_surroundings_are_shown() {
        let shown = difference(Path::new("/p.json"), "{\n a\n b\n c\n}\n", "{\n a\n b\n x\n y\n c\n}\n", |line| {
            if line == " x" { vec!["by z".into()] } else { Vec::new() }
        });
        assert_eq!(shown, "/p.json:2\n   a\n   b\n+  x\n#     by z\n+  y\n   c\n  }\n");
    }

    #[test]
    fn nothing_of_a_line_moves_the_cursor() {
        let shown = difference(Path::new("/p.json"), "", "\"\u{1b}[2J\"\n", |_| Vec::new());
        assert!(shown.contains("\\u{1b}[2J"), "{shown}");
    }
}
