// What cordon install refuses, passes over and shows, before anything is put in place.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Packages } from "../registry/index.ts";
import { makeWorld } from "./world.ts";

const project = (dependencies: Record<string, string>): object => ({ name: "project", version: "1.0.0", dependencies });

test("no script runs, of a dependency or of the project, and the user hears who wanted one", async (t) => {
  const canary = "node -e \"require('fs').writeFileSync(process.env.INIT_CWD ? process.env.INIT_CWD + '/canary' : '../../canary', '')\"";
  const scripts = Object.fromEntries(["preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare", "postprepare"].map((name) => [name, canary]));
  const packages: Packages = {
    wants: { versions: { "1.0.0": { manifest: { scripts } } } },
    native: { versions: { "1.0.0": { files: { "binding.gyp": "{}" } } } },
  };
  const world = await makeWorld(t, packages, { "package.json": { ...project({ wants: "1", native: "1" }), scripts }, ".npmrc": "ignore-scripts=false\nscript-shell=/bin/sh\n" });
  for (const step of [["install"], ["ci"], ["install", "--force"]]) {
    const outcome = await world.cordon(step, { env: { npm_config_ignore_scripts: "false" } });
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(world.read("canary"), undefined);
  }
  const outcome = await world.cordon(["install", "--force"]);
  assert.match(outcome.stdout + outcome.stderr, /wants/);
});

test("code of the project that npm would load while it resolves is not loaded", async (t) => {
  const code = "require('fs').writeFileSync(__dirname + '/canary', ''); module.exports = { transformManifest: (m) => m };";
  const world = await makeWorld(t, { a: { versions: { "1.0.0": {} } } }, { "package.json": project({ a: "1" }), ".npm-extension.cjs": code, ".npm-extension.js": code, ".npm-extension.mjs": "import fs from 'node:fs'; fs.writeFileSync('canary', '')" });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(world.read("canary"), undefined);
});

test("versions younger than a day are passed over, those of dependencies too", async (t) => {
  const packages: Packages = {
    direct: { versions: { "1.0.0": { manifest: { dependencies: { deep: "^1.0.0" } } }, "1.1.0": { age: 3, manifest: { dependencies: { deep: "^1.0.0" } } } } },
    deep: { versions: { "1.0.0": {}, "1.0.1": { age: 30 }, "1.0.2": { age: 23 } } },
  };
  const world = await makeWorld(t, packages, { "package.json": project({ direct: "^1.0.0" }) });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const version = (name: string): string => (world.readJson("package-lock.json")["packages"] as unknown as Record<string, { version: string }>)[`node_modules/${name}`]?.version ?? "";
  assert.deepEqual([version("direct"), version("deep")], ["1.0.0", "1.0.1"]);
  assert.match(outcome.stderr, /direct 1\.1\.0 is 3 hours old and passed over for 1\.0\.0; --accept-new=direct takes it/);
  assert.match(outcome.stderr, /deep 1\.0\.2 is 23 hours old/);
  const accepted = await world.cordon(["update", "--accept-new=deep"]);
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.deepEqual([version("direct"), version("deep")], ["1.0.0", "1.0.2"]);
  const all = await world.cordon(["update", "--accept-new=direct,deep"]);
  assert.equal(all.code, 0, all.stderr);
  assert.equal(version("direct"), "1.1.0");
});

test("a project cannot make cordon less patient, its user can", async (t) => {
  const packages: Packages = { a: { versions: { "1.0.0": {}, "1.1.0": { age: 2 } } } };
  const world = await makeWorld(t, packages, { "package.json": project({ a: "^1.0.0" }), ".npmrc": "min-release-age=0\n" });
  assert.equal((await world.cordon(["install"])).code, 0);
  assert.match(world.read("package-lock.json") ?? "", /"version": "1\.0\.0",\n\s+"resolved"/);
  world.home.write({ ".npmrc": "min-release-age=0\n" });
  world.project.write({ ".npmrc": "" });
  assert.equal((await world.cordon(["update"])).code, 0);
  assert.match(world.read("package-lock.json") ?? "", /"version": "1\.1\.0"/);
});

