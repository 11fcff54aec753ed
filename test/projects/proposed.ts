// Builds, tests and starts a project with the manifest that `cordon init` proposes, and with what cordon then says is missing.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cordon, type Place } from "./installers.ts";
import { freePort, installed, perform } from "./jailed.ts";
import type { Project } from "./projects.ts";
import type { Step } from "./runs.ts";

type Grants = Readonly<Record<string, readonly string[]>>;
type Key = { permissions?: Grants; scripts?: Readonly<Record<string, Grants>> };

export type Proposed = { readonly name: string; readonly steps: readonly string[]; readonly proposed: Grants; readonly named: Grants; readonly problems: readonly string[] };

/** So often something more is named before it counts as not getting anywhere. */
const ROUNDS = 6;

export async function runProposed(base: string, project: Project, steps: readonly Step[], home: string): Promise<Proposed> {
  const { place, problems } = await installed(base, project, steps, home);
  const found = await cordon(place, "init", "--write");
  if (found.code !== 0) problems.push(`cordon init: ${found.stderr}`);
  const { permissions = {}, scripts = {} } = keyOf(place);
  const proposed = Object.values(scripts).reduce(joined, permissions);
  let named: Grants = {};
  const port = await freePort();
  if (found.code === 0) writeKey(place, withPort(keyOf(place), port));
  for (const step of problems.length === 0 ? steps : []) {
    let failed = await perform(place, step, port, ["run", step.script]);
    for (let round = 0; failed.length > 0 && round < ROUNDS; round++) {
      const missing = advice(failed.join("\n"));
      if (Object.keys(missing).length === 0) break;
      named = joined(named, missing);
      writeKey(place, { ...keyOf(place), permissions: joined(keyOf(place).permissions ?? {}, missing) });
      // Some tools keep in there that something was refused.
      if (step.makes !== undefined) rmSync(join(place.folder, dirname(step.makes)), { recursive: true, force: true });
      failed = await perform(place, step, port, ["run", step.script]);
    }
    problems.push(...failed);
  }
  return { name: project.name, steps: steps.map(({ line }) => line), proposed, named: withoutPorts(named), problems };
}

/** What cordon says is to be written into package.json. */
function advice(text: string): Grants {
  const keys = [...text.matchAll(/^ {2}to grant it, write in package\.json: "cordon": (\{.+\})$/gm)].map(([, json = ""]) => JSON.parse(json) as Key);
  return keys.map(({ permissions = {} }) => permissions).reduce(joined, {});
}

function joined(one: Grants, other: Grants): Grants {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, [...new Set([...(one[name] ?? []), ...(other[name] ?? [])].map(String))]]));
}

/** The port that is proposed may be somebody's on this machine. */
function withPort(key: Key, port: number): Key {
  const change = (grants: Grants): Grants => ({ ...grants, ...(grants["listen"] === undefined ? {} : { listen: grants["listen"].map((one) => (one === "3000" ? String(port) : one)) }) });
  return { permissions: change(key.permissions ?? {}), scripts: Object.fromEntries(Object.entries(key.scripts ?? {}).map(([name, grants]) => [name, change(grants)])) };
}

function withoutPorts(grants: Grants): Grants {
  return Object.fromEntries(Object.entries(grants).map(([permission, list]) => [permission, list.map((one) => one.replace(/:\d{4,5}$/, ":<port>"))]));
}

function keyOf({ folder }: Place): Key {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { cordon?: Key }).cordon ?? {};
}

function writeKey({ folder }: Place, cordon: Key): void {
  const file = join(folder, "package.json");
  writeFileSync(file, `${JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), cordon }, null, 2)}\n`);
}
