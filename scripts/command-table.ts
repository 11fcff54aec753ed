// Writes launcher/src/args/entries.rs and docs/cli.md from contract/commands.json; with --check, only says whether it is current.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reference, type Flag, type Table } from "./reference.ts";


const root = join(import.meta.dirname, "..");
const target = join(root, "launcher/src/args/entries.rs");
const table = JSON.parse(readFileSync(join(root, "contract/commands.json"), "utf8")) as Table;

const text = (value: string): string => JSON.stringify(value);
const list = (values: string[]): string => `&[${values.map(text).join(", ")}]`;
const title = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function meaning(flag: Flag): string {
  const [kind = "", what = ""] = flag.meaning.split(" ");
  if (kind === "allow" || kind === "deny") return `Meaning::${title(kind)}(Permission::${title(what)})`;
  return kind === "limit" ? `Meaning::Limit(${text(what)})` : `Meaning::${title(kind)}`;
}

function refuseMistakes(): void {
  const groups = new Set(table.groups.map(group => group.name));
  const seen = new Set<string>();
  for (const flag of table.flags) {
    for (const name of [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])]) {
      if (seen.has(name)) throw new Error(`contract/commands.json: ${name} is there twice`);
      seen.add(name);
    }
    if (!groups.has(flag.group)) throw new Error(`contract/commands.json: --${flag.name} is in an unknown group, ${flag.group}`);
  }
  const unknown = table.commands.flatMap(command => command.groups).find(group => !groups.has(group));
  if (unknown !== undefined) throw new Error(`contract/commands.json: unknown group ${unknown}`);
}

function source(): string {
  const commands = table.commands.map(command => `Command { name: ${text(command.name)}, aliases: ${list(command.aliases ?? [])}, words: ${list(command.words ?? [])}, usage: ${text(command.usage)},
    summary: ${text(command.summary)}, details: ${text(command.details)}, groups: ${list(command.groups)} }`);
  const groups = table.groups.map(group => `Group { name: ${text(group.name)}, title: ${text(group.title)} }`);
  const flags = table.flags.map(flag => `Flag { name: ${text(flag.name)},
    short: ${flag.short === undefined ? "None" : `Some('${flag.short}')`}, takes: Takes::${title(flag.value)},
    placeholder: ${text(flag.placeholder ?? "")}, choices: ${list(flag.choices ?? [])}, group: ${text(flag.group)},
    meaning: ${meaning(flag)}, help: ${text(flag.help)} }`);
  return `// Made by scripts/command-table.ts from contract/commands.json: change that file, and run it.
use super::table::{Command, Flag, Group, Meaning, Takes};
use crate::policy::Permission;

pub const COMMANDS: &[Command] = &[${commands.join(",\n")}];

pub const GROUPS: &[Group] = &[${groups.join(",\n")}];

pub const FLAGS: &[Flag] = &[${flags.join(",\n")}];
`;
}

refuseMistakes();
const config = join(root, "launcher/rustfmt.toml");
const formatted = execFileSync("rustfmt", ["--edition", "2024", "--config-path", config], { input: source(), encoding: "utf8" });
const page = reference(table);
const outputs: [string, string][] = [[target, formatted], [join(root, "docs/cli.md"), page]];
for (const [path, made] of outputs) {
  if (!process.argv.includes("--check")) writeFileSync(path, made);
  else if (readFileSync(path, "utf8") !== made) {
    console.error(`${path} is not what contract/commands.json says; run node scripts/command-table.ts`);
    process.exitCode = 1;
  }
}
