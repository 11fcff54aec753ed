// `npm run build` and its like within a script: they run here, in the same jail, without npm.
import { existsSync } from "node:fs";
import { join } from "node:path";
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

/** Flags that mean other packages or folders than this one: to leave them out would run something else. */
const ELSEWHERE = /^(?:-r|--recursive|-F|--filter|-w|--workspaces?|--workspace-root|-C|--dir|--cwd|--prefix)(?:=|$)/;

/** npm takes every flag before `--` for itself, the others those in front of the script's name. */
function ownFlags(program: string, args: readonly string[]): string[] {
  const rest = program === "npm" ? args.indexOf("--") : args.findIndex((arg) => !arg.startsWith("-") && !RUN.has(arg));
  return rest === -1 ? [...args] : args.slice(0, rest);
}

/** The words that are left when a runner has taken its flags. */
function passedOn(program: string, args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const kept = program === "npm" ? own.filter((arg) => !arg.startsWith("-")) : withoutFlags(own);
  const others = end === -1 ? [] : args.slice(program === "npm" ? end + 1 : end);
  return [...kept, ...others];
}

/** `npm …`: a script or a program of node_modules/.bin; the others have scripts also without `run`. */
function runner(program: string): Command {
  return async (args, place) => {
    const elsewhere = ownFlags(program, args).find((flag) => ELSEWHERE.test(flag));
    if (elsewhere !== undefined) return refuse(`${elsewhere} leads to other packages; run their scripts by cd and npm run`, program, args, place);
    const [first = "", ...rest] = passedOn(program, args);
    if (RUN.has(first)) return script(rest, args, place);
    if (Object.hasOwn(SHORT, first)) return script([SHORT[first] ?? "", ...rest], args, place);
    if (EXEC.has(first)) return start(rest, place);
    if (program === "npm" || first === "") return refuse(`${program} is not part of the jail; ${program} run is`, program, args, place);
    return findPackage(place.cwd).scripts.has(first) ? script([first, ...rest], args, place) : start([first, ...rest], place);
  };
}

function refuse(why: string, program: string, args: readonly string[], { streams }: Place): number {
  streams.stderr.write(`Cannot run ${JSON.stringify([program, ...args].join(" "))}: ${why}\n`);
  return 1;
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

/** `cordon build`, `cordon run build`: as npm run. The rest is cordon's own, which joins this jail and narrows it. */
const cordon: Command = async (args, place) => {
  const [name = "", ...rest] = args[0] === "run" ? args.slice(1) : args;
  if (findPackage(place.cwd).scripts.has(name)) return script([name, ...rest], [], place);
  const launcher = (place.env["PATH"] ?? "").split(":").map((folder) => join(folder, "cordon")).find(existsSync);
  if (launcher === undefined) return refuse("cordon is not granted; add it to run", "cordon", args, place);
  return place.execute('"$@"', [launcher, ...args], place);
};

export const runnerCommands: Commands = {
  npm: runner("npm"),
  pnpm: runner("pnpm"),
  yarn: runner("yarn"),
  bun: runner("bun"),
  npx,
  bunx: npx,
  cordon,
};
