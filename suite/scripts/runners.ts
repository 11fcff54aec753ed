// `npm run build` and its like within a script: they run here, in the same jail, without npm.
import type { Command, Commands, Place } from "./command.ts";
import { findPackage } from "./package-json.ts";
import { runScript } from "./run.ts";

const SHORT: Readonly<Record<string, string>> = { test: "test", t: "test", tst: "test", start: "start", stop: "stop", restart: "restart" };
const RUN = new Set(["run", "run-script", "rum", "urn"]);
const EXEC = new Set(["exec", "x", "dlx"]);

/** The words behind the flags in front. */
function withoutFlags(args: readonly string[]): string[] {
  const start = args.findIndex((arg) => !arg.startsWith("-"));
  return start === -1 ? [] : args.slice(start);
}

/** npm takes `--` between a name and what is passed on. */
function split([name = "", ...rest]: readonly string[]): [string, string[]] {
  return [name, rest[0] === "--" ? rest.slice(1) : rest];
}

/** `npm …`: a script or a program of node_modules/.bin; with `names`, as the others have it, also without `run`. */
function runner(program: string, names: "with run" | "alone too"): Command {
  return async (args, place) => {
    const words = withoutFlags(args);
    const [first = "", ...rest] = words;
    if (RUN.has(first)) return script(withoutFlags(rest), args, place);
    if (Object.hasOwn(SHORT, first)) return script([SHORT[first] ?? "", ...rest], args, place);
    if (EXEC.has(first)) return start(withoutFlags(rest), place);
    if (names === "alone too" && first !== "") return findPackage(place.cwd).scripts.has(first) ? script(words, args, place) : start(words, place);
    place.streams.stderr.write(`Cannot run ${JSON.stringify([program, ...args].join(" "))}: ${program} is not part of the jail; ${program} run is\n`);
    return 1;
  };
}

async function script(words: readonly string[], args: readonly string[], place: Place): Promise<number> {
  const [name, rest] = split(words);
  const own = findPackage(place.cwd);
  if (args.includes("--if-present") && !own.scripts.has(name)) return 0;
  return runScript(own, name, rest, place);
}

async function start(words: readonly string[], place: Place): Promise<number> {
  const [name, rest] = split(words);
  return place.execute('"$@"', [name, ...rest], place);
}

const npx: Command = async (args, place) => start(withoutFlags(args), place);

/** `cordon run x`, `cordon x`: this jail is joined, as by every cordon in a jail. */
const cordon: Command = async (args, place) => {
  const words = withoutFlags(args);
  const [name = "", ...rest] = words[0] === "run" ? withoutFlags(words.slice(1)) : words;
  if (findPackage(place.cwd).scripts.has(name)) return script([name, ...rest], [], place);
  return place.execute('node "$@"', [name, ...rest], place);
};

export const runnerCommands: Commands = {
  npm: runner("npm", "with run"),
  pnpm: runner("pnpm", "alone too"),
  yarn: runner("yarn", "alone too"),
  bun: runner("bun", "alone too"),
  npx,
  bunx: npx,
  cordon,
};
