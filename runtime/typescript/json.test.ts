import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWithComments } from "./json.ts";

test("comments and trailing commas are left out", () => {
  const text = '\uFEFF{ // one\n "a": [1, 2, /* three */ ], "b": { "c": true, }, /* end */ }';
  assert.deepEqual(parseWithComments(text), { a: [1, 2], b: { c: true } });
});

test("what looks like a comment in a string is none", () => {
  assert.deepEqual(parseWithComments('{ "a": "// no", "b": "/* no */", "c": "\\"// no", "d": ",]", }'), { a: "// no", b: "/* no */", c: '"// no', d: ",]" });
});

test("what is no JSON even so is an error", () => {
  for (const text of ["", "{", "{ a: 1 }", "[1,,2]", "{} {}"]) assert.throws(() => parseWithComments(text), SyntaxError, text);
});
