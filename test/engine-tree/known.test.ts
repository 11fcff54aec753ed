// What is known to differ is told to people too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { test } from "node:test";
import { root } from "../harness/index.ts";
import { known } from "./known.ts";

test("docs/engine-tests.md names each test that fails in a jail, and no other", () => {
  const page = readFileSync(join(root, "docs/engine-tests.md"), "utf8");
  const named = [...page.matchAll(/^\| ([a-z0-9, -]+) \|/gm)].flatMap(([, names = ""]) => names.split(", ")).filter((name) => name !== "test");
  const names = Object.keys(known).map((file) => basename(file, extname(file)).replace(/^test-/, ""));
  assert.deepEqual(named.toSorted(), names.toSorted());
});
