// docs/cli.md, from contract/commands.json. scripts/command-table.ts writes it.

export type Command = { name: string; aliases?: string[]; words?: string[]; usage: string; summary: string; details: string; groups: string[] };
export type Group = { name: string; title: string };
export type Flag = { name: string; short?: string; value: "none" | "optional" | "required"; placeholder?: string; choices?: string[]; group: string; meaning: string; help: string };
export type Table = { commands: Command[]; groups: Group[]; flags: Flag[] };

/** The page, from the one table that the launcher's parser, help and completions come from too. */
export function reference(table: Table): string {
  return [
    "<!-- Made by scripts/command-table.ts from contract/commands.json: change that file, and run it. -->\n",
    "# Command line\n",
    "Exit codes: the program's own, 128 + n where signal n ended it, and 125 where cordon itself could not start it.\n",
    ...table.commands.map((command) => commandSection(command, table)),
    "# Flags\n",
    ...table.groups.map((group) => groupSection(group, table)),
  ].join("\n");
}

function commandSection({ name, aliases = [], usage, summary, details, groups }: Command, table: Table): string {
  const titles = table.groups.filter((group) => groups.includes(group.name)).map((group) => `[${group.title}](#${anchor(group.title)})`);
  const flags = titles.length === 0 ? "" : `\nFlags: ${titles.join(" · ")}\n`;
  const others = aliases.length === 0 ? "" : ` Also: ${aliases.map((alias) => `\`cordon ${alias}\``).join(", ")}.`;
  return `## cordon ${name}\n\n${summary}.${others}\n\n    cordon ${name} ${usage}`.trimEnd() + `\n${details === "" ? "" : `\n${details}\n`}${flags}`;
}

function groupSection({ name, title }: Group, { flags }: Table): string {
  const rows = flags.filter((flag) => flag.group === name).map((flag) => `| \`${shown(flag)}\` | ${flag.help.replaceAll("|", "\\|")}${choices(flag)} |`);
  return `## ${title}\n\n| flag | |\n|---|---|\n${rows.join("\n")}\n`;
}

function shown({ name, short, value, placeholder = "" }: Flag): string {
  const argument = value === "none" ? "" : value === "optional" ? `[=<${placeholder}>]` : `=<${placeholder}>`;
  return `${short === undefined ? "" : `-${short}, `}--${name}${argument}`;
}

function choices({ choices: words = [] }: Flag): string {
  return words.length === 0 ? "" : ` (${words.map((word) => `\`${word}\``).join(", ")})`;
}

/** As GitHub makes it from a heading. */
function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");
}
