import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

test("docs/threats.md is current, and every attack holds a guarantee", () => {
  const ended = spawnSync(process.execPath, [join(import.meta.dirname, "threats.ts"), "--check"], { encoding: "utf8" });
  assert.equal(ended.status, 0, ended.stderr);
});
