// Packages, lists of versions and lockfiles of an enemy, through the whole of cordon install: each is refused with its
// reason, the old tree stays, and nothing is touched outside of the package's folder. More of them are in installer/tests.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { archived, type Entry, type Packages, type Version } from "../registry/index.ts";
import { makeWorld, type World } from "./world.ts";

const good: Packages = { good: { versions: { "1.0.0": {} } } };
const project = (dependencies: Record<string, string>): object => ({ name: "project", version: "1.0.0", dependencies });

/** Everything that must be as before, in the project, its HOME and above it. */
function surroundings(world: World): object {
  const above = dirname(world.project.folder);
  const store = join(world.home.folder, ".cache/cordon/store/v1/tmp");
  return {
    project: readdirSync(world.project.folder).toSorted(),
    packages: readdirSync(world.project.path("node_modules")).toSorted(),
    good: readFileSync(world.project.path("node_modules/good/index.js"), "utf8"),
    lockfile: world.read("package-lock.json"),
    home: readdirSync(world.home.folder).toSorted(),
    halfMade: readdirSync(store),
    escaped: ["escaped", "etc"].filter((name) => existsSync(join(above, name))),
  };
}

type Owner = Parameters<typeof makeWorld>[0];

/** A project with a good package. */
async function standing(owner: Owner): Promise<World> {
  const world = await makeWorld(owner, good, { "package.json": project({ good: "1" }) });
  assert.equal((await world.cordon(["install"])).code, 0);
  return world;
}

/** Asks for an evil package too; returns what was said. */
async function refused(world: World, version: Version): Promise<string> {
  world.registry.hold({ ...good, evil: { versions: { "1.0.0": version } } });
  world.project.write({ "package.json": project({ good: "1", evil: "1" }) });
  const before = surroundings(world);
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 1, outcome.stdout);
  assert.deepEqual(surroundings(world), before, outcome.stderr);
  assert.ok(!/[\u001b\u0000\u202e]/.test(outcome.stderr), "the terminal gets no control characters");
  return outcome.stderr;
}

const own: Entry = { path: "package/package.json", content: '{"name":"evil","version":"1.0.0"}' };
const pax = (record: string): Entry => ({ path: "PaxHeader", type: "x", content: `${record.length + 4} ${record}\n` });

const TARBALLS: readonly { readonly what: string; readonly entries: readonly Entry[]; readonly said: RegExp }[] = [
  { what: "a step up", entries: [{ path: "package/../../../escaped", content: "x" }], said: /leads out of the package/ },
  { what: "an absolute path", entries: [{ path: "/tmp/escaped", content: "x" }], said: /is an absolute path/ },
  { what: "a long name that steps up", entries: [pax("path=package/../../../escaped"), { path: "package/x", content: "x" }], said: /leads out of the package/ },
  { what: "a symlink out of it", entries: [{ path: "package/l", type: "2", link: "../../.." }, { path: "package/l/escaped", content: "x" }], said: /is a link to .*outside of the package/ },
  { what: "a symlink to a file of the system", entries: [{ path: "package/l", type: "2", link: "/etc/passwd" }], said: /is a link to .*outside of the package/ },
  { what: "a hard link out of it", entries: [{ path: "package/l", type: "1", link: "../../../package.json" }], said: /is a link to .*outside of the package/ },
  { what: "a character device", entries: [{ path: "package/d", type: "3" }], said: /is a device or a pipe/ },
  { what: "a block device", entries: [{ path: "package/d", type: "4" }], said: /is a device or a pipe/ },
  { what: "a named pipe", entries: [{ path: "package/d", type: "6" }], said: /is a device or a pipe/ },
  { what: "a setuid program", entries: [{ path: "package/s", mode: 0o4755, content: "x" }], said: /is a setuid or setgid program/ },
  { what: "a name twice", entries: [{ path: "package/x", content: "1" }, { path: "package/x", content: "2" }], said: /twice, with different contents/ },
  { what: "names that differ by case", entries: [{ path: "package/X", content: "1" }, { path: "package/x", content: "2" }], said: /differ by case only/ },
  { what: "a file that is a folder", entries: [{ path: "package/x", content: "1" }, { path: "package/x/y", content: "2" }], said: /is a file and a folder/ },
  { what: "a name with NUL", entries: [pax("path=package/a\0b"), { path: "package/x" }], said: /characters that no name should have/ },
  { what: "a name with a newline", entries: [{ path: "package/a\nb", content: "x" }], said: /characters that no name should have/ },
  { what: "a name that clears the screen", entries: [{ path: "package/\u001b[2J", content: "x" }], said: /characters that no name should have/ },
];

