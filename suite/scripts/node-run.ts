// `node --run <script>`: the engine hands the script to /bin/sh; here it runs in this shell, in the same jail.
import type { Command } from "./command.ts";
import { findPackage, ScriptError } from "./package-json.ts";

/** Flags of the engine whose value is the next word. */
const TAKES_NEXT: ReadonlySet<string> = new Set(["-C", "--conditions", "-r", "--require", "--import", "--env-file", "--env-file-if-exists"]);

/** The script's name and where it stands, in front of the program's file if there is one. */
function asked(args: readonly string[]): { name: string; at: number } | undefined {
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--run") return { name: args[at + 1] ?? "", at: at + 2 };
    if (word.startsWith("--run=")) return { name: word.slice("--run=".length), at: at + 1 };
    if (TAKES_NEXT.has(word)) at++;
    else if (!word.startsWith("-") || word === "-" || word === "--") return undefined;
  }
  return undefined;
}

export function isNodeRun(args: readonly string[]): boolean {
  return asked(args) !== undefined;
}

/** As node(1) documents it: no pre and post scripts, arguments behind `--`, and two variables. */
export const nodeRun: Command = async (args, { cwd, env, streams, execute }) => {
  const { name = "", at = args.length } = asked(args) ?? {};
  const own = findPackage(cwd);
  const text = own.scripts.get(name);
  if (text === undefined) throw new ScriptError("NO_SCRIPT", `Cannot run script ${JSON.stringify(name)} of ${own.folder}/package.json: it has no such script`);
  const rest = args.slice(at);
  const variables = { NODE_RUN_SCRIPT_NAME: name, NODE_RUN_PACKAGE_JSON_PATH: `${own.folder}/package.json` };
  return execute(text, rest[0] === "--" ? rest.slice(1) : rest, { cwd: own.folder, env: { ...env, ...variables }, streams });
};
