// What a table says of an answer, and that no answer is lost to the next.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { answer, median, type Answer, type Question } from "./measure.ts";
import { keep, read } from "./results.ts";
import { met, row } from "./table.ts";

function given(change: Partial<Answer>): Answer {
  return { name: "x", unit: "ms", bound: { kind: "at most", ratio: 1.1 }, compare: { measured: "jailed", to: "bare" }, samples: 3, medians: { bare: 100, jailed: 110, "bare again": 101 }, ...change };
}

test("a bound is met up to its own value", () => {
  assert.equal(met(given({})), true);
  assert.equal(met(given({ medians: { bare: 100, jailed: 110.1 } })), false);
  assert.equal(met(given({ bound: { kind: "at least", ratio: 1.2 } })), false);
  assert.equal(met(given({ bound: { kind: "at most more", amount: 9 } })), false);
  assert.equal(met(given({ bound: { kind: "at most more", amount: 10 } })), true);
  assert.equal(met(given({ medians: {} })), false);
});

test("a row shows what was compared, the noise, and the rest for sight", () => {
  const cells = row(given({ medians: { bare: 100, jailed: 120, "bare again": 101, bun: 7 } })).split("|").map((cell) => cell.trim());
  assert.deepEqual(cells.slice(1, -1), ["x (ms)", "jailed 120.0", "bare 100.0", "1.200", "1.010", "≤ 1.1", "MISSED", "3", "bun 7.000"]);
});

test("an answer takes the place of the older one to its question, and leaves the others", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "results-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const order = ["a", "b"];
  keep({ leftOut: { http: "wrk is not installed" } }, order, folder);
  keep({ answer: given({ name: "b" }) }, order, folder);
  keep({ answer: given({ name: "a" }) }, order, folder);
  const file = keep({ answer: given({ name: "b", samples: 30 }) }, order, folder);
  assert.deepEqual(read(file).answers.map(({ name, samples }) => [name, samples]), [["a", 3], ["b", 30]]);
  assert.match(readFileSync(file.replace(".json", ".md"), "utf8"), /^LEFT OUT: http: wrk is not installed$/m);
});

test("sides take turns, and the warming round does not count", async () => {
  const turns: string[] = [];
  const question: Question = {
    name: "x",
    unit: "ms",
    bound: { kind: "at most", ratio: 1 },
    sides: ["bare", "jailed"],
    prepare: async () => ({ sample: async (side) => turns.push(side), end: () => void turns.push("end") }),
  };
  const { samples, medians } = await answer(question, 2, false, () => {});
  assert.deepEqual(turns, ["bare", "jailed", "bare", "jailed", "jailed", "bare", "end"]);
  assert.deepEqual([samples, medians], [2, { bare: 4.5, jailed: 4.5 }]);
  assert.equal(median([3, 1, 2]), 2);
});
