import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { readForeseen, type ForeseenList } from "./foreseen.ts";

function written(head: object, text: string): string {
  return `${JSON.stringify({ ...head, length: Buffer.byteLength(text) })}\n${text}`;
}

function textOf(list: ForeseenList | undefined): string | undefined {
  return list?.text.toString();
}

const first = written({ name: "a", form: "abridged", wanted: ["^1"] }, '{"ä":1}');
const second = written({ name: "a", form: "abridged", wanted: ["^1", "^2"] }, '{"ä":\n2}');
const version = written({ name: "@b/c", version: "1.0.0" }, "{}");

test("documents are there as soon as they came, in whatever pieces", async () => {
  for (const size of [1, 7, 1000]) {
    const input = new PassThrough();
    const foreseen = readForeseen(input);
    const bytes = Buffer.from(`${first}${version}${second}{}\n`);
    for (let at = 0; at < bytes.length; at += size) input.write(bytes.subarray(at, at + size));
    assert.equal(textOf(await foreseen.enough("a", "^2")), '{"ä":\n2}', `${size} at a time`);
    assert.equal(textOf(foreseen.list("a", "abridged")), '{"ä":\n2}');
    assert.equal((await foreseen.version("@b/c", "1.0.0"))?.toString(), "{}");
    // The pipe stays open, and nothing more comes.
    assert.equal(await foreseen.enough("b", "*"), undefined);
    assert.equal(await foreseen.version("a", "9.9.9"), undefined);
  }
});

test("who waits goes on when a list is enough, and not before", async () => {
  const input = new PassThrough();
  const foreseen = readForeseen(input);
  let got: string | undefined;
  const waited = foreseen.enough("a", "^2").then((list) => (got = textOf(list)));
  input.write(first);
  assert.equal(textOf(await foreseen.enough("a", "^1")), '{"ä":1}');
  assert.equal(got, undefined);
  input.write(second);
  await waited;
  assert.equal(got, '{"ä":\n2}');
  input.end();
});

test("of one who was killed, what came as a whole counts, and nobody waits for the rest", async () => {
  for (const rest of ["", "{", '{"name":"a","form":"abridged","wanted":["^2"],"length":5}\n{', "no JSON\n", '{"name":1}\n']) {
    const input = new PassThrough();
    const foreseen = readForeseen(input);
    input.end(first + rest);
    assert.equal(textOf(await foreseen.enough("a", "^2")), '{"ä":1}', JSON.stringify(rest));
    assert.equal(await foreseen.enough("b", "*"), undefined);
  }
});

test("a pipe that breaks is an end", async () => {
  const input = new PassThrough();
  const foreseen = readForeseen(input);
  const waiting = foreseen.enough("a", "^1");
  input.destroy(new Error("broken"));
  assert.equal(await waiting, undefined);
  const open = new PassThrough();
  readForeseen(open).close();
  assert.ok(open.destroyed, "the resolver's end does not wait for the pipe's");
});

test("nobody waits for ever for one who stands still", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const input = new PassThrough();
  const foreseen = readForeseen(input);
  const waiting = Promise.all([foreseen.enough("a", "^2"), foreseen.version("b", "1.0.0")]);
  input.write(first);
  assert.equal(textOf(await foreseen.enough("a", "^1")), '{"ä":1}');
  t.mock.timers.tick(30_000);
  assert.deepEqual((await waiting).map((found) => (found === undefined ? undefined : "list")), ["list", undefined]);
  input.end();
});