test("where only young versions fit, nothing is taken, and the reason is told", async (t) => {
  const world = await makeWorld(t, { a: { versions: { "1.0.0": {}, "2.0.0": { age: 1 } } } }, { "package.json": project({ a: "^2.0.0" }) });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /Cannot take a@\^2\.0\.0: 2\.0\.0 is 1 hour old, and no older version fits; wait, or write --accept-new=a/);
  assert.equal(world.read("package-lock.json"), undefined);
});

test("git, addresses and paths in a dependency's own dependencies are refused", async (t) => {
  for (const spec of ["git+https://github.com/x/y.git", "github:x/y", "http://127.0.0.1:1/x.tgz", "file:../../../etc"]) {
    const world = await makeWorld(t, { a: { versions: { "1.0.0": { manifest: { dependencies: { b: spec } } } } } }, { "package.json": project({ a: "1" }) });
    const outcome = await world.cordon(["install"]);
    assert.equal(outcome.code, 1, spec);
    assert.match(outcome.stderr, /Cannot take b@.*asked for by node_modules\/a/, spec);
    assert.equal(world.read("package-lock.json"), undefined);
    assert.equal(world.read("node_modules/a/package.json"), undefined);
  }
});

test("names that look like popular ones are shown, and --strict stops at them", async (t) => {
  const packages: Packages = { crossenv: { versions: { "1.0.0": {} } }, a: { versions: { "1.0.0": { manifest: { dependencies: { crossenv: "1" } } } } } };
  const world = await makeWorld(t, packages, { "package.json": project({ a: "1" }) });
  const strict = await world.cordon(["install", "--strict"]);
  assert.equal(strict.code, 1);
  assert.match(strict.stderr, /suspicious: crossenv looks like cross-env, and is not it; a asks for it/);
  assert.equal(world.read("package-lock.json"), undefined);
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stderr, /crossenv looks like cross-env/);
});

test("another publisher and a gained install script are shown, and --strict stops at them", async (t) => {
  const packages = (next: Packages[string]["versions"]): Packages => ({ a: { versions: { "1.0.0": { by: "owner" }, ...next } } });
  const world = await makeWorld(t, packages({}), { "package.json": project({ a: "^1.0.0" }) });
  assert.equal((await world.cordon(["install"])).code, 0);
  world.registry.hold(packages({ "1.0.1": { by: "thief", manifest: { scripts: { postinstall: "evil" } } } }));
  const lockfile = world.read("package-lock.json");
  const strict = await world.cordon(["update", "--strict"]);
  assert.equal(strict.code, 1);
  assert.match(strict.stderr, /suspicious: a 1\.0\.1, instead of 1\.0\.0, was published by thief/);
  assert.match(strict.stderr, /suspicious: a 1\.0\.1, instead of 1\.0\.0, has an install script now/);
  assert.equal(world.read("package-lock.json"), lockfile);
});

test("a scope that is pinned to a registry is asked for nowhere else", async (t) => {
  const world = await makeWorld(t, { "@corp/secret": { versions: { "9.9.9": {} } } }, { "package.json": project({ "@corp/secret": "*" }) });
  const corp = await makeWorld(t, { "@corp/secret": { versions: { "1.0.0": {} } } }, {});
  world.home.write({ ".npmrc": `@corp:registry=${corp.registry.url}\n` });
  world.project.write({ ".npmrc": `@corp:registry=${world.registry.url}\n` });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stderr, /your own \.npmrc pins it to/);
  assert.deepEqual(world.registry.seen, []);
  assert.match(world.read("package-lock.json") ?? "", /"version": "1\.0\.0"/);
});

test("registries that a project adds are asked for, and refused where nobody can be asked and CORDON_TRUST is strict", async (t) => {
  const world = await makeWorld(t, { a: { versions: { "1.0.0": {} } } }, { "package.json": project({ a: "1" }) });
  world.project.write({ ".npmrc": `registry=${world.registry.url}\n` });
  const outcome = await world.cordon(["install"], { env: { CORDON_TRUST: "strict", NPM_CONFIG_REGISTRY: undefined } });
  assert.equal(outcome.code, 125);
  assert.match(outcome.stderr, /\.npmrc/);
  assert.deepEqual(world.registry.seen, []);
});

