// node_modules as npm fills it from the same lockfile, and what is said about packages with scripts.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { test } from "node:test";
import { makeProject, start } from "../harness/index.ts";
import { differences, hiddenDiffers, readTree } from "../projects/tree.ts";
import type { Packages } from "../registry/index.ts";
import { makeWorld } from "./world.ts";

const program = { "cli.js": "#!/usr/bin/env node\n", "lib/data.json": "{}" };
const bundled = { path: "package/node_modules/inner/package.json", content: '{"name":"inner","version":"9.0.0","bin":{"inner":"x.js"}}' };
const packages: Packages = {
  tool: { versions: { "1.0.0": { manifest: { bin: { tool: "./cli.js", "tool-too": "cli.js" }, dependencies: { inner: "1" } }, files: program }, "2.0.0": { manifest: { bin: "cli.js", dependencies: { inner: "2" } }, files: program } } },
  "@scope/tool": { versions: { "1.0.0": { manifest: { bin: { "scoped-tool": "cli.js" }, optionalDependencies: { elsewhere: "1" }, dependencies: { tool: "1" } }, files: program } } },
  inner: { versions: { "1.0.0": { manifest: { bin: { inner: "cli.js" } }, files: program }, "2.0.0": { manifest: { bin: { inner: "cli.js" } }, files: program } } },
  plain: { versions: { "1.0.0": {} } },
  elsewhere: { versions: { "1.0.0": { manifest: { os: ["darwin"] } } } },
  holder: { versions: { "1.0.0": { manifest: { bundleDependencies: ["inner"], dependencies: { inner: "9" } }, entries: [bundled, { path: "package/node_modules/inner/x.js", content: "", mode: 0o755 }] } } },
};
const root = { name: "root", workspaces: ["members/*"], dependencies: { tool: "2", "@scope/tool": "1", holder: "1", alias: "npm:plain@1" } };

test("node_modules is npm's, entry by entry, for one lockfile", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": root, "members/one/package.json": { name: "one", version: "1.0.0", dependencies: { inner: "1" } }, "members/two/package.json": { name: "@w/two", version: "1.0.0", bin: "x.js", dependencies: { one: "*" } }, "members/two/x.js": "" });
  const locked = await world.npm("install", "--package-lock-only");
  assert.equal(locked.code, 0, locked.stderr);
  const other = makeProject(t);
  cpSync(world.project.folder, other.folder, { recursive: true });
  const byNpm = await start("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: other.folder, env: { HOME: world.home.folder, NPM_CONFIG_REGISTRY: world.registry.url } }).ended;
  assert.equal(byNpm.code, 0, byNpm.stderr);
  const byCordon = await world.cordon(["ci"]);
  assert.equal(byCordon.code, 0, byCordon.stderr);
  const members = ["members/one", "members/two"];
  const tree = readTree(world.project.folder, members);
  assert.deepEqual(differences(readTree(other.folder, members), tree), []);
  assert.equal(hiddenDiffers(other.folder, world.project.folder), false);
  for (const bin of ["tool", "scoped-tool", "inner", "two"]) assert.ok(tree.has(`node_modules/.bin/${bin}`), bin);
});

test("what is known about a package's script is told with it", async (t) => {
  const wants = { versions: { "1.0.0": { manifest: { scripts: { install: "make" } } } } };
  const world = await makeWorld(t, { "core-js": wants, "better-sqlite3": wants, unheard: wants, bcrypt: wants }, { "package.json": { name: "p", dependencies: { "core-js": "1", "better-sqlite3": "1", unheard: "1", bcrypt: "1" } } });
  const { code, stdout, stderr } = await world.cordon(["install"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ {2}core-js@1\.0\.0 \(install\): works without it$/m);
  assert.match(stdout, /^ {2}bcrypt@1\.0\.0 \(install\): works without it, with the addons grant "bcrypt"$/m);
  assert.match(stdout, /^ {2}better-sqlite3@1\.0\.0 \(install\): its native code is missing: use node:sqlite.*build it \(docs\/native-code\.md\)$/m);
  assert.match(stdout, /^ {2}unheard@1\.0\.0 \(install\)$/m);
});
