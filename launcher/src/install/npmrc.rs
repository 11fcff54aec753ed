//! Reads .npmrc files (npmrc(5), and the `ini` package that npm reads them with).

/// Longer files are refused: a certificate of a few kilobytes may be in one.
const LARGEST: usize = 1 << 20;
/// More lines than this are nobody's settings.
const MOST: usize = 10_000;

/// Whether `${NAME}` means a variable of the user's.
#[derive(Clone, Copy)]
pub enum Variables<'a> {
    /// In the user's own file.
    Given(&'a dyn Fn(&str) -> Option<String>),
    /// In a project's, which must not see them.
    Hidden,
}

/// Names and values in the file's order; of a name that is there twice the last counts, and `name[]` is a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Npmrc {
    pub entries: Vec<(String, String)>,
    /// Entries that were left out because they name a variable that is hidden.
    pub hidden: Vec<String>,
}

impl Npmrc {
    /// The last value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a list.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        let list = format!("{name}[]");
        self.entries.iter().filter(move |(own, _)| own == name || *own == list).map(|(_, value)| value.as_str())
    }
}

/// Takes `text` apart. Nothing in it is an error: what is no setting is passed over, as in npm.
pub fn parse(text: &str, variables: Variables<'_>) -> Result<Npmrc, String> {
    if text.len() > LARGEST {
        return Err(format!("it has more than {} MiB", LARGEST >> 20));
    }
    let mut npmrc = Npmrc::default();
    let mut in_section = false;
    for line in text.trim_start_matches('\u{feff}').lines().take(MOST) {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if line.starts_with('[') && line.ends_with(']') {
            in_section = true;
        }
        if in_section {
            continue;
        }
        let (name, value) = line.split_once('=').map_or((line, "true"), |(name, value)| (name, value));
        let (name, value) = (unquoted(name), unquoted(value));
        match (expanded(&name, variables), expanded(&value, variables)) {
            (Some(name), Some(value)) => npmrc.entries.push((name, value)),
            _ => npmrc.hidden.push(name),
        }
    }
    Ok(npmrc)
}

/// Without quotes around it, its escapes undone; without them a comment ends it.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return if quote == '"' { inner.replace("\\\"", "\"").replace("\\n", "\n") } else { inner.to_owned() };
        }
    }
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped @ ('\\' | ';' | '#')) => out.push(escaped),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            ';' | '#' => break,
            other => out.push(other),
        }
    }
    out.trim().to_owned()
}

/// `${NAME}`, `${NAME?}` (empty where it is not set) and `${NAME-default}`; `None` where a variable is hidden. One that
/// is not set stays as it is written.
fn expanded(text: &str, variables: Variables<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let Some(end) = after.find('}') else { break };
        let written = &after[..=end];
        let Variables::Given(value) = variables else { return None };
        let inner = &after[2..end];
        let (name, default) = match (inner.strip_suffix('?'), inner.split_once('-')) {
            (Some(name), _) => (name, Some("")),
            (None, Some((name, default))) => (name, Some(default)),
            (None, None) => (inner, None),
        };
        out.push_str(&value(name).unwrap_or_else(|| default.unwrap_or(written).to_owned()));
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Npmrc {
        let value = |name: &str| (name == "TOKEN").then(|| "secret".to_owned());
        parse(text, Variables::Given(&value)).expect("it is short")
    }

    #[test]
    fn settings_are_read_as_npm_reads_them() {
        let npmrc = read(
            "\u{feff}# a comment\n; another\nregistry = https://a.example/ ; why\n@b:registry=https://b.example\nflag\nquoted=\"x;y\"\nescaped=a\\;b\nomit[]=dev\nomit[]=peer\n[section]\nregistry=https://c.example/\n",
        );
        assert_eq!(npmrc.get("registry"), Some("https://a.example/"));
        assert_eq!(npmrc.get("@b:registry"), Some("https://b.example"));
        assert_eq!(npmrc.get("flag"), Some("true"));
        assert_eq!(npmrc.get("quoted"), Some("x;y"));
        assert_eq!(npmrc.get("escaped"), Some("a;b"));
        assert_eq!(npmrc.list("omit").collect::<Vec<_>>(), ["dev", "peer"]);
    }

    #[test]
    fn variables_are_the_users_own() {
        let text = "a=${TOKEN}\nb=x${ABSENT}y\nc=${ABSENT?}\nd=${ABSENT-z}\ne=${TOKEN";
        let npmrc = read(text);
        let values: Vec<&str> = npmrc.entries.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["secret", "x${ABSENT}y", "", "z", "${TOKEN"]);
        let hidden = parse(text, Variables::Hidden).expect("it is short");
        assert_eq!(hidden.hidden, ["a", "b", "c", "d"]);
        assert!(hidden.entries.iter().all(|(_, value)| !value.contains("secret")));
    }

    #[test]
    fn a_name_can_hold_a_variable_too() {
        assert_eq!(read("//${TOKEN}/:x=1").get("//secret/:x"), Some("1"));
        assert_eq!(parse("//${TOKEN}/:x=1", Variables::Hidden).expect("short").entries, []);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(parse(&"a=b\n".repeat(300_000), Variables::Hidden).is_err());
    }
}
