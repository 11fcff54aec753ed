// Kills installations in a chosen phase, and looks at what is left: node_modules is the old tree or the new one, so are
// package.json and the lockfile, and the next installation succeeds and leaves nothing behind.
import assert from "node:assert/strict";
import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { startCordon } from "../harness/index.ts";
import type { Packages, Trouble } from "../registry/index.ts";
import { makeWorld, type World } from "./world.ts";

export const PHASES = ["resolve", "fetch", "verify", "unpack", "link", "write the lockfile"] as const;
export type Phase = (typeof PHASES)[number];

const NAMES = Array.from({ length: 8 }, (_, index) => `p${index}`);
const FILES = Array.from({ length: 40 }, (_, index) => `d${index % 5}/f${index}.js`);

function packages(): Packages {
  const contents = (version: string): Record<string, string> => Object.fromEntries(FILES.map((file) => [file, `${version} ${"x".repeat(2000)}`]));
  const versions = Object.fromEntries(["1.0.0", "2.0.0"].map((version) => [version, { files: contents(version) }]));
  return Object.fromEntries(NAMES.map((name) => [name, { versions, tags: { latest: "2.0.0" } }]));
}

const manifest = (version: string): object => ({ name: "project", version: "1.0.0", dependencies: Object.fromEntries(NAMES.map((name) => [name, `^${version}`])) });

type Owner = Parameters<typeof makeWorld>[0];

/** Kills one update from 1.0.0 to 2.0.0, after `after` events of its phase; false where it ended before. */
export async function killOne(owner: Owner, phase: Phase, after: number): Promise<boolean> {
  const troubles: Trouble[] = [];
  const world = await makeWorld(owner, packages(), { "package.json": manifest("1.0.0") }, { troubles, latency: 2 });
  assert.equal((await world.cordon(["install"])).code, 0);
  world.project.write({ "package.json": manifest("2.0.0") });
  const lockfile = world.read("package-lock.json");
  // Half of a tarball comes, and the digest of it is waited for.
  if (phase === "verify") troubles.push({ path: new RegExp(`^/p${after % NAMES.length}/-/`), fault: { kind: "stall" } });
  const running = startCordon(["install"], { cwd: world.project.folder, env: { HOME: world.home.folder, NPM_CONFIG_REGISTRY: world.registry.url } });
  const stop = await Promise.race([arrival(world, phase, after).then(() => true), running.ended.then(() => false)]);
  if (stop) running.child.kill("SIGKILL");
  const ended = await running.ended;
  troubles.length = 0;
  const title = `${phase}, after ${after}`;
  assert.ok(["1.0.0", "2.0.0"].includes(treeOf(world, title)), title);
  const left = world.read("package-lock.json") ?? "";
  assert.ok(left === lockfile || (JSON.parse(left) as { packages: Record<string, { version?: string }> }).packages["node_modules/p0"]?.version === "2.0.0", `${title}: the lockfile is neither`);
  await recovers(world, title);
  return stop && ended.signal === "SIGKILL";
}

async function recovers(world: World, title: string): Promise<void> {
  const again = await world.cordon(["install"]);
  assert.equal(again.code, 0, `${title}: ${again.stderr}`);
  assert.equal(treeOf(world, title), "2.0.0", title);
  assert.deepEqual(readdirSync(world.project.folder).toSorted(), ["node_modules", "package-lock.json", "package.json"], title);
  assert.deepEqual(readdirSync(storeOf(world, "v1/tmp")), [], `${title}: the store is clean`);
  const verified = await world.cordon(["store", "verify", "--json"]);
  assert.deepEqual((JSON.parse(verified.stdout) as { taken: string[] }).taken, [], `${title}: the store is whole`);
}

/** The version of every file of every package; an error where two differ. */
function treeOf(world: World, title: string): string {
  const versions = NAMES.flatMap((name) => FILES.map((file) => world.read(`node_modules/${name}/${file}`)?.split(" ")[0] ?? `nothing at ${name}/${file}`));
  const own = NAMES.map((name) => (world.readJson(`node_modules/${name}/package.json`) as { version?: string } | null)?.version ?? `no ${name}`);
  const all = new Set([...versions, ...own]);
  assert.equal(all.size, 1, `${title}: the tree is ${[...all].join(", ")}`);
  return [...all][0] ?? "";
}

function storeOf(world: World, path: string): string {
  return join(world.home.folder, ".cache/cordon/store", path);
}

/** Settles when the phase has seen `after` events. */
async function arrival(world: World, phase: Phase, after: number): Promise<void> {
  const before = world.registry.seen.length;
  const fresh = (isTarball: boolean): number => world.registry.seen.slice(before).filter((seen) => seen.path.includes("/-/") === isTarball).length;
  switch (phase) {
    case "resolve":
      return until(() => fresh(false) > after % NAMES.length);
    case "fetch":
      return until(() => fresh(true) > after % NAMES.length);
    case "verify":
      return until(() => world.registry.seen.slice(before).some((seen) => seen.path.startsWith(`/p${after % NAMES.length}/-/`)));
    case "unpack":
      return events(storeOf(world, "v1/tmp"), after, (name) => /^\d+-\d+/.test(name));
    case "link":
      return events(world.project.folder, after, (name) => /^\.cordon-install-[0-9a-f]+\/tree\/node_modules\/p\d/.test(name));
    case "write the lockfile":
      return events(world.project.folder, after % 2, (name) => name === "package-lock.json");
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Waits for changes of names below `folder`. */
function events(folder: string, after: number, counts: (name: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const watcher: FSWatcher = watch(folder, { recursive: true }, (_, name) => {
      if (name === null || !counts(name)) return;
      count += 1;
      if (count <= after) return;
      watcher.close();
      resolve();
    });
    watcher.on("error", () => {}); // A folder that is gone again was not the one.
    watcher.unref();
  });
}
