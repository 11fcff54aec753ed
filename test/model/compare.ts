// One world: what the model says of random requests, and what the jailed prober experienced.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { engine, makeLooseProject, root, runCordon, start } from "../harness/index.ts";
import { openSocket, type Listeners } from "./listeners.ts";
import { makePolicy, variables } from "./policy.ts";
import { seeded } from "./random.ts";
import { type Case, makeCase } from "./requests.ts";
import { makeWorld, type World } from "./world.ts";

export type Difference = { readonly seed: number; readonly flags: readonly string[]; readonly attempt: string; readonly model: string; readonly jail: string };

/** What one world gave; `refused` when the policy cannot be held and both said so. */
export type Result = { readonly cases: number; readonly refused: boolean; readonly differences: readonly Difference[] };

const requestsInWorld = 30;
const decider = join(root, "launcher/target/debug/examples/decide");

export function buildDecider(): void {
  execFileSync("cargo", ["build", "--quiet", "--locked", "--manifest-path", join(root, "launcher/Cargo.toml"), "--example", "decide"], { stdio: "inherit" });
}

export async function compareWorld(seed: number, listeners: Listeners): Promise<Result> {
  const random = seeded(seed);
  const loose = makeLooseProject();
  const closers: (() => void)[] = [];
  try {
    const world = makeWorld(random, loose.folder);
    prepare(world);
    for (const number of [0, 1]) closers.push(await openSocket(join(world.outside, `socket-${number}`)));
    // Nothing starts where the program's own package.json is denied.
    const flags = makePolicy(random, world, listeners.ports).filter((flag) => !deniedBy(flag, world).some((path) => `${world.project}/`.startsWith(`${path}/`)));
    const cases = Array.from({ length: requestsInWorld }, () => makeCase(random, world, listeners.ports));
    return await compareCases(seed, world, flags, cases);
  } finally {
    for (const close of closers) close();
    loose.remove();
  }
}

/** The program, and programs that it may be allowed to start. */
function prepare(world: World): void {
  copyFileSync(join(import.meta.dirname, "fixtures/prober.cjs"), join(world.project, "prober.cjs"));
  writeFileSync(join(world.project, "package.json"), "{}");
  const bin = join(world.outside, "bin");
  mkdirSync(bin);
  const native = realpathSync("/bin/true");
  for (const name of ["one", "two"]) copyFileSync(native, join(bin, name));
  writeFileSync(join(bin, "one.sh"), "#!/nowhere/interpreter\n");
  for (const name of ["one", "two", "one.sh"]) chmodSync(join(bin, name), 0o755);
}

async function compareCases(seed: number, world: World, flags: readonly string[], cases: readonly Case[]): Promise<Result> {
  const values = { ...Object.fromEntries(variables.map((name) => [name, "value"])), NODE_OPTIONS: "--no-warnings" };
  const options = { cwd: world.project, env: { ...values, ENGINE: engine } };
  const questions = cases.map((one) => one.question).join("\n");
  const model = await start(decider, ["run", ...flags, "prober.cjs"], { ...options, input: `${questions}\n` }).ended;
  const attempts = JSON.stringify(cases.map((one) => one.attempt));
  const jail = await runCordon(["run", "--quiet", ...flags, "prober.cjs"], { ...options, input: attempts });
  if (model.code !== 0 && jail.code === 125) return { cases: 0, refused: true, differences: [] };
  if (model.code !== 0 || jail.code !== 0) {
    return { cases: 0, refused: false, differences: [{ seed, flags, attempt: "start", model: model.stderr, jail: `${jail.code} ${jail.stderr}` }] };
  }
  return { cases: cases.length, refused: false, differences: differences(seed, world, flags, cases, model.stdout.split("\n"), jail.stdout.split("\n")) };
}

function differences(seed: number, world: World, flags: readonly string[], cases: readonly Case[], answers: readonly string[], experiences: readonly string[]): Difference[] {
  const found: Difference[] = [];
  for (const [index, one] of cases.entries()) {
    const model = answers[index] ?? "nothing";
    const jail = experiences[index] ?? "nothing";
    if (model !== jail && !isTolerated(one, jail, world, flags)) found.push({ seed, flags, attempt: JSON.stringify(one.attempt), model, jail });
  }
  return found;
}

/** See `Tolerance`. */
function isTolerated({ attempt, tolerance }: Case, jail: string, world: World, flags: readonly string[]): boolean {
  switch (tolerance) {
    case "none":
      return false;
    case "link":
      return jail === "deny" && !flags.includes("--namespaces=off");
    case "listing": {
      const folder = realpathSync(attempt.subject);
      const denied = flags.flatMap((flag) => deniedBy(flag, world));
      if (jail === "allow") return folder.startsWith(`${world.project}/`);
      return denied.some((path) => path.startsWith(`${folder}/`)) || (attempt.subject !== folder && !flags.includes("--namespaces=off"));
    }
  }
}

function deniedBy(flag: string, world: World): string[] {
  const prefix = "--deny-read=";
  return flag.startsWith(prefix) ? [real(resolve(world.project, flag.slice(prefix.length)))] : [];
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
