// exec, -g, store, import, and what the installer's jail may reach.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cordon } from "../harness/index.ts";
import type { Packages } from "../registry/index.ts";
import { makeWorld } from "./world.ts";

const program = `#!/usr/bin/env node
const read = (file) => { try { return require('fs').readFileSync(file, 'utf8') } catch (error) { return error.code } };
console.log(JSON.stringify({ words: process.argv.slice(2), secret: read(process.argv[2] ?? '/etc/passwd'), token: process.env.SECRET ?? null }));
`;
const packages: Packages = {
  tool: { versions: { "1.0.0": { manifest: { bin: { tool: "cli.js", node: "cli.js" }, dependencies: { inner: "1" } }, files: { "cli.js": program } } } },
  inner: { versions: { "1.0.0": { manifest: { bin: { inner: "cli.js" } }, files: { "cli.js": program } } } },
};
const granting = { name: "project", cordon: { permissions: { read: ["/etc/passwd"], env: ["SECRET"] } } };

test("exec fetches a package and runs its program without the project's grants", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": granting });
  const outcome = await world.cordon(["exec", "--quiet", "tool@1", "/etc/passwd", "--flag"], { env: { SECRET: "x" } });
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(JSON.parse(outcome.stdout.split("\n").find((line) => line.startsWith("{")) ?? ""), { words: ["/etc/passwd", "--flag"], secret: "EACCES", token: null });
  assert.equal(world.read("node_modules"), undefined);
  assert.equal(world.read("package-lock.json"), undefined);
  const granted = await world.cordon(["x", "--quiet", "--allow-read=/etc/passwd", "tool@1", "/etc/passwd"]);
  assert.match(granted.stdout, /root:/);
});

test("exec takes a program that is installed here, and grants it nothing either", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { ...granting, dependencies: { tool: "1" } } });
  assert.equal((await world.cordon(["install"])).code, 0);
  const before = world.registry.seen.length;
  const outcome = await world.cordon(["exec", "--quiet", "tool", "/etc/passwd"], { env: { SECRET: "x" } });
  assert.match(outcome.stdout, /"secret":"EACCES","token":null/);
  assert.equal(world.registry.seen.length, before);
});

test("a program that exec fetched has the namespaces that any program has", async (t) => {
  const where = "#!/usr/bin/env node\nconsole.log(JSON.stringify([process.getuid(), process.geteuid(), process.pid < 10, require('fs').existsSync('/etc/passwd')]));\n";
  const place: Packages = { place: { versions: { "1.0.0": { manifest: { bin: "cli.js" }, files: { "cli.js": where } } } } };
  const world = await makeWorld(t, place, { "package.json": { name: "p" }, "where.cjs": where });
  const usual = await world.cordon(["run", "where.cjs"]);
  assert.match(usual.stdout, new RegExp(`^\\[${String(process.getuid?.())},`));
  for (const time of ["fetched just now", "fetched before"]) {
    const outcome = await world.cordon(["exec", "--quiet", "place"]);
    assert.equal(outcome.stdout.split("\n").find((line) => line.startsWith("[")), usual.stdout.trim(), `${time}: ${outcome.stderr}`);
  }
});

test("an installation that fails ends exec with its own code and words", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "p" } });
  const outcome = await world.cordon(["exec", "no-such-package"]);
  assert.equal(outcome.code, 1, outcome.stderr);
  assert.match(outcome.stderr, /Cannot find a package/);
});

