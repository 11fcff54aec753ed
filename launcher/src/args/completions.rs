//! Completion scripts for shells, from the table. Each is a plain list of words and flags: nothing is started while
//! somebody types.

use super::entries::{COMMANDS, FLAGS};
use super::parse::Error;
use super::table::{Command, Flag, Takes};
use crate::suggest::nearest;
use std::fmt::Write as _;

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// The script for `shell`.
pub fn script(shell: &str) -> Result<String, Error> {
    match shell {
        "bash" => Ok(bash()),
        "zsh" => Ok(zsh()),
        "fish" => Ok(fish()),
        _ => Err(Error {
            what: format!("{} is not a shell that completions are known for", crate::manifest::quoted(shell)),
            fix: match nearest(shell, SHELLS) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("write one of {}", SHELLS.join(", ")),
            },
        }),
    }
}

fn names() -> Vec<&'static str> {
    COMMANDS.iter().map(|command| command.name).collect()
}

/// Words that follow a command: its flags, those with a value ending in `=`.
fn words(command: &Command) -> Vec<String> {
    let long = |flag: &Flag| format!("--{}{}", flag.name, if flag.takes == Takes::Required { "=" } else { "" });
    command.flags().map(long).chain(["--help".into()]).collect()
}

fn bash() -> String {
    let mut out = String::from(
        "# Completion of cordon for bash\n_cordon() {\n  local word=${COMP_WORDS[COMP_CWORD]} words i command=run\n",
    );
    out.push_str("  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "      {}) command=${{COMP_WORDS[i]}}; break ;;", names().join("|"));
    out.push_str("    esac\n  done\n  case $command in\n");
    for command in COMMANDS {
        let mut words = words(command);
        match command.name {
            "help" => words.extend(names().into_iter().map(String::from)),
            "completions" => words.extend(SHELLS.map(String::from)),
            _ => {}
        }
        let _ = writeln!(out, "    {}) words='{}' ;;", command.name, words.join(" "));
    }
    let _ = writeln!(out, "  esac\n  ((COMP_CWORD == 1)) && words=\"{} $words\"", names().join(" "));
    out.push_str(
        "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n  [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- \"$word\"))\n}\ncomplete -o filenames -F _cordon cordon\n",
    );
    out
}

fn zsh() -> String {
    let mut out = String::from(
        "#compdef cordon\n# Completion of cordon for zsh\n_cordon() {\n  local -a commands flags\n  commands=(\n",
    );
    for command in COMMANDS {
        let _ = writeln!(out, "    {}", single(&format!("{}:{}", command.name, command.summary)));
    }
    out.push_str("  )\n  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n    _describe command commands\n    _files\n    return\n  fi\n  case $words[2] in\n");
    for command in COMMANDS.iter().filter(|command| command.name != "run") {
        zsh_flags(&mut out, command.name, command);
    }
    // What starts with no command's name is a run.
    if let Some(run) = super::command("run") {
        zsh_flags(&mut out, "*", run);
    }
    out.push_str("  esac\n  _arguments -s $flags '*:file:_files'\n}\n_cordon \"$@\"\n");
    out
}

fn zsh_flags(out: &mut String, pattern: &str, command: &Command) {
    let _ = writeln!(out, "    {pattern}) flags=(");
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
        let takers: Vec<&str> = COMMANDS
            .iter()
            .filter(|command| command.groups.contains(&flag.group))
            .map(|command| command.name)
            .collect();
        // Without a command's name it is a run.
        let condition = if takers.contains(&"run") {
            let others: Vec<&str> = names().into_iter().filter(|name| !takers.contains(name)).collect();
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
    let _ =
        writeln!(out, "complete -c cordon -n '__fish_seen_subcommand_from help' -f -a {}", single(&names().join(" ")));
    let _ = writeln!(
        out,
        "complete -c cordon -n '__fish_seen_subcommand_from completions' -f -a {}",
        single(&SHELLS.join(" "))
    );
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
        for shell in SHELLS {
            let script = script(shell).expect("a script");
            for command in COMMANDS {
                assert!(script.contains(command.name), "{shell}: {}", command.name);
            }
            for flag in FLAGS {
                let shown = if shell == "fish" { format!("-l {}", flag.name) } else { format!("--{}", flag.name) };
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
