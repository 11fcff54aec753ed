// The short form of ordinary/run.ts, with the clients that need no packages.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { clients } from "./ordinary/clients.ts";
import { compare } from "./ordinary/compare.ts";

const SIZE = { seconds: 3, bytes: 20 << 20 };
const there = { curl: spawnSync("curl", ["--version"], { stdio: "ignore" }).error === undefined, packages: false, chromium: false };

test("ordinary clients see no difference", { timeout: 240_000 }, async () => {
  const results = await compare(clients.filter((one) => one.needs === undefined || there[one.needs]), SIZE);
  assert.ok(results.length > 10);
  for (const { name, alike, guarded, off } of results) assert.ok(alike, `${name}: guarded ${JSON.stringify(guarded)}, guard off ${JSON.stringify(off)}`);
});
