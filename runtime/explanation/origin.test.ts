import assert from "node:assert/strict";
import { test } from "node:test";
import { findOrigin, packageOf } from "./origin.ts";

const stack = (...frames: string[]): string => `Error: x\n${frames.map((frame) => `    at ${frame}`).join("\n")}`;

test("the first frame that is neither the engine's nor cordon's counts", () => {
  const text = stack("Object.readFileSync (node:fs:1:2)", "Object.apply (/cordon/dist/runtime.cjs:3:4)", "load (/app/src/a.ts:5:6)", "/app/b.js:7:8");
  assert.deepEqual(findOrigin(text, "/cordon/dist"), { package: null, file: "/app/src/a.ts", line: 5 });
});

test("every form of a frame is read", () => {
  for (const frame of ["/app/a b (1).js:5:6", "async load (/app/a b (1).js:5:6)", "new A (file:///app/a b (1).js:5:6)", "Object.<anonymous> (/app/a b (1).js:5:6)"]) {
    assert.deepEqual(findOrigin(stack(frame), "/x"), { package: null, file: "/app/a b (1).js", line: 5 }, frame);
  }
});

test("packages that only pass calls on are passed over, unless there is nothing else", () => {
  const between = "open (/app/node_modules/graceful-fs/graceful-fs.js:1:1)";
  assert.equal(findOrigin(stack(between, "run (/app/node_modules/rimraf/index.js:2:2)"), "/x").package, "rimraf");
  assert.equal(findOrigin(stack(between), "/x").package, "graceful-fs");
});

test("a package is named by the last node_modules in a path", () => {
  assert.equal(packageOf("/app/node_modules/a/node_modules/@b/c/lib/d.js"), "@b/c");
  assert.equal(packageOf("/app/src/index.js"), null);
});

test("a stack that a program made up is no crash", () => {
  for (const text of ["", "at at at", stack("(((", ":::"), `${"x".repeat(10_000)}\n    at (`]) assert.equal(findOrigin(text, "/x").file, null);
});
