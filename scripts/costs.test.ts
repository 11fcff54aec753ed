import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fill, newest } from "./costs.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

test("README.md shows the newest figures", () => {
  assert.equal(fill(readme, newest()), readme, "run node scripts/costs.ts");
});

test("a figure that changes, changes the text", () => {
  const answer = { name: "start", unit: "ms", bound: { kind: "at most", ratio: 1.1 }, compare: { measured: "jailed", to: "bare" }, samples: 3, medians: { bare: 100, jailed: 107, "bare again": 101 } } as const;
  const filled = fill(readme, { date: "2026-01-02", machine: "a machine", answers: [answer], leftOut: {} });
  assert.match(filled, /^\| start \| 1\.07 \(jailed : bare\) \| 1\.01 \| ≤ 1\.1 \|$/m);
  assert.match(filled, /on 2026-01-02: a machine\./);
  assert.equal(filled.split("\n## ").length, readme.split("\n## ").length);
});
