//! Completion scripts for shells, from the table. Each is a plain list of words and flags: nothing is started while
//! somebody types.

use super::entries::{COMMANDS, FLAGS};
use super::parse::Error;
use super::table::{Command, Flag, Takes};
use crate::suggest::nearest;
use std::fmt::Write as _;

/// The shells that `completions` names.
fn shells() -> &'static [&'static str] {
    super::command("completions").map_or(&[], |command| command.words)
}

/// The script for `shell`.
pub fn script(shell: &str) -> Result<String, Error> {
    match shell {
        "bash" => Ok(bash()),
        "zsh" => Ok(zsh()),
        "fish" => Ok(fish()),
        _ => Err(Error {
            what: format!("{} is not a shell that completions are known for", crate::manifest::quoted(shell)),
            fix: match nearest(shell, shells().iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("write one of {}", shells().join(", ")),
            },
        }),
    }
}

fn names() -> Vec<&'static str> {
    COMMANDS.iter().map(|command| command.name).collect()
}

/// Flags that follow a command, those with a value ending in `=`.
fn flags(command: &Command) -> Vec<String> {
    let long = |flag: &Flag| format!("--{}{}", flag.name, if flag.takes == Takes::Required { "=" } else { "" });
    command.flags().map(long).chain(["--help".into()]).collect()
}

/// Words that follow a command first.
fn words(command: &Command) -> Vec<&'static str> {
    if command.name == "help" { names() } else { command.words.to_vec() }
}

/// `mapfile` takes lines as they are: names of files hold blanks, and asterisks.
fn bash() -> String {
    let mut out = String::from(
        "# Completion of cordon for bash\n_cordon() {\n  local word=${COMP_WORDS[COMP_CWORD]} flags words i at=0 command=run found\n",
    );
    out.push_str("  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n");
    let all: Vec<&str> = COMMANDS.iter().flat_map(Command::names).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "      {}) command=${{COMP_WORDS[i]}} at=$i; break ;;", all.join("|"));
    out.push_str("    esac\n  done\n  case $command in\n");
    for command in COMMANDS {
        let names: Vec<&str> = command.names().collect();
        let (flags, words) = (flags(command).join("\n"), words(command).join("\n"));
        let _ = writeln!(out, "    {}) flags={} words={} ;;", names.join("|"), single(&flags), single(&words));
    }
    out.push_str("  esac\n  ((COMP_CWORD == at + 1)) || words=\n");
    let _ = writeln!(out, "  ((COMP_CWORD == 1)) && words={}", single(&names().join("\n")));
    out.push_str("  [[ $word == -* ]] && words=$flags\n  local IFS=$'\\n'\n");
    out.push_str("  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n");
    out.push_str("  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n  if [[ $word != -* ]]; then\n");
    out.push_str("    mapfile -t found < <(compgen -f -- \"${word#=}\")\n    COMPREPLY+=(\"${found[@]}\")\n  fi\n}\n");
    out.push_str("complete -o filenames -F _cordon cordon\n");
    out
}

fn zsh() -> String {
    let mut out = String::from(
        "#compdef cordon\n# Completion of cordon for zsh\n_cordon() {\n  local -a commands flags words_after\n  commands=(\n",
    );
    for command in COMMANDS {
        let _ = writeln!(out, "    {}", single(&format!("{}:{}", command.name, command.summary)));
    }
    out.push_str("  )\n  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n    _describe command commands\n    _files\n    return\n  fi\n  case $words[2] in\n");
    for command in COMMANDS.iter().filter(|command| command.name != "run") {
        zsh_flags(&mut out, &command.names().collect::<Vec<_>>().join("|"), command);
    }
    // What starts with no command's name is a run.
    if let Some(run) = super::command("run") {
        zsh_flags(&mut out, "*", run);
    }
    // It is loaded by its name as a file of fpath, or read at once.
    out.push_str("  esac\n  (( CURRENT == 3 && $#words_after )) && compadd -a words_after\n  _arguments -s $flags '*:file:_files'\n}\nif [[ $funcstack[1] == _cordon ]]; then _cordon \"$@\"; else compdef _cordon cordon; fi\n");
    out
}

