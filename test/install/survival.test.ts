// One kill in each phase, and what a registry does on its worst day. `npm run test:survival` kills ten times in each.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../registry/index.ts";
import { killOne, PHASES } from "./killing.ts";
import { makeWorld } from "./world.ts";

for (const phase of PHASES) {
  test(`kill -9 in the phase: ${phase}`, async (t) => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (await killOne(t, phase, attempt)) return;
    }
    assert.fail("the installation always ended before it was killed");
  });
}

const FAULTS: readonly { readonly fault: Fault; readonly said: RegExp }[] = [
  { fault: { kind: "truncate" }, said: /ends \d+ bytes too early|connection broke/ },
  { fault: { kind: "lie about length" }, said: /ends \d+ bytes too early|connection broke/ },
  { fault: { kind: "wrong bytes" }, said: /not what the lockfile says: it has sha512-/ },
  { fault: { kind: "status", status: 500 }, said: /the registry answers 500, after 3 tries/ },
  { fault: { kind: "status", status: 429, headers: { "retry-after": "0" } }, said: /the registry answers 429, after 3 tries/ },
  { fault: { kind: "status", status: 429, headers: { "retry-after": "3600" } }, said: /the registry answers 429/ },
  { fault: { kind: "redirect", to: "http://127.0.0.1:1/evil.tgz" }, said: /the jail has no way to "127\.0\.0\.1:1": only the registries of \.npmrc are granted/ },
  { fault: { kind: "redirect", to: "file:///etc/passwd" }, said: /only https and http are known/ },
];

for (const { fault, said } of FAULTS) {
  test(`a tarball's registry that does ${JSON.stringify(fault)} leaves the old tree`, async (t) => {
    const troubles = [{ path: /^\/b\/-\//, fault }];
    const versions = { "1.0.0": {}, "2.0.0": {} };
    const asks = (range: string): object => ({ name: "project", dependencies: { a: range, b: range } });
    const world = await makeWorld(t, { a: { versions }, b: { versions } }, { "package.json": asks("1") }, { troubles });
    troubles.length = 0;
    assert.equal((await world.cordon(["install"])).code, 0);
    const before = world.read("package-lock.json");
    troubles.push({ path: /^\/b\/-\//, fault });
    world.project.write({ "package.json": asks("2") });
    const outcome = await world.cordon(["install"]);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, said);
    assert.equal(world.read("package-lock.json"), before);
    for (const name of ["a", "b"]) assert.match(world.read(`node_modules/${name}/package.json`) ?? "", /"version": "1\.0\.0"/);
    troubles.length = 0;
    const again = await world.cordon(["install"]);
    assert.equal(again.code, 0, again.stderr);
    for (const name of ["a", "b"]) assert.match(world.read(`node_modules/${name}/package.json`) ?? "", /"version": "2\.0\.0"/);
  });
}
