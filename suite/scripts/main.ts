// The program behind `cordon run <script>`: dist/shell.cjs, started in the jail.
//   shell.cjs run <script> [args…]      a script of package.json
//   shell.cjs -c <command> [args…]      one line, in place of /bin/sh
//   shell.cjs node --run <script>       in place of the engine's own, which starts /bin/sh
//   shell.cjs npm <command> [args…]     what tools start as npm, npx, yarn or pnpm
import type { Place } from "./command.ts";
import { conditions } from "./conditions.ts";
import { fileCommands } from "./files.ts";
import { nodeRun } from "./node-run.ts";
import { ScriptError, findPackage } from "./package-json.ts";
import { runScript } from "./run.ts";
import { runnerCommands } from "./runners.ts";
import { createShell } from "./shell.ts";

async function main([mode = "", first = "", ...rest]: readonly string[]): Promise<number> {
  const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  const execute = createShell({ ...fileCommands, ...conditions, ...runnerCommands });
  const place: Place = { cwd: process.cwd(), env: process.env, streams, execute };
  switch (mode) {
    case "run":
      return runScript(findPackage(place.cwd), first, rest, place);
    case "-c":
      return execute(first, rest, place);
  }
  if (mode === "node") return nodeRun([first, ...rest], place);
  const runner = Object.hasOwn(runnerCommands, mode) ? runnerCommands[mode] : undefined;
  if (runner !== undefined) return runner([first, ...rest].filter((word) => word !== ""), place);
  process.stderr.write(`Cannot start the shell with ${JSON.stringify(mode)}\n`);
  return 2;
}

function fail(error: unknown): void {
  if (!(error instanceof ScriptError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

// The engine ends where nothing is left to wait for: a script whose end is not known by then has not succeeded. It is the
// exit code that the engine itself has for this.
process.exitCode = 13;
main(process.argv.slice(2)).then((code) => (process.exitCode = code), fail);
