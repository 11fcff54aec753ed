// The battery's own claims about itself; the battery is `npm run test:attacks`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALONE } from "./alone/catalogue.ts";
import { everyCell, pairwiseCells, type Cell } from "./cells.ts";
import { ATTACKS } from "./inside/catalogue.ts";

function pairsOf(cell: Cell): string[] {
  const entries = Object.entries(cell);
  return entries.flatMap(([one, value], index) => entries.slice(index + 1).map(([other, otherValue]) => `${one}=${value} ${other}=${otherValue}`));
}

test("the small set of cells brings every two values together that can meet", () => {
  const met = new Set(pairwiseCells().flatMap(pairsOf));
  assert.deepEqual([...new Set(everyCell().flatMap(pairsOf))].filter((pair) => !met.has(pair)), []);
});

test("attacks have names of their own", () => {
  const names = [...ATTACKS, ...ALONE].map((attack) => attack.name);
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
});
