// Lockfiles that pnpm, yarn and bun wrote: the versions in them stay, though newer ones fit.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { later, manifest, members } from "./import-world.ts";
import { makeWorld } from "./world.ts";

const folder = join(import.meta.dirname, "lockfiles");

/** Where npm puts them, and the version that the lockfiles have. */
const expected: Readonly<Record<string, string>> = {
  "node_modules/@scope/kit": "2.0.0",
  "node_modules/@scope/kit/node_modules/two": "1.0.0",
  "node_modules/@scope/leaf": "0.2.0",
  "node_modules/alias": "1.0.0",
  "node_modules/deep.name": "1.5.0",
  "node_modules/elsewhere": "1.0.0",
  "node_modules/host": "1.0.0",
  "node_modules/plain": "1.1.0",
  "node_modules/plugin": "1.0.0",
  "node_modules/pre": "1.0.0-beta.1",
  "node_modules/tagged": "4.0.0",
  "node_modules/tool": "3.0.0",
  "node_modules/two": "2.0.0",
  "packages/a/node_modules/plain": "1.0.0",
  "packages/b/node_modules/two": "1.0.0",
};

/** pnpm 9 took one version for the root and a member, where both allowed it. */
const { "packages/a/node_modules/plain": _, ...less } = expected;
const expectedOf: Readonly<Record<string, typeof expected>> = { "pnpm-9": { ...less, "node_modules/plain": "1.0.0" } };

for (const file of readdirSync(folder)) {
  const manager = file.slice(0, file.indexOf("."));
  test(`import keeps what ${manager} locked`, async (t) => {
    const theirs = { [file.slice(file.indexOf(".") + 1)]: readFileSync(join(folder, file), "utf8") };
    const packageFiles = Object.fromEntries(Object.entries(members).map(([member, content]) => [`${member}/package.json`, content]));
    const world = await makeWorld(t, later, { "package.json": manifest, ...packageFiles, ...theirs });
    const outcome = await world.cordon(["import"]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stderr, /versions of .* are kept/);
    const { packages } = world.readJson("package-lock.json") as unknown as { packages: Record<string, { version?: string; link?: boolean }> };
    const locked = Object.entries(packages).filter(([place, { link }]) => place.includes("node_modules/") && link !== true);
    assert.deepEqual(Object.fromEntries(locked.map(([place, { version }]) => [place, version])), expectedOf[manager] ?? expected);
    assert.deepEqual(JSON.parse(world.read("package.json") ?? ""), manifest);
    // Both are content with it.
    const ci = await world.cordon(["ci"]);
    assert.equal(ci.code, 0, ci.stderr);
    const npm = await world.npm("ci");
    assert.equal(npm.code, 0, npm.stderr);
  });
}
