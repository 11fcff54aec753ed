// The portable shell: @yarnpkg/shell with built-in commands of cordon's own. This folder is the only one that imports it.
import { execute as executeShell, ShellError } from "@yarnpkg/shell";
import type { Command, Commands, Execute, Place } from "./command.ts";
import { glob } from "./glob.ts";
import { translated, UnknownSyntax } from "./lines.ts";
import { ScriptError } from "./package-json.ts";

export function createShell(commands: Commands): Execute {
  const execute: Execute = async (text, args, { cwd, env, streams }) => {
    const builtins = Object.fromEntries(Object.entries({ ...commands, echo }).map(([name, command]) => [name, builtin(name, command, execute)]));
    try {
      // The library's paths are strings of a type of their own.
      return await executeShell(translated(text), [...args], { cwd: cwd as never, env: { ...env, PWD: cwd }, builtins, glob, ...streams });
    } catch (error) {
      if (!isMisuse(error)) throw error;
      streams.stderr.write(`Cannot run ${JSON.stringify(text)}: ${error.message}\n`);
      return 2;
    }
  };
  return execute;
}

/** Something that the shell cannot read: its parser throws a class of its own, with the place in the text. */
function isMisuse(error: unknown): error is Error {
  return error instanceof ShellError || error instanceof UnknownSyntax || (error instanceof Error && (error.name === "SyntaxError" || error.message.startsWith("Parse error")));
}

type ShellBuiltin = NonNullable<NonNullable<Parameters<typeof executeShell>[2]>["builtins"]>[string];

function builtin(name: string, command: Command, execute: Execute): ShellBuiltin {
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
