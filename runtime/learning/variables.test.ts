import assert from "node:assert/strict";
import { test } from "node:test";
import { runInThisContext } from "node:vm";
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

test("what is asked for after a package listed all variables is told", () => {
  const before = process.env;
  process.env = { LEARN_FIRST: "1", LEARN_SECOND: "2" };
  const told: string[] = [];
  try {
    watchVariables((name) => told.push(name));
    // As the package debug does it.
    runInThisContext("(env) => Object.keys(env).filter((name) => /^debug_/i.test(name))", { filename: "/srv/app/node_modules/debug/node.js" })(process.env);
    assert.equal(process.env.LEARN_FIRST, "1");
    assert.equal(process.env.LEARN_SECOND, "2");
    assert.deepEqual(told, ["LEARN_FIRST", "LEARN_SECOND"]);
  } finally {
    process.env = before;
  }
});
