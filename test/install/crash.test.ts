// Killed at any moment, an installation leaves files that are old or new, and the next one succeeds.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { start, startCordon } from "../harness/index.ts";
import type { Packages } from "../registry/index.ts";
import { makeWorld, type World } from "./world.ts";

const names = ["a", "b", "c", "d", "e"];
const packages: Packages = Object.fromEntries(names.map((name, index) => [name, { versions: { "1.0.0": { manifest: { dependencies: index + 1 < names.length ? { [names[index + 1] ?? ""]: "1" } : {} } } } }]));

test("kill -9 at any moment of an installation harms nothing", async (t) => {
  for (let moment = 20; moment <= 620; moment += 60) {
    const world = await makeWorld(t, packages, { "package.json": { name: "project", dependencies: { e: "1" } } }, { latency: 20 });
    assert.equal((await world.cordon(["install"])).code, 0);
    const before = { manifest: world.read("package.json"), lockfile: world.read("package-lock.json") };
    const running = startCordon(["add", "a"], { cwd: world.project.folder, env: { HOME: world.home.folder, NPM_CONFIG_REGISTRY: world.registry.url } });
    setTimeout(() => running.child.kill("SIGKILL"), moment);
    await running.ended;
    const manifest = world.read("package.json") ?? "";
    assert.ok(manifest === before.manifest || /"a": "\^1\.0\.0"/.test(manifest), `${moment} ms: ${manifest}`);
    const lockfile = world.read("package-lock.json") ?? "";
    assert.ok(lockfile === before.lockfile || lockfile.includes("node_modules/a"), `${moment} ms: ${lockfile}`);
    assert.ok(world.read("node_modules/e/package.json") !== undefined, `${moment} ms: the tree lost a package`);
    const again = await world.cordon(["add", "a"]);
    assert.equal(again.code, 0, `${moment} ms: ${again.stderr}`);
    assert.ok(names.every((name) => world.read(`node_modules/${name}/index.js`) !== undefined), `${moment} ms`);
    assert.deepEqual(readdirSync(world.project.folder).toSorted(), ["node_modules", "package-lock.json", "package.json"]);
  }
});

test("kill -9 at any moment of a first installation leaves no package, or all of them", async (t) => {
  for (let moment = 10; moment <= 310; moment += 50) {
    const world = await makeWorld(t, packages, { "package.json": { name: "project", dependencies: { a: "1" } } }, { latency: 20 });
    assert.equal((await world.cordon(["install", "--lockfile-only"])).code, 0);
    const running = startCordon(["ci"], { cwd: world.project.folder, env: { HOME: world.home.folder, NPM_CONFIG_REGISTRY: world.registry.url } });
    setTimeout(() => running.child.kill("SIGKILL"), moment);
    await running.ended;
    const there = names.filter((name) => world.read(`node_modules/${name}/index.js`) !== undefined);
    assert.ok(there.length === 0 || there.length === names.length, `${moment} ms: only ${there.join(" ")}`);
    const again = await world.cordon(["ci"]);
    assert.equal(again.code, 0, `${moment} ms: ${again.stderr}`);
    assert.ok(names.every((name) => world.read(`node_modules/${name}/index.js`) !== undefined), `${moment} ms`);
  }
});

test("two installations at once in one project are one after the other", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "project" } }, { latency: 20 });
  const outcomes = await Promise.all(names.map((name) => world.cordon(["add", name])));
  for (const outcome of outcomes) assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(Object.keys(world.readJson("package.json")["dependencies"] ?? {}).toSorted(), names);
  assert.equal((await world.cordon(["ci"])).code, 0);
});

/** What an installation leaves that is killed between two renames: "a" is new, "b" is not. */
function interrupt(world: World): void {
  const own = "node_modules/.cordon";
  world.project.write({
    "node_modules/a/index.js": "module.exports = 'new';",
    "node_modules/b/index.js": "module.exports = 'old';",
    [`${own}/staging/1/index.js`]: "module.exports = 'new';",
    [`${own}/journal`]: "cordon journal 1\nput 0 node_modules/a\nput 1 node_modules/b\n",
    "app.js": "console.log(require('a'), require('b'));",
    "below/app.js": "console.log(require('a'), require('b'));",
  });
}

