// cordon's own caches: what was written in them under one policy, or by a dependency that is gone, runs under no other.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { cordonRun, makeProject, runCordon, type Project } from "../harness/index.ts";

/** A dependency that puts other code into every file of the cache, as long as the honest one. */
const POISONER = `
  const fs = require("node:fs"), path = require("node:path");
  const cache = fs.readFileSync("/proc/self/environ", "latin1").split("\\0").find((line) => line.startsWith("CORDON_CACHE=")).slice(13);
  process.on("exit", () => {
    for (const name of fs.readdirSync(cache, { recursive: true })) {
      const file = path.join(cache, name);
      if (!fs.statSync(file).isFile()) continue;
      const bytes = fs.readFileSync(file, "latin1");
      const poisoned = bytes.replaceAll("honest", "poison");
      if (poisoned !== bytes) { fs.writeFileSync(file, poisoned, "latin1"); console.log("poisoned"); }
    }
  });
`;

type Scene = { project: Project; env: Record<string, string>; cache: string };

/** A program in TypeScript with a lock file, whose cache holds what the poisoner left there. */
async function poisoned(t: TestContext): Promise<Scene> {
  const home = makeProject(t);
  const env = { HOME: home.folder, XDG_CACHE_HOME: home.path("cache"), XDG_STATE_HOME: home.path("state") };
  const project = makeProject(t, {
    "package.json": { name: "a", dependencies: { evil: "1.0.0" }, cordon: { permissions: {} } },
    "package-lock.json": { lockfileVersion: 3, packages: { "node_modules/evil": { version: "1.0.0" } } },
    "tsconfig.json": {},
    "node_modules/evil/index.js": POISONER,
    "word.ts": 'export const word: string = "honest";',
    "main.ts": 'import { word } from "./word.ts"; import { createRequire } from "node:module"; console.log(word); if (process.argv[2] === "evil") createRequire(import.meta.url)("evil");',
  });
  // What changed a moment ago is not kept.
  const before = new Date(Date.now() - 60_000);
  for (const name of ["word.ts", "main.ts"]) utimesSync(project.path(name), before, before);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const options = { cwd: project.folder, env };
  assert.equal((await cordonRun(["main.ts"], options)).stdout, "honest\n");
  const attack = await cordonRun(["main.ts", "evil"], options);
  assert.match(attack.stdout, /^honest\npoisoned\n/, attack.stderr);
  return { project, env, cache: home.path("cache/cordon/runtime") };
}

async function says({ project, env }: Scene, flags: readonly string[] = []): Promise<string> {
  const { stdout, stderr } = await cordonRun([...flags, "main.ts"], { cwd: project.folder, env });
  return stdout === "" ? stderr : stdout;
}

test("under the policy that it was written under the poison works: the tests below show something", async (t) => {
  assert.equal(await says(await poisoned(t)), "poison\n");
});

test("another policy does not run it, by a flag or by the manifest", async (t) => {
  const scene = await poisoned(t);
  for (const flag of ["--allow-read=/etc/hostname", "--allow-env=X", "--allow-net=a.example:443", "--deny-read=/etc/hostname", "--limit-time=60s"]) assert.equal(await says(scene, [flag]), "honest\n", flag);
  scene.project.write({ "package.json": { name: "a", dependencies: { evil: "1.0.0" }, cordon: { permissions: { env: ["X"] } } } });
  assert.equal(await says(scene), "honest\n");
});

for (const [what, change] of [
  ["the lock file", (project) => project.write({ "package-lock.json": { lockfileVersion: 3, packages: {} } })],
  ["package.json", (project) => project.write({ "package.json": { name: "a", cordon: { permissions: {} } } })],
  ["what npm notes in node_modules", (project) => project.write({ "node_modules/.package-lock.json": {} })],
  ["what pnpm notes in node_modules", (project) => project.write({ "node_modules/.modules.yaml": "" })],
] satisfies [string, (project: Project) => void][]) {
  test(`when ${what} changed, as when a dependency is removed, it does not run`, async (t) => {
    const scene = await poisoned(t);
    change(scene.project);
    assert.equal(await says(scene), "honest\n");
  });
}

test("a folder of another policy can't be reached from inside, nor made by its name", async (t) => {
  const scene = await poisoned(t);
  const folders = (): string[] => readdirSync(scene.cache);
  const [first = ""] = folders();
  scene.project.write({
    "reach.ts": `import * as fs from "node:fs"; for (const name of [${JSON.stringify(first)}, "0".repeat(32)]) for (const step of [(path: string) => fs.writeFileSync(path + "/x", ""), (path: string) => fs.mkdirSync(path + "/x", { recursive: true }), (path: string) => fs.readdirSync(path)]) try { step(${JSON.stringify(scene.cache)} + "/" + name); console.log("reached"); } catch { console.log("no"); }`,
  });
  const { stdout } = await cordonRun(["--allow-env=OTHER", "reach.ts"], { cwd: scene.project.folder, env: scene.env });
  assert.equal(stdout, "no\n".repeat(6));
  assert.ok(!existsSync(join(scene.cache, "0".repeat(32))));
});

test("no write grant covers another policy's cache, nor the records of runs", async (t) => {
  const scene = await poisoned(t);
  for (const folder of [scene.cache, scene.env["XDG_STATE_HOME"] ?? ""]) {
    const { code, stderr } = await cordonRun([`--allow-write=${folder}`, "main.ts"], { cwd: scene.project.folder, env: scene.env });
    assert.equal(code, 125, folder);
    assert.match(stderr, /Cannot grant write of/);
  }
});

test("a recorded run changes no record by itself, and what another project's runs used counts for nothing here", async (t) => {
  const home = makeProject(t);
  const env = { HOME: home.folder, XDG_STATE_HOME: home.path("state") };
  const files = {
    "package.json": { name: "a", cordon: { permissions: { env: ["USED"] } } },
    "main.js": `const fs = require("node:fs"); process.env.USED; const folder = ${JSON.stringify(home.path("state/cordon/history"))}; try { for (const name of fs.readdirSync(folder)) fs.appendFileSync(folder + "/" + name, "x"); console.log("changed"); } catch { console.log("out of reach"); }`,
  };
  const [one, other] = [makeProject(t, files), makeProject(t, files)];
  const ran = await cordonRun(["--record", "main.js"], { cwd: one.folder, env });
  assert.equal(ran.stdout, "out of reach\n", ran.stderr);
  const history = home.path("state/cordon/history");
  const records = readdirSync(history).map((name) => readFileSync(join(history, name), "utf8"));
  assert.equal(records.length, 1);
  assert.ok(records.every((record) => !record.split("\n").includes("x")));
  const checked = await runCordon(["permissions", "check", "main.js"], { cwd: other.folder, env });
  assert.match(checked.stdout, /record/i);
});
