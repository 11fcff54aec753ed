// Malformed requests and smuggling: 400, closed, counted. What the engine's parser refuses by itself is looked at too, so that an
// engine that no longer does is noticed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, dial, GET, serve } from "./world.ts";

const HEAD = "POST /upload HTTP/1.1\r\nHost: x\r\n";

/** Those that the bare engine answers with 200. */
const LET_THROUGH = {
  "two Host headers": "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
  "an URL that is none": "GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
  "HTTP/0.9": "GET /\r\n\r\n",
};

const REFUSED = {
  ...LET_THROUGH,
  "both lengths": `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "two Content-Length": `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
  "a length with a sign": `${HEAD}Content-Length: +5\r\n\r\nhello`,
  "chunked that is not last": `${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  "a folded header": "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
  "a space before the colon": `${HEAD}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  "a bare LF": "GET / HTTP/1.1\nHost: x\n\n",
  "a CR in a header": "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
  "a NUL in a header": "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "a chunk size that is no number": `${HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
  "a chunk size that overflows": `${HEAD}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
  "a chunk without its end": `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n`,
  "an unknown method": "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
  "a control character in the URL": "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
};

test("what is malformed is answered with 400, and its connection is closed", async (t) => {
  const { port, running } = await serve(t);
  for (const [name, bytes] of Object.entries(REFUSED)) {
    const client = await dial(port, "127.0.0.2");
    client.socket.write(bytes + GET, "latin1");
    const { text } = await client.ended;
    assert.match(text, /^HTTP\/1.1 400 /, name);
    assert.equal(text.match(/HTTP\/1.1/g)?.length, 1, `${name}: more than one answer`);
  }
  assert.match(await ask(port, GET), /200 OK/);
  assert.match(running.output.stderr, /^cordon: HTTP guard dropped 127\.0\.0\.2: malformed\n/);
});

test("one offender has one line in a minute", async (t) => {
  const { port, running } = await serve(t);
  for (let count = 0; count < 30; count++) await ask(port, LET_THROUGH["two Host headers"], "127.0.0.2");
  // The minute may end meanwhile.
  assert.ok((running.output.stderr.match(/dropped 127\.0\.0\.2/g)?.length ?? 0) <= 2, running.output.stderr);
});

test("without the guard the engine lets some of it through", async (t) => {
  const { port } = await serve(t, false);
  for (const [name, bytes] of Object.entries(LET_THROUGH)) assert.match(await ask(port, bytes), /200 OK/, name);
});

test("what is unusual and right passes", async (t) => {
  const { port } = await serve(t);
  for (const line of ["GET http://x/ HTTP/1.1", "OPTIONS * HTTP/1.1", "GET //a HTTP/1.1", "GET /%00?x=%0d%0a HTTP/1.1", "GET / HTTP/1.0"]) {
    assert.match(await ask(port, `${line}\r\nHost: x\r\n\r\n`), /200 OK/, line);
  }
});