fn zsh_flags(out: &mut String, pattern: &str, command: &Command) {
    let _ = writeln!(out, "    {pattern}) words_after=({}) flags=(", words(command).join(" "));
    for flag in command.flags() {
        let help = flag.help.replace('[', "(").replace(']', ")").replace(':', "\\:");
        let value = match (flag.takes, flag.choices) {
            (Takes::None, _) => String::new(),
            (takes, []) => format!(
                "{}:{}:{}",
                colons(takes),
                flag.placeholder.replace(':', " "),
                if flag.placeholder == "paths" { "_files" } else { "" }
            ),
            (takes, choices) => format!("{}:{}:({})", colons(takes), flag.placeholder, choices.join(" ")),
        };
        let equals = match flag.takes {
            Takes::None => "",
            Takes::Optional | Takes::Required => "=",
        };
        let optional = if flag.takes == Takes::Optional { "-" } else { "" };
        let _ = writeln!(out, "      {}", single(&format!("*--{}{equals}{optional}[{help}]{value}", flag.name)));
    }
    out.push_str("    ) ;;\n");
}

fn colons(takes: Takes) -> &'static str {
    if takes == Takes::Optional { ":" } else { "" }
}

fn fish() -> String {
    let mut out = String::from("# Completion of cordon for fish\n");
    for command in COMMANDS {
        let _ = writeln!(
            out,
            "complete -c cordon -n __fish_use_subcommand -a {} -d {}",
            command.name,
            single(command.summary)
        );
    }
    for flag in FLAGS {
        let (takers, others): (Vec<&Command>, Vec<&Command>) =
            COMMANDS.iter().partition(|command| command.groups.contains(&flag.group));
        let [takers, others] =
            [takers, others].map(|list| list.into_iter().flat_map(Command::names).collect::<Vec<_>>());
        // Without a command's name it is a run.
        let condition = if takers.contains(&"run") {
            format!("not __fish_seen_subcommand_from {}", others.join(" "))
        } else {
            format!("__fish_seen_subcommand_from {}", takers.join(" "))
        };
        let short = flag.short.map(|letter| format!(" -s {letter}")).unwrap_or_default();
        let value = match (flag.takes, flag.choices) {
            (Takes::Required, []) => " -r".into(),
            (Takes::Required, choices) => format!(" -x -a {}", single(&choices.join(" "))),
            _ => String::new(),
        };
        let _ = writeln!(
            out,
            "complete -c cordon -n {}{short} -l {}{value} -d {}",
            single(&condition),
            flag.name,
            single(flag.help)
        );
    }
    for command in COMMANDS.iter().filter(|command| !words(command).is_empty()) {
        let words = words(command).join(" ");
        // Not behind one of them; a file may follow where it is no such word.
        let condition =
            format!("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {words}", command.name);
        let condition = if command.name == "help" { "__fish_seen_subcommand_from help".into() } else { condition };
        let only = if command.name == "permissions" { "" } else { " -f" };
        let _ = writeln!(out, "complete -c cordon -n {}{only} -a {}", single(&condition), single(&words));
    }
    out
}

/// In single quotes, as all three shells take them.
fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_flag_is_completed_in_every_shell() {
        for shell in shells() {
            let script = script(shell).expect("a script");
            for command in COMMANDS {
                assert!(script.contains(command.name), "{shell}: {}", command.name);
            }
            for flag in FLAGS {
                let shown = if *shell == "fish" { format!("-l {}", flag.name) } else { format!("--{}", flag.name) };
                assert!(script.contains(&shown), "{shell}: {}", flag.name);
            }
        }
    }

    #[test]
    fn another_shell_is_refused() {
        assert!(script("csh").is_err());
        assert_eq!(script("fsih").expect_err("refused").fix, "did you mean fish?");
    }
}
