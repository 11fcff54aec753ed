// The portable shell: @yarnpkg/shell with built-in commands of cordon's own. This folder is the only one that imports it.
import { execute as executeShell, ShellError } from "@yarnpkg/shell";
import type { Command, Commands, Execute, Place } from "./command.ts";
import { glob } from "./glob.ts";
import { listsOf, parse } from "./compounds.ts";
import { type Builtins, controls, type RunLine } from "./control.ts";
import { UnknownSyntax } from "./lines.ts";
import { REDIRECT, redirections } from "./redirections.ts";
import { ScriptError } from "./package-json.ts";

export function createShell(commands: Commands): Execute {
  const execute: Execute = async (text, args, { cwd, env, streams }) => {
    const builtins: Builtins = Object.fromEntries(Object.entries({ ...commands, echo }).map(([name, command]) => [name, builtin(name, command, execute)]));
    // The library's paths are strings of a type of their own.
    const runLine: RunLine = async (line, own, state, more) => await executeShell(line, own, { cwd: state.cwd, env: state.environment, variables: state.variables, builtins: { ...builtins, ...more }, glob, stdin: state.stdin, stdout: state.stdout, stderr: state.stderr });
    builtins[REDIRECT] = redirections(runLine);
    try {
      const { line, compounds } = parse(text);
      for (const list of compounds.flatMap(listsOf)) await refuseUnreadable(list);
      return await executeShell(line, [...args], { cwd: cwd as never, env: { ...env, PWD: cwd }, builtins: { ...builtins, ...controls(compounds, runLine) }, glob, ...streams });
    } catch (error) {
      if (!isMisuse(error)) throw error;
      streams.stderr.write(`Cannot run ${JSON.stringify(text)}: ${error.message}\n`);
      return 2;
    }
  };
  return execute;
}

/** Before anything of the line runs: the library reads all of what it is given, and runs nothing behind `false &&`. */
async function refuseUnreadable(list: string): Promise<void> {
  if (list !== "") await executeShell(`false && (${list})`, [], { glob });
}

/** Something that the shell cannot read: its parser throws a class of its own, with the place in the text. */
function isMisuse(error: unknown): error is Error {
  return error instanceof ShellError || error instanceof UnknownSyntax || (error instanceof Error && (error.name === "SyntaxError" || error.message.startsWith("Parse error")));
}

function builtin(name: string, command: Command, execute: Execute): Builtins[string] {
  return async (args, _options, state) => {
    const streams = { stdin: state.stdin, stdout: state.stdout, stderr: state.stderr };
    try {
      return await command(args, { cwd: state.cwd, env: state.environment, streams, execute });
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error;
      state.stderr.write(`${error instanceof ScriptError ? "" : `${name}: `}${error.message}\n`);
      return 1;
    }
  };
}

/** With `-n`, which the library's lacks. */
function echo(args: string[], { streams }: Place): number {
  const bare = args[0] === "-n";
  streams.stdout.write(args.slice(bare ? 1 : 0).join(" ") + (bare ? "" : "\n"));
  return 0;
}
