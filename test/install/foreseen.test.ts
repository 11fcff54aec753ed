// Without a lockfile, lists of versions and tarballs are fetched ahead of the resolver, in a jail beside its own: nothing is
// fetched twice, nothing that the rules keep out, and the resolver needs nothing of it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { startCordon } from "../harness/index.ts";
import type { Packages, Trouble } from "../registry/index.ts";
import { makeWorld, type World } from "./world.ts";

const project = (dependencies: Record<string, string>): Record<string, object> => ({ "package.json": { name: "project", version: "1.0.0", dependencies } });
const needs = (dependencies: Record<string, string>): { manifest: Record<string, unknown> } => ({ manifest: { dependencies } });

/** A chain, two versions of one package, a peer that something fits, and one that nothing does. */
const packages: Packages = {
  a: { versions: { "1.0.0": needs({ b: "^1.0.0", d: "^1.0.0" }) } },
  b: { versions: { "1.0.0": needs({ c: "^2.0.0 || ^3.0.0-0" }), "1.1.0": needs({ c: ">=2.0.0 <3.0.0-0" }) } },
  c: { versions: { "2.0.0": {}, "2.1.0": {}, "3.0.0-rc.1": {} } },
  d: { versions: { "1.0.0": { manifest: { peerDependencies: { c: "^2.0.0", e: "1" } } } } },
  e: { versions: { "1.0.0": {} } },
};

const asked = ({ registry }: World, ending: RegExp): string[] => registry.seen.map(({ path }) => path).filter((path) => ending.test(path)).toSorted();

test("every list and every tarball is asked for once, by who looks ahead", async (t) => {
  const world = await makeWorld(t, packages, project({ a: "1" }), { latency: 20 });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(asked(world, /^\/[a-e]$/), ["/a", "/b", "/c", "/d", "/e"]);
  assert.deepEqual(asked(world, /tgz$/), ["/a/-/a-1.0.0.tgz", "/b/-/b-1.1.0.tgz", "/c/-/c-2.1.0.tgz", "/d/-/d-1.0.0.tgz", "/e/-/e-1.0.0.tgz"]);
  const written = world.read("package-lock.json");
  assert.equal((await world.npm("install", "--package-lock-only", "--min-release-age=0")).code, 0);
  assert.equal(world.read("package-lock.json"), written);
});

test("the tarball of a version that is too young is not fetched, and not one that its list gives no checksum for", async (t) => {
  const young: Packages = { a: { versions: { "1.0.0": {}, "1.1.0": { age: 2 } } } };
  const world = await makeWorld(t, young, project({ a: "^1.0.0" }));
  assert.equal((await world.cordon(["install"])).code, 0);
  assert.deepEqual(asked(world, /tgz$/), ["/a/-/a-1.0.0.tgz"]);
  const bare = { name: "a", "dist-tags": { latest: "1.0.0" }, modified: "2020-01-01T00:00:00Z", versions: { "1.0.0": { name: "a", version: "1.0.0", dist: { tarball: "http://localhost:1/a.tgz" } } } };
  const unsure = await makeWorld(t, {}, project({ a: "1" }), { troubles: [{ path: /^\/a/, fault: { kind: "body", body: JSON.stringify(bare) } }] });
  assert.equal((await unsure.cordon(["install"])).code, 1);
  assert.deepEqual(asked(unsure, /tgz$/), []);
});

test("a registry that is slow, wrong or gone for who looks ahead is the resolver's to judge", async (t) => {
  const faults: Trouble["fault"][] = [{ kind: "stall" }, { kind: "truncate" }, { kind: "status", status: 500 }, { kind: "status", status: 401 }, { kind: "body", body: "{" }];
  for (const fault of faults) {
    const world = await makeWorld(t, packages, project({ a: "1" }), { troubles: [{ path: /^\/b$/, fault, times: 1 }] });
    const outcome = await world.cordon(["install"]);
    assert.equal(outcome.code, 0, `${JSON.stringify(fault)}: ${outcome.stderr}`);
    assert.match(world.read("node_modules/c/package.json") ?? "", /"2\.1\.0"/);
  }
});

test("a tarball that is not what its list says is refused, and not kept", async (t) => {
  const world = await makeWorld(t, packages, project({ a: "1" }), { troubles: [{ path: /c-2\.1\.0\.tgz$/, fault: { kind: "wrong bytes" } }] });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /c.*2\.1\.0/);
  assert.equal(world.read("package-lock.json"), undefined);
  assert.deepEqual(readdirSync(world.home.path(".cache/cordon/store/v1/tmp")), []);
});

test("one broken version takes no other away", async (t) => {
  const held: Packages = { a: { versions: { "1.0.0": {}, "1.1.0": {}, "1.2.0": { manifest: { dependencies: { x: 1 } } } }, tags: { latest: "1.0.0" } } };
  const world = await makeWorld(t, held, project({ a: ">1.0.0" }));
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(world.read("node_modules/a/package.json") ?? "", /"1\.1\.0"/);
});

test("where the resolver fails, nobody waits for what is on its way", async (t) => {
  const world = await makeWorld(t, packages, project({ a: "1", none: "1" }), { troubles: [{ path: /b-1\.1\.0\.tgz$/, fault: { kind: "stall" } }, { path: /^\/none$/, fault: { kind: "status", status: 404 } }] });
  const begun = performance.now();
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /none is not in the registry/);
  // Five seconds are its own patience with the tarball.
  assert.ok(performance.now() - begun < 4500, String(performance.now() - begun));
  assert.deepEqual(lookingAhead(world), []);
});

test("who looks ahead may be killed at any time", async (t) => {
  for (const first of ["/a", "/b", "/c", "/a/-/a-1.0.0.tgz"]) {
    const world = await makeWorld(t, packages, project({ a: "1" }), { latency: 100 });
    const running = startCordon(["install"], { cwd: world.project.folder, env: { HOME: world.home.folder, NPM_CONFIG_REGISTRY: world.registry.url } });
    while (!world.registry.seen.some(({ path }) => path === first)) await new Promise((go) => setTimeout(go, 5));
    const pids = lookingAhead(world);
    assert.ok(pids.length > 0, first);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    const outcome = await running.ended;
    assert.equal(outcome.code, 0, `${first}: ${outcome.stderr}`);
    assert.match(world.read("node_modules/e/package.json") ?? "", /"1\.0\.0"/);
    assert.deepEqual(lookingAhead(world), []);
  }
});

/** Processes that look ahead for this world. */
function lookingAhead({ home }: World): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isLookingAhead(name, home.folder)).map(Number);
}

function isLookingAhead(pid: string, home: string): boolean {
  try {
    const [program, command, store] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return program === "cordon-install" && command === "foresee" && store?.includes(home) === true;
  } catch {
    return false;
  }
}
