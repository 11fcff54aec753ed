import assert from "node:assert/strict";
import { SourceMap } from "node:module";
import { test } from "node:test";
import { joinMaps, shiftMap, type SourceMap as Map } from "./source-map.ts";

const map = (mappings: string, names: string[] = []): Map => ({ version: 3, sources: ["/a.ts"], names, mappings });
const at = (of: Map, line: number, column: number): unknown[] => {
  const entry = new SourceMap({ ...of, file: "", sourceRoot: "", sourcesContent: [] }).findEntry(line, column);
  return "originalLine" in entry ? [entry.originalLine, entry.originalColumn] : [];
};

// Line 0 → line 2, line 1 column 4 → line 5 column 8.
const first = map("AAEA;IAGQ");

test("a joined map leads from the last text to the first", () => {
  // Line 0 → line 1 column 4; line 3 → line 0.
  const joined = joinMaps(first, map("AACI;;;AADJ"));
  assert.deepEqual(at(joined, 0, 0), at(first, 1, 4));
  assert.deepEqual(at(joined, 3, 0), [2, 0]);
});

test("a position inside a segment belongs to the segment before it", () => {
  const joined = joinMaps(first, map("AACO"));
  assert.deepEqual(at(joined, 0, 0), at(first, 1, 4));
});

test("a shifted map has lost lines and gained columns in what is its first line now", () => {
  const shifted = shiftMap(first, { lines: 1, columns: 100 });
  assert.deepEqual(at(shifted, 0, 104), at(first, 1, 4));
  assert.deepEqual(at(shifted, 0, 200), at(first, 1, 4));
});

test("nothing is lost when there is nothing to do", () => {
  assert.equal(shiftMap(first, { lines: 0, columns: 0 }).mappings, first.mappings);
});

test("numbers of every size survive", () => {
  for (const column of [0, 1, 15, 16, 31, 32, 1000, 123_456]) {
    const shifted = shiftMap(map("AAAA"), { lines: 0, columns: column });
    assert.deepEqual(at(shifted, 0, column), [0, 0]);
  }
});
