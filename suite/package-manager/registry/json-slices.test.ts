import assert from "node:assert/strict";
import { test } from "node:test";
import { members, parse } from "./json-slices.ts";

/** What JSON.parse makes of it; an error where it makes none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

/** The same by slices. */
function sliced(text: string): unknown {
  const bytes = Buffer.from(text);
  try {
    const { outer, inner } = members(bytes, "versions");
    const values = [...outer].map(([name, place]) => [name, parse(bytes, place)]);
    const versions = inner === undefined ? [] : [...inner].map(([name, place]) => [name, parse(bytes, place)]);
    return { ...Object.fromEntries(values), ...(inner === undefined ? {} : { versions: Object.fromEntries(versions) }) };
  } catch (error) {
    return error;
  }
}

const texts = [
  "{}", " { } ", '{"a":1}', '{"a":1,"a":2}', '{"a":{"b":[1,{"c":"}"}]},"versions":{"1.0.0":{"x":"\\"}"},"2.0.0":[]}}', '{"versions":{}}', '{"versions":[1]}', '{"versions":null,"z":"\\\\"}',
  '{"versions":{"1":1},"versions":{"2":2}}', '{"versions":{"1":1},"versions":3}', '{"\\u0061":"\\u0022","ä":"ö"}', '{ "a" : "b" , "c" : [ ] }', '{"a":1e5,"b":true,"c":-0.5}', '{"":""}', '{"a":"{[","b":"]}"}',
];

test("by slices an object has the members that JSON.parse finds", () => {
  for (const text of texts) assert.deepEqual(sliced(text), parsed(text), text);
});

test("text that breaks off or is bent somewhere is an error, or what JSON.parse makes of it", () => {
  for (const text of texts) {
    for (let at = 0; at < text.length; at += 1) {
      for (const bent of [text.slice(0, at), text.slice(0, at) + text.slice(at + 1), ...['"', "{", "}", "[", ",", ":", "\\", "1"].map((other) => text.slice(0, at) + other + text.slice(at + 1))]) {
        const [own, theirs] = [sliced(bent), parsed(bent)];
        // What follows the object is not looked at.
        if (!(own instanceof Error) && !(theirs instanceof Error)) assert.deepEqual(own, theirs, bent);
        if (own instanceof Error) assert.ok(theirs instanceof Error || typeof theirs !== "object" || Array.isArray(theirs), bent);
      }
    }
  }
});

test("nesting without end is an error, not a stack that overflows", () => {
  for (const text of [`{"a":${"[".repeat(1_000_000)}`, `{"a":${'{"a":'.repeat(1_000_000)}`]) assert.throws(() => members(Buffer.from(text), "versions"), SyntaxError);
});
