// `npm run build` and its like within a script: they run here, in the same jail, without npm.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command, Commands, Place } from "./command.ts";
import { inEach, isOfAll, leadsToMembers, packagesOf, readElsewhere } from "./members.ts";
import { findPackage, ScriptError } from "./package-json.ts";
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

/** The words that are left when a runner has taken its flags. */
function passedOn(program: string, args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const kept = program === "npm" ? own.filter((arg) => !arg.startsWith("-")) : withoutFlags(own);
  const others = end === -1 ? [] : args.slice(program === "npm" ? end + 1 : end);
  return [...kept, ...others];
}

/** Parts of Yarn and pnpm that choose packages in ways of their own. */
const UNKNOWN = /^(?:workspaces|multi|filter)$/;

/** `npm …`: a script or a program of node_modules/.bin, here or in members of the workspace. */
function runner(program: string): Command {
  return async (args, place) => {
    const elsewhere = readElsewhere(program, args, (word) => RUN.has(word));
    if (elsewhere === undefined) return await here(program, args, place);
    if (!leadsToMembers(elsewhere)) return await here(program, elsewhere.rest, { ...place, cwd: resolve(place.cwd, elsewhere.folder ?? "") });
    const name = scriptNamed(program, elsewhere.rest);
    const groups = packagesOf(elsewhere, place.cwd).map((group) => group.filter(({ scripts }) => program === "npm" || name === undefined || !isOfAll(elsewhere) || scripts.has(name)));
    const goesOn = program === "npm";
    if (name !== undefined && groups.flat().length === 0 && !args.includes("--if-present")) return refuse(`no member has a script ${JSON.stringify(name)}`, program, args, place);
    return await inEach(groups.map((group) => group.map(({ folder }) => ({ ...place, cwd: folder }))), goesOn, async (there) => await reported(async () => await here(program, elsewhere.rest, there), there));
  };
}

/** The script that is asked for; none where it is a program. */
function scriptNamed(program: string, args: readonly string[]): string | undefined {
  const [first = "", second] = passedOn(program, args);
  if (RUN.has(first)) return second;
  return Object.hasOwn(SHORT, first) ? SHORT[first] : EXEC.has(first) ? undefined : first;
}

/** In one package the command goes wrong and the next one has its turn. */
async function reported(run: () => Promise<number>, { streams }: Place): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    streams.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** The other runners than npm have scripts also without `run`. */
async function here(program: string, args: readonly string[], place: Place): Promise<number> {
  const [first = "", ...rest] = passedOn(program, args);
  if (RUN.has(first)) return script(rest, args, place);
  if (Object.hasOwn(SHORT, first)) return script([SHORT[first] ?? "", ...rest], args, place);
  if (EXEC.has(first)) return start(rest, place);
  if (UNKNOWN.test(first)) return refuse(`"${first}" chooses packages in a way that is not known here; name a member: ${program} ${program === "yarn" ? "workspace NAME" : "--filter NAME"}`, program, args, place);
  if (program === "npm" || first === "") return refuse(`${program} is not part of the jail; ${program} run is`, program, args, place);
  return findPackage(place.cwd).scripts.has(first) ? script([first, ...rest], args, place) : start([first, ...rest], place);
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
