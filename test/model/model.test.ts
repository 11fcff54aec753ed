// What the policy decides is what the jailed process experiences.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareMany } from "./many.ts";

test("300 random requests are decided by the kernel as the model says", async () => {
  const total = await compareMany(300, 1);
  assert.deepEqual(total.differences, []);
  assert.ok(total.cases >= 300);
});
