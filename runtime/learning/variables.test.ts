import assert from "node:assert/strict";
import { test } from "node:test";
import { watchVariables } from "./variables.ts";

test("variables that are asked for are told once, copies of all are not", () => {
  const before = process.env;
  process.env.LEARN_ONE = "1";
  process.env.LEARN_TWO = "2";
  const told: string[] = [];
  try {
    watchVariables((name) => told.push(name));
    const copy = { ...process.env };
    for (const name in process.env) assert.equal(process.env[name], copy[name]);
    assert.deepEqual(told, []);
    assert.equal(process.env.LEARN_ONE, "1");
    assert.equal(process.env.LEARN_ONE, "1");
    assert.equal("LEARN_NONE" in process.env, false);
    process.env.LEARN_NEW = "3";
    assert.equal(process.env.LEARN_NEW, "3");
    delete process.env.LEARN_NEW;
    assert.deepEqual(told, ["LEARN_ONE", "LEARN_NONE", "LEARN_NEW"]);
  } finally {
    process.env = before;
  }
});