test("a program never sees a part of an old tree and a part of a new one", async (t) => {
  for (const words of [["run", "app.js"], ["run", "below/app.js"], ["exec", "c"]]) {
    const world = await makeWorld(t, packages, { "package.json": { name: "project", dependencies: {} } });
    interrupt(world);
    world.project.write({ "node_modules/.bin/c": "#!/usr/bin/env node\nrequire('../../app.js')" });
    const outcome = await world.cordon(words);
    assert.equal(outcome.stdout, "new new\n", outcome.stderr);
    assert.equal(world.read("node_modules/.cordon/journal"), undefined);
  }
  // Started from elsewhere.
  const world = await makeWorld(t, packages, { "package.json": { name: "project", dependencies: {} } });
  interrupt(world);
  const outcome = await world.cordon(["run", world.project.path("app.js")], { cwd: world.home.folder });
  assert.equal(outcome.stdout, "new new\n", outcome.stderr);
});

test("what starts after the rest was done has its jail whole", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "project", dependencies: {} } });
  // The launcher's own home is out of sight where there are namespaces.
  world.project.write({ "app.js": "console.log(process.pid === 2, require('fs').existsSync(process.argv[2]))" });
  const words = ["run", "app.js", world.home.folder];
  const before = await world.cordon(words);
  world.project.write({ "node_modules/.cordon/journal": "cordon journal 1\n", "node_modules/.cordon/staging/kept": "" });
  const after = await world.cordon(words);
  assert.equal(world.read("node_modules/.cordon/journal"), undefined);
  assert.equal(after.stdout, before.stdout, after.stderr);
});

test("a journal in a folder above that is another project's, or anybody's, keeps nothing from starting", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "above" }, "own/package.json": { name: "own" }, "own/app.js": "console.log('started')" });
  world.project.write({ "node_modules/.cordon/journal": "cordon journal 1\nput 0 ../outside\n" });
  const outcome = await world.cordon(["run", "app.js"], { cwd: world.project.path("own") });
  assert.equal(outcome.stdout, "started\n", outcome.stderr);
  assert.ok(world.read("node_modules/.cordon/journal") !== undefined);
});

test("where the rest of an installation cannot be done, nothing starts", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "project", dependencies: {} } });
  interrupt(world);
  world.project.write({ "node_modules/.cordon/journal": "cordon journal 1\nput 0 ../outside\n" });
  const outcome = await world.cordon(["run", "app.js"]);
  assert.equal(outcome.code, 125);
  assert.match(outcome.stderr, /an installation was killed while it put packages in place.*remove node_modules and run cordon install/);
});

test("an installer that is killed alone, while it puts packages in place, is finished for", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "project", dependencies: {} } });
  assert.equal((await world.cordon(["install"])).code, 0);
  interrupt(world);
  // Who has this lock keeps the installer from the renames.
  const lock = world.project.path("node_modules/.cordon/lock");
  const holder = start("flock", [lock, "sleep", "600"]);
  t.after(() => void holder.child.kill("SIGKILL"));
  while ((await start("flock", ["-n", lock, "true"]).ended).code === 0);
  const running = startCordon(["install"], { cwd: world.project.folder, env: { HOME: world.home.folder, NPM_CONFIG_REGISTRY: world.registry.url } });
  while (!running.output.stderr.includes("Waiting for another installation")) await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(installerIn(world.project.folder), "SIGKILL");
  process.kill(-(holder.child.pid ?? 0), "SIGKILL");
  const outcome = await running.ended;
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stderr, /the installer was killed while it put packages in place/);
  assert.equal(world.read("node_modules/.cordon/journal"), undefined);
  assert.match(world.read("node_modules/b/index.js") ?? "", /new/);
});

/** The process that fills the project's node_modules. */
function installerIn(project: string): number {
  const commandOf = (id: string): string => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, "utf8");
    } catch {
      return ""; // It ended meanwhile.
    }
  };
  const found = readdirSync("/proc").find((id) => /^\d+$/.test(id) && commandOf(id).startsWith("cordon-install\0") && commandOf(id).includes(project));
  assert.ok(found !== undefined, "the installer runs");
  return Number(found);
}
