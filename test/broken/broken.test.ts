// The catalogue's own claims; the breaking itself is `npm run test:broken`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MUTATIONS } from "./catalogue.ts";
import { absentAttacks } from "./page.ts";
import { edited } from "./tree.ts";

const ROOT = join(import.meta.dirname, "../..");

test("every guarantee is broken by something", () => {
  const { guarantees } = JSON.parse(readFileSync(join(ROOT, "contract/guarantees.json"), "utf8")) as { guarantees: { id: string }[] };
  const broken = new Set(MUTATIONS.map(({ promised }) => ("guarantee" in promised ? promised.guarantee : "")));
  assert.deepEqual(guarantees.filter(({ id }) => !broken.has(id)), []);
});

test("mutations have names of their own, and something that is to notice them", () => {
  const names = MUTATIONS.map((mutation) => mutation.name);
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
  assert.deepEqual(MUTATIONS.filter((mutation) => mutation.edits.length === 0 || mutation.proof.names.length === 0), []);
});

test("the attacks that are to notice run where they are looked for", () => {
  assert.deepEqual(MUTATIONS.flatMap(({ proof }) => (proof.kind === "attacks" ? absentAttacks(proof.cell, proof.names) : [])), []);
  assert.deepEqual(absentAttacks("the moon", ["files/absolute-path"]), ["files/absolute-path"]);
});

test("a text that is not there once is an error", () => {
  const edit = { file: "a.rs", from: "one", to: "two" };
  assert.equal(edited("one, three", edit), "two, three");
  assert.throws(() => edited("one, one", edit), /a\.rs holds "one" 2 times instead of once/);
  assert.throws(() => edited("three", edit), /0 times/);
});