test("tokens never leave over a connection without TLS", async (t) => {
  const world = await makeWorld(t, { a: { versions: { "1.0.0": {} } } }, { "package.json": project({ a: "1" }) });
  const host = new URL(world.registry.url).host;
  world.home.write({ ".npmrc": `//${host}/:_authToken=secret-token\n` });
  assert.equal((await world.cordon(["install"])).code, 0);
  assert.ok(world.registry.seen.length > 0 && world.registry.seen.every((request) => request.authorization === undefined));
});

test("a registry in trouble is asked again, and a redirect to another host is not followed", async (t) => {
  const packages: Packages = { a: { versions: { "1.0.0": {} } } };
  const later = { "retry-after": "0" };
  const world = await makeWorld(t, packages, { "package.json": project({ a: "1" }) }, {
    troubles: [
      { path: /^\/a$/, fault: { kind: "status", status: 429, headers: later }, times: 1 },
      { path: /^\/a$/, fault: { kind: "status", status: 503 }, times: 1 },
      { path: /^\/a$/, fault: { kind: "truncate" }, times: 1 },
    ],
  });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const elsewhere = await makeWorld(t, packages, {});
  const led = await makeWorld(t, packages, { "package.json": project({ a: "1" }) }, { troubles: [{ path: /^\/a$/, fault: { kind: "redirect", to: `${elsewhere.registry.url}a` } }] });
  const refused = await led.cordon(["install"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /it is not one of this project's registries/);
  assert.deepEqual(elsewhere.registry.seen, []);
});

test("answers that are no lists of versions are refused", async (t) => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  for (const body of ["", "<html>", "[]", '{"name":"b","versions":{}}', '{"name":"a","versions":[]}', `{"name":"a","versions":${deep}}`, '{"name":"a","__proto__":{"versions":{"1.0.0":{}}}}']) {
    const world = await makeWorld(t, {}, { "package.json": project({ a: "1" }) }, { troubles: [{ path: /^\/a$/, fault: { kind: "body", body } }] });
    const outcome = await world.cordon(["install"]);
    assert.equal(outcome.code, 1, body.slice(0, 50));
    assert.match(outcome.stderr, /^cordon: Cannot [^\n]*\ba\b/m, body.slice(0, 50));
    assert.equal(world.read("package-lock.json"), undefined);
  }
});

test("texts of a registry do nothing to the terminal", async (t) => {
  const world = await makeWorld(t, { a: { versions: { "1.0.0": { manifest: { deprecated: "\u001b[2J\u202Egone\r\n" } } } } }, { "package.json": project({ a: "1" }) });
  const outcome = await world.cordon(["install"]);
  assert.match(outcome.stderr, /a 1\.0\.0 is deprecated: \\u\{1b\}\[2J\\u\{202e\}gone\\u\{d\}\\u\{a\}/);
});

test("what a package wants of the engine and of its peers is told, and refused where that is asked for", async (t) => {
  const packages: Packages = {
    old: { versions: { "1.0.0": { manifest: { engines: { node: "^4" } } } } },
    plugin: { versions: { "1.0.0": { manifest: { peerDependencies: { host: "^1" } } } } },
    host: { versions: { "1.0.0": {}, "2.0.0": {} } },
  };
  const engine = await makeWorld(t, packages, { "package.json": project({ old: "1" }) });
  const told = await engine.cordon(["install"]);
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stderr, /cordon: old 1\.0\.0 wants Node\.js \^4, and this is \d+/);
  const strict = await makeWorld(t, packages, { "package.json": project({ old: "1" }) });
  const refused = await strict.cordon(["install", "--engine-strict"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Cannot use old@1\.0\.0.* here: it wants \{"node":"\^4"\}/);
  const peers = await makeWorld(t, packages, { "package.json": project({ plugin: "1", host: "2" }) });
  const conflict = await peers.cordon(["install"]);
  assert.equal(conflict.code, 1);
  assert.match(conflict.stderr, /Cannot satisfy the peer dependencies of this project: .*write --legacy-peer-deps/);
  const warned = await peers.cordon(["install", "--force"]);
  assert.equal(warned.code, 0, warned.stderr);
  assert.match(warned.stderr, /cordon: plugin 1\.0\.0 wants host@\^1 beside it, and there is 2\.0\.0/);
});
