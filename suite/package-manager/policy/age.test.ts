import assert from "node:assert/strict";
import { test } from "node:test";
import { readPackument } from "../registry/packument.ts";
import { withoutYoung } from "./age.ts";

test("old ways to write a version are no obstacle to finding the newest that is old enough", () => {
  const times = { "0.9.0beta": "2015-01-01T00:00:00Z", "1.0.0": "2020-01-01T00:00:00Z", "1.1.0": "2026-01-02T00:00:00Z" };
  const versions = Object.fromEntries(Object.keys(times).map((version) => [version, { name: "a", version, dist: { tarball: "t" } }]));
  const list = readPackument(Buffer.from(JSON.stringify({ name: "a", "dist-tags": { latest: "1.1.0" }, time: times, versions })), "a", "r");
  const old = withoutYoung(list, Date.parse("2026-01-01T00:00:00Z"));
  assert.deepEqual([old.versions, old.tags], [["0.9.0beta", "1.0.0"], { latest: "1.0.0" }]);
});