test("what is no package's file is refused", async (t) => {
  const world = await standing(t);
  for (const { what, entries, said } of TARBALLS) {
    await t.test(`a tarball with ${what} is refused`, async () => {
      const text = await refused(world, { entries: [own, ...entries] });
      assert.match(text, said);
      assert.match(text, /evil@1\.0\.0/, "the package is named");
    });
  }
});

const MANIFESTS: readonly { readonly what: string; readonly manifest: object; readonly said: RegExp }[] = [
  { what: "main", manifest: { main: "../../../etc/passwd" }, said: /as main, which is outside of the package/ },
  { what: "a program", manifest: { bin: { x: "../../escaped" } }, said: /outside of the package|not a file of the package/ },
  { what: "the folder of programs", manifest: { directories: { bin: "../.." } }, said: /outside of the package/ },
];

test("what leads out of a package is refused", async (t) => {
  const world = await standing(t);
  for (const { what, manifest, said } of MANIFESTS) {
    await t.test(`a package.json that leads out by ${what} is refused`, async () => {
      // The registry's list says something harmless: what counts is what the tarball says.
      const entries = [{ path: "package/package.json", content: JSON.stringify({ name: "evil", version: "1.0.0", ...manifest }) }];
      assert.match(await refused(world, { entries }), said);
    });
  }
});

test("gigabytes of zeros and a million files stop early", async (t) => {
  // The members of a gzip file follow each other: one is made, and repeated.
  const zeros = gzipSync(Buffer.alloc(64 << 20));
  const files = gzipSync(Buffer.concat(Array.from({ length: 1000 }, (_, index) => archived({ path: `package/${index}/`, type: "5" }))));
  const head = gzipSync(archived({ path: "package/zeros" }, 8 * 2 ** 30 - 1));
  const manifest = gzipSync(archived(own));
  for (const { bytes, said } of [
    { bytes: [manifest, head, ...Array.from({ length: 160 }, () => zeros)], said: /"package\/zeros" is too large/ },
    { bytes: [manifest, ...Array.from({ length: 1000 }, () => files)], said: /more files than a package has/ },
  ]) {
    const text = await refused(await standing(t), { bytes: Buffer.concat(bytes) });
    assert.match(text, said);
  }
});

test("__proto__ in a package.json, a list of versions and the project is a name like others", async (t) => {
  const poison = JSON.parse('{"__proto__":{"bin":{"x":"/etc/passwd"},"polluted":true},"constructor":{"prototype":{"polluted":true}},"dependencies":{"__proto__":"1"}}') as Record<string, unknown>;
  const text = await refused(await standing(t), { manifest: poison });
  assert.match(text, /Cannot take evil 1\.0\.0: it depends on "__proto__", which is no package's name/);
  const rest = { ...poison };
  delete rest["dependencies"];
  const world = await makeWorld(t, { a: { versions: { "1.0.0": { manifest: rest } } } }, { "package.json": project({ a: "1" }) });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(world.read("node_modules/.bin/x"), undefined);
});

test("programs that shadow node, npm, git and cordon are left out", async (t) => {
  const bin = Object.fromEntries(["node", "npm", "npx", "git", "cordon", "sh", "fine"].map((name) => [name, "x.js"]));
  const world = await makeWorld(t, { a: { versions: { "1.0.0": { manifest: { bin }, files: { "x.js": "" } } } } }, { "package.json": project({ a: "1" }) });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(readdirSync(world.project.path("node_modules/.bin")), ["fine"]);
  assert.match(outcome.stdout + outcome.stderr, /wants to be started as "git": its program is left out/);
});

test("a list of versions of 100 MB is refused", async (t) => {
  const body = Buffer.alloc(100 << 20, " ");
  body.write('{"name":"a","versions":{', 0);
  const world = await makeWorld(t, {}, { "package.json": project({ a: "1" }) }, { troubles: [{ path: /^\/a$/, fault: { kind: "body", body } }] });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /sends more than 96 MiB, which is no list of versions/);
});

