//! Simple commands: what a shell would only split into words (POSIX.1-2024, Shell Command Language, 2.2 and 2.9.1).

/// One command without pipes, lists, redirections, expansions or comments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=value` in front of the command.
    pub assignments: Vec<(String, String)>,
    pub words: Vec<String>,
}

/// The command that `text` is, or `None` where it needs a shell.
pub fn simple(text: &str) -> Option<Simple> {
    let mut command = Simple::default();
    for word in split(text.trim())? {
        match word.assignment {
            Some(equals) if command.words.is_empty() => {
                command.assignments.push((word.text[..equals].to_owned(), word.text[equals + 1..].to_owned()));
            }
            _ => command.words.push(word.text),
        }
    }
    (!command.words.is_empty()).then_some(command)
}

#[derive(Default)]
struct Word {
    text: String,
    /// Where the `=` is, when what is before it is an unquoted name.
    assignment: Option<usize>,
    quoted: bool,
}

/// Characters that mean something to a shell wherever they stand unquoted.
const SPECIAL: &str = "|&;<>()$`*?[]{}!\n";

fn split(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' => words.extend(word.take()),
            '#' | '~' if word.is_none() => return None,
            _ if SPECIAL.contains(letter) => return None,
            _ => part(letter, &mut letters, word.get_or_insert_default())?,
        }
    }
    words.extend(word);
    Some(words)
}

/// One quoted text or one plain character of a word.
fn part(letter: char, letters: &mut std::str::Chars, word: &mut Word) -> Option<()> {
    match letter {
        '\'' => {
            word.quoted = true;
            let length = letters.as_str().find('\'')?;
            word.text.push_str(&letters.as_str()[..length]);
            *letters = letters.as_str()[length + 1..].chars();
        }
        '"' => {
            word.quoted = true;
            double_quoted(letters, &mut word.text)?;
        }
        '\\' => {
            word.quoted = true;
            word.text.push(letters.next().filter(|next| *next != '\n')?);
        }
        _ => {
            if letter == '=' && word.assignment.is_none() && !word.quoted && is_name(&word.text) {
                word.assignment = Some(word.text.len());
            }
            word.text.push(letter);
        }
    }
    Some(())
}

fn double_quoted(letters: &mut std::str::Chars, text: &mut String) -> Option<()> {
    loop {
        match letters.next()? {
            '"' => return Some(()),
            '$' | '`' => return None,
            '\\' => match letters.next()? {
                '\n' => return None,
                escaped @ ('"' | '\\' | '$' | '`') => text.push(escaped),
                other => text.extend(['\\', other]),
            },
            letter => text.push(letter),
        }
    }
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        simple(text).unwrap_or_else(|| panic!("{text} needs a shell")).words
    }

    #[test]
    fn quotes_and_backslashes_make_words() {
        assert_eq!(words("node a.js"), ["node", "a.js"]);
        assert_eq!(words("  tsc\t-p  . "), ["tsc", "-p", "."]);
        assert_eq!(words(r#"a 'b c'"d e"\ f '' """#), ["a", "b cd e f", "", ""]);
        assert_eq!(words(r#"a "\"\\\$\`\n""#), ["a", "\"\\$`\\n"]);
        assert_eq!(words("a '$HOME * | &'"), ["a", "$HOME * | &"]);
        assert_eq!(words("a x#y x~ --b=c=d"), ["a", "x#y", "x~", "--b=c=d"]);
    }

    #[test]
    fn assignments_stand_in_front() {
        let command = simple("A=1 B_2='x y' node C=3").expect("simple");
        assert_eq!(command.assignments, [("A".into(), "1".into()), ("B_2".into(), "x y".into())]);
        assert_eq!(command.words, ["node", "C=3"]);
        assert_eq!(words("'A'=1 node"), ["A=1", "node"]);
        assert_eq!(words("2A=1 node"), ["2A=1", "node"]);
    }

    #[test]
    fn what_a_shell_would_do_more_with_is_left_to_one() {
        for text in [
            "a | b", "a && b", "a; b", "a > b", "a < b", "(a)", "a $B", "a \"$B\"", "a `b`", "a *.js", "a ?", "a [b]",
            "a {b,c}", "! a", "a\nb", "# a", "a # b", "~/a", "a ~", "a 'b", "a \"b", "a \\", "", " ", "A=1", "a &",
        ] {
            assert_eq!(simple(text), None, "{text}");
        }
    }
}
