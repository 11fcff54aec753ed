import assert from "node:assert/strict";
import { test } from "node:test";
import { createPressure } from "./pressure.ts";

test("one standstill is no overload, however long", () => {
  const pressure = createPressure(300);
  for (const late of [0, 0, 9000, 0, 0]) {
    pressure.look(late);
    assert.equal(pressure.isOverloaded, false);
  }
});

test("a loop that is late again and again is overloaded, until it is not", () => {
  const pressure = createPressure(300);
  for (let count = 0; count < 10; count++) pressure.look(600);
  assert.equal(pressure.isOverloaded, true);
  for (let count = 0; count < 3; count++) pressure.look(0);
  assert.equal(pressure.isOverloaded, false);
});