test("programs that are installed for a user start in jails, and take no name that matters", async (t) => {
  const world = await makeWorld(t, packages, {});
  const outcome = await world.cordon(["install", "-g", "tool"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const bin = world.home.path(".local/share/cordon/bin");
  assert.ok(!existsSync(join(bin, "node")) && !existsSync(join(bin, "inner")));
  const ended = spawnSync(join(bin, "tool"), ["/etc/shadow"], { encoding: "utf8", cwd: world.project.folder, env: { PATH: "/usr/bin:/bin", HOME: world.home.folder, SECRET: "x" } });
  assert.match(ended.stdout, /"words":\["\/etc\/shadow"\],"secret":"E\w+","token":null/, ended.stderr);
  assert.match(readFileSync(join(bin, "tool"), "utf8"), new RegExp(`exec '${cordon}' run -- `));
  writeFileSync(join(bin, "own"), "mine");
  const removed = await world.cordon(["remove", "-g", "tool"]);
  assert.equal(removed.code, 0, removed.stderr);
  assert.ok(!existsSync(join(bin, "tool")));
  assert.equal(readFileSync(join(bin, "own"), "utf8"), "mine");
});

test("the store is looked after", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "p", dependencies: { inner: "1" } } });
  assert.equal((await world.cordon(["install"])).code, 0);
  for (const action of ["status", "verify", "prune"]) {
    const outcome = await world.cordon(["store", action]);
    assert.equal(outcome.code, 0, `${action}: ${outcome.stderr}`);
  }
  assert.equal((await world.cordon(["store", "burn"])).code, 125);
});

test("import keeps the versions of another lockfile", async (t) => {
  const many: Packages = { a: { versions: { "1.0.0": {}, "1.1.0": {}, "1.2.0": { age: 1 } } } };
  for (const [version, lockfile] of [["1.0.0", "a@^1.0.0:\n  version \"1.0.0\"\n"], ["1.2.0", "a@^1.0.0:\n  version \"1.2.0\"\n"]]) {
    const world = await makeWorld(t, many, { "package.json": { name: "p", dependencies: { a: "^1.0.0" } }, "yarn.lock": `# yarn lockfile v1\n\n\n${lockfile ?? ""}` });
    const outcome = await world.cordon(["import"]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(world.read("package-lock.json") ?? "", new RegExp(`"node_modules/a": \\{\\n\\s+"version": "${version ?? ""}"`));
  }
});

test("--offline reaches no registry, and does with what the store has", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "p", dependencies: { tool: "1" } } });
  const before = await world.cordon(["install", "--offline"]);
  assert.equal(before.code, 1);
  assert.match(before.stderr, /--offline/);
  assert.deepEqual(world.registry.seen, []);
  assert.equal((await world.cordon(["install"])).code, 0);
  const asked = world.registry.seen.length;
  world.project.write({ "package.json": { name: "p", dependencies: { tool: "1", inner: "1" } } });
  const after = await world.cordon(["install", "--offline"]);
  assert.equal(after.code, 0, after.stderr);
  assert.equal(world.registry.seen.length, asked);
});

test("the installer's jail is shown: registries, node_modules, the store, and nothing else", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": granting, "secret.txt": "x" });
  const outcome = await world.cordon(["permissions", "--for", "install", "--json"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const { allow } = JSON.parse(outcome.stdout) as { allow: { permission: string; resource: string }[] };
  const of = (permission: string): string[] => allow.filter((grant) => grant.permission === permission).map((grant) => grant.resource);
  assert.deepEqual(of("net"), [new URL(world.registry.url).host]);
  assert.deepEqual(of("write"), [world.project.path("node_modules"), world.project.path(".cordon-install-…"), world.home.path(".cache/cordon/store")]);
  assert.deepEqual([...of("run"), ...of("addons"), ...of("listen")], []);
  assert.ok(!of("read").some((path) => path.includes("secret") || path === world.project.folder || path.includes(".npmrc")));
});

test("no program may be granted what cordon keeps for others", async (t) => {
  const world = await makeWorld(t, packages, { "a.js": "" });
  for (const folder of [".cache/cordon/store", ".cache/cordon/exec", ".cache", ".local/share/cordon/global"]) {
    const outcome = await world.cordon(["run", `--allow-write=${world.home.path(folder)}`, "a.js"]);
    assert.equal(outcome.code, 125, folder);
  }
});

test("the resolver cannot reach what it was not given", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "p", dependencies: { a: "file:../../../../../../etc/passwd" } } });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 1);
  assert.ok(!outcome.stderr.includes("root:"), outcome.stderr);
});