test("circles end, and ranges that contradict each other are an error or two versions", async (t) => {
  const needs = (dependencies: Record<string, string>): Version => ({ manifest: { dependencies } });
  const circle: Packages = { a: { versions: { "1.0.0": needs({ b: "1" }) } }, b: { versions: { "1.0.0": needs({ a: "1" }) } } };
  // Each version wants the next one of the other: npm nests them, one in the other, without end.
  const spiral: Packages = { a: { versions: { "1.0.0": needs({ b: "1" }), "2.0.0": needs({ b: "2" }) } }, b: { versions: { "1.0.0": needs({ a: "2" }), "2.0.0": needs({ a: "1" }) } } };
  const both: Packages = { a: { versions: { "1.0.0": needs({ c: "1", b: "1" }) } }, b: { versions: { "1.0.0": needs({ c: "2" }) } }, c: { versions: { "1.0.0": {}, "2.0.0": {} } } };
  for (const packages of [circle, both]) {
    const world = await makeWorld(t, packages, { "package.json": project({ a: "1" }) });
    const outcome = await world.cordon(["install"]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.ok(existsSync(world.project.path("node_modules/b/package.json")));
  }
  const turning = await makeWorld(t, spiral, { "package.json": project({ a: "1" }) });
  const turned = await turning.cordon(["install"]);
  assert.ok(turned.code === 0 || /^cordon[^\n]*: /m.test(turned.stderr), turned.stderr);
  const world = await makeWorld(t, both, { "package.json": project({ c: ">2 <1" }) });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /Cannot find a version for .*c@/);
});

type Entries = Record<string, Record<string, unknown>>;

const LOCKFILES: readonly { readonly what: string; readonly edit: (entries: Entries, evil: Record<string, unknown>) => void; readonly said: RegExp }[] = [
  { what: "another registry", edit: ({ "node_modules/good": good = {} }) => (good["resolved"] = "http://127.0.0.1:1/good/-/good-1.0.0.tgz"), said: /but its registry is/ },
  { what: "another package's tarball", edit: ({ "node_modules/good": good = {} }, evil) => Object.assign(good, { resolved: evil["resolved"], integrity: evil["integrity"] }), said: /locked to the tarball of another package/ },
  { what: "another package's tarball behind percent signs", edit: ({ "node_modules/good": good = {} }, evil) => Object.assign(good, { resolved: String(evil["resolved"]).replace("/-/", "%2f-%2f"), integrity: evil["integrity"] }), said: /locked to the tarball of another package/ },
  { what: "another package by name", edit: ({ "node_modules/good": good = {} }, evil) => Object.assign(good, evil, { name: "evil" }), said: /locked to another package, "evil"/ },
  { what: "no integrity", edit: ({ "node_modules/good": good = {} }) => delete good["integrity"], said: /has no integrity/ },
  { what: "another integrity", edit: ({ "node_modules/good": good = {} }, evil) => (good["integrity"] = evil["integrity"]), said: /not what the lockfile says/ },
  { what: "a git repository", edit: ({ "node_modules/good": good = {} }) => (good["resolved"] = "git+ssh://git@github.com/x/y.git#main"), said: /comes from "git\+ssh/ },
  { what: "a file", edit: ({ "node_modules/good": good = {} }) => (good["resolved"] = "file:../../etc/passwd"), said: /which no package\.json of the project names/ },
  { what: "a link out of the project", edit: (entries) => (entries["node_modules/good"] = { resolved: "../..", link: true }), said: /which no package\.json of the project names/ },
  { what: "a place out of the project", edit: (entries, evil) => (entries["node_modules/../../escaped"] = evil), said: /is not a package's name/ },
  { what: "a program out of the package", edit: ({ "node_modules/good": good = {} }) => (good["bin"] = { x: "../../package.json" }), said: /is not a file of the package/ },
];

test("a lockfile is believed only as far as it fits", async (t) => {
  // The evil tarball says that it is the good one: its author may write what he likes into it.
  const evil: Version = { entries: [{ path: "package/package.json", content: '{"name":"good","version":"1.0.0"}' }] };
  const world = await makeWorld(t, { ...good, evil: { versions: { "1.0.0": evil } } }, { "package.json": project({ good: "1", evil: "1" }) });
  assert.equal((await world.cordon(["install", "--lockfile-only"])).code, 0);
  const whole = world.read("package-lock.json") ?? "";
  world.project.write({ "package.json": project({ good: "1" }) });
  for (const { what, edit, said } of LOCKFILES) {
    await t.test(`a lockfile that was edited to name ${what} is refused`, async () => {
      const lockfile = JSON.parse(whole) as { packages: Entries };
      const locked = lockfile.packages["node_modules/evil"] ?? {};
      delete lockfile.packages["node_modules/evil"];
      Object.assign(lockfile.packages[""] ?? {}, { dependencies: { good: "1" } });
      edit(lockfile.packages, locked);
      world.project.write({ "package-lock.json": lockfile });
      for (const command of ["ci", "install"]) {
        const outcome = await world.cordon([command]);
        assert.equal(outcome.code, 1, outcome.stdout);
        assert.match(outcome.stderr, said);
        assert.equal(world.read("node_modules/good/package.json"), undefined);
        assert.deepEqual(JSON.parse(world.read("package-lock.json") ?? "{}"), lockfile);
      }
    });
  }
});
