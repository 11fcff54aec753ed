// --layout=isolated: programs run from it in the jail, each package sees its own dependencies, and the layout stays.
import assert from "node:assert/strict";
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import type { Packages } from "../registry/index.ts";
import { makeWorld } from "./world.ts";

const tries = (names: readonly string[]): string => `const found = {};
for (const name of ${JSON.stringify(names)}) { try { found[name] = require(name); } catch (error) { found[name] = error.code; } }
module.exports = found;
`;
const packages: Packages = {
  outer: {
    versions: {
      "1.0.0": {
        manifest: { dependencies: { "@s/inner": "^1.0.0" }, peerDependencies: { host: "1" }, bin: { outer: "cli.js" } },
        files: { "index.js": tries(["@s/inner", "host", "deep"]), "cli.js": "#!/usr/bin/env node\nconsole.log(JSON.stringify(require('./index.js')));\n" },
      },
    },
  },
  "@s/inner": { versions: { "1.0.0": { manifest: { dependencies: { deep: "1" } }, files: { "index.js": "module.exports = require('deep') + ' by inner';\n" } } } },
  deep: { versions: { "1.0.0": {}, "2.0.0": {} } },
  host: { versions: { "1.0.0": {} } },
};
const seen = { "@s/inner": "deep@1.0.0 by inner", host: "host@1.0.0", deep: "MODULE_NOT_FOUND" };
const project = { name: "project", dependencies: { outer: "1", host: "1" } };

test("a program runs in the jail from an isolated tree, and its packages see their own dependencies", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { ...project, scripts: { look: "outer" } }, "app.js": tries(["outer", "deep"]) + "console.log(JSON.stringify(found));", "app.ts": "import outer from 'outer';\nconsole.log(JSON.stringify(outer));\n" });
  const installed = await world.cordon(["install", "--layout=isolated"]);
  assert.equal(installed.code, 0, installed.stderr);
  const ran = await world.cordon(["run", "app.js"]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(JSON.parse(ran.stdout), { outer: seen, deep: "MODULE_NOT_FOUND" });
  assert.deepEqual(JSON.parse((await world.cordon(["run", "app.ts"])).stdout), seen);
  assert.deepEqual(JSON.parse((await world.cordon(["run", "node_modules/.bin/outer"])).stdout), seen);
  assert.match((await world.cordon(["run", "look"])).stdout, /"deep@1\.0\.0 by inner"/);
  assert.match((await world.cordon(["exec", "outer"])).stdout, /"deep@1\.0\.0 by inner"/);
});

test("the lockfile is the same, the layout stays, and what changes is changed", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": project, "app.js": "console.log(JSON.stringify(require('outer')));" });
  assert.equal((await world.cordon(["install"])).code, 0);
  const lockfile = world.read("package-lock.json");
  assert.ok(!lstatSync(world.project.path("node_modules/outer")).isSymbolicLink());
  assert.equal((await world.cordon(["install", "--layout=isolated"])).code, 0);
  assert.equal(world.read("package-lock.json"), lockfile);
  assert.equal(readlinkSync(world.project.path("node_modules/outer")), ".cordon/outer@1.0.0/node_modules/outer");
  const added = await world.cordon(["add", "deep@2"]);
  assert.equal(added.code, 0, added.stderr);
  assert.deepEqual(readdirSync(world.project.path("node_modules")).filter((name) => !name.startsWith("@")), [".bin", ".cordon", "deep", "host", "outer"]);
  // Node looks into the project's own node_modules last: what the project itself asks for, its packages see.
  assert.deepEqual(JSON.parse((await world.cordon(["run", "app.js"])).stdout), { ...seen, deep: "deep@2.0.0" });
  const removed = await world.cordon(["remove", "outer"]);
  assert.match(removed.stdout, /removed 3 packages/);
  assert.deepEqual(readdirSync(world.project.path("node_modules/.cordon")).filter((name) => name.includes("@")), ["deep@2.0.0", "host@1.0.0"]);
  assert.equal((await world.cordon(["ci"])).code, 0);
  assert.ok(lstatSync(world.project.path("node_modules/deep")).isSymbolicLink());
});

test(".npmrc names the layout, in cordon's word and in npm's", async (t) => {
  for (const line of ["layout=isolated", "install-strategy=linked"]) {
    const world = await makeWorld(t, packages, { "package.json": project, ".npmrc": `${line}\n` });
    const installed = await world.cordon(["install"]);
    assert.equal(installed.code, 0, installed.stderr);
    assert.ok(lstatSync(world.project.path("node_modules/outer")).isSymbolicLink(), line);
    assert.equal((await world.cordon(["install", "--layout=hoisted"])).code, 0);
    assert.ok(!lstatSync(world.project.path("node_modules/outer")).isSymbolicLink(), line);
  }
});

test("members of a workspace see their own dependencies and the members that they name", async (t) => {
  const member = (name: string, dependencies: object): object => ({ name, version: "1.0.0", dependencies });
  const world = await makeWorld(t, packages, {
    "package.json": { name: "root", workspaces: ["packages/*"] },
    "packages/a/package.json": member("a", { b: "*", deep: "1" }),
    "packages/a/index.js": tries(["b", "deep", "outer"]) + "console.log(JSON.stringify(found));",
    "packages/b/package.json": member("b", { outer: "1", host: "1", deep: "2" }),
    "packages/b/index.js": tries(["outer", "deep"]),
  });
  const installed = await world.cordon(["install", "--layout=isolated"]);
  assert.equal(installed.code, 0, installed.stderr);
  const ran = await world.cordon(["run", "index.js"], { cwd: world.project.path("packages/a") });
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(JSON.parse(ran.stdout), { b: { outer: seen, deep: "deep@2.0.0" }, deep: "deep@1.0.0", outer: "MODULE_NOT_FOUND" });
  assert.match((await world.cordon(["install"])).stdout, /up to date/);
});

test("what a folder of the project asks for lies in it", async (t) => {
  const files = {
    "package.json": { name: "project", dependencies: { lib: "file:lib", deep: "2" } },
    "lib/package.json": { name: "lib", version: "1.0.0", dependencies: { deep: "1" } },
    "lib/index.js": "module.exports = require('deep');",
    "app.js": "console.log(require('lib'), require('deep'));",
  };
  for (const layout of ["hoisted", "isolated"]) {
    const world = await makeWorld(t, packages, files);
    const installed = await world.cordon(["install", `--layout=${layout}`]);
    assert.equal(installed.code, 0, installed.stderr);
    const ran = await world.cordon(["run", "app.js"]);
    assert.equal(ran.stdout, "deep@1.0.0 deep@2.0.0\n", `${layout}: ${ran.stderr}`);
  }
});

test("a folder outside of the project is linked to, and nothing is written into it", async (t) => {
  const world = await makeWorld(t, packages, { "project/package.json": { name: "project", dependencies: { lib: "file:../lib", deep: "2" } }, "lib/package.json": { name: "lib", version: "1.0.0", dependencies: { deep: "1" } } });
  for (const layout of ["hoisted", "isolated"]) {
    const installed = await world.cordon(["install", `--layout=${layout}`], { cwd: world.project.path("project") });
    assert.equal(installed.code, 0, installed.stderr);
    assert.match(installed.stdout, /"\.\.\/lib" lies outside of this project and has dependencies of its own: run cordon install there/);
    assert.deepEqual(readdirSync(world.project.path("lib")), ["package.json"]);
    assert.equal(readlinkSync(world.project.path("project/node_modules/lib")), "../../lib");
  }
});
