//! `--env-file`: variables from a file. The launcher reads it and passes on what is granted, so the program sees no more
//! than its `env` grants say, and never the file.

use crate::manifest::{Problem, shown, text};
use std::ffi::OsString;
use std::path::Path;

/// The variables in `file`; `None` where there is no such file.
pub fn variables(file: &Path) -> Result<Option<Vec<(OsString, OsString)>>, crate::manifest::Error> {
    let Some((text, _)) = text(file)? else { return Ok(None) };
    let owned = |(name, value): (String, String)| (OsString::from(name), OsString::from(value));
    Ok(Some(parse(&text).into_iter().map(owned).collect()))
}

/// What to say where there is none.
pub fn missing(file: &Path) -> Problem {
    Problem::new(format!("{} does not exist", shown(file)), "write the name of a file, or --env-file-if-exists")
}

/// Takes the text apart as the engine does (`util.parseEnv`).
pub fn parse(text: &str) -> Vec<(String, String)> {
    let text = text.replace("\r\n", "\n");
    let mut rest = text.as_str();
    let mut variables: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return variables;
        }
        let line = rest.split('\n').next().unwrap_or("");
        let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            rest = &rest[line.len()..];
            continue;
        };
        let after = rest[name.len() + 1..].trim_start_matches([' ', '\t']);
        let (value, left) = value(after);
        let name = name.trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        rest = left;
        // A NUL cannot be in a variable.
        if !name.is_empty() && !name.contains('\0') && !value.contains('\0') {
            variables.retain(|(other, _)| other != name);
            variables.push((name.to_owned(), value));
        }
    }
}

/// A value, and what follows it.
fn value(text: &str) -> (String, &str) {
    let quote = text.chars().next().filter(|letter| matches!(letter, '"' | '\'' | '`'));
    if let Some((quote, (inside, after))) = quote.and_then(|quote| Some((quote, text[1..].split_once(quote)?))) {
        let inside = if quote == '"' { inside.replace("\\n", "\n") } else { inside.to_owned() };
        let line_end = after.find('\n').unwrap_or(after.len());
        return (inside, &after[line_end..]);
    }
    let line = text.split('\n').next().unwrap_or("");
    let bare = line.split('#').next().unwrap_or("").trim();
    (bare.to_owned(), &text[line.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_engine_reads() {
        let text =
            "# c\nA=1\n  export B = two # c\nC='x # y'\nD=\"a\\nb\"\nE=`m\nn` rest\nF=\nnothing\n=x\nA=3\nG='open\r\n";
        let expected =
            [("B", "two"), ("C", "x # y"), ("D", "a\nb"), ("E", "m\nn"), ("F", ""), ("A", "3"), ("G", "'open")];
        assert_eq!(parse(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
