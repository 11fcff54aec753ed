// Programs that do unusual things with their servers find what they find without the guard.
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { ask, GET, serve } from "./world.ts";

test("a page that takes long once costs nobody a request", async (t) => {
  const { port } = await serve(t, undefined, { "server.js": `
    const { createServer } = require("node:http");
    createServer((request, response) => {
      if (request.url === "/burn") for (const end = Date.now() + 1500; Date.now() < end;);
      response.end("ok");
    }).listen(0, "127.0.0.1", function () { console.log("port", this.address().port); });` });
  for (let round = 0; round < 2; round++) {
    assert.match(await ask(port, "GET /burn HTTP/1.1\r\nHost: x\r\n\r\n"), /200 OK/);
    const answers = await Promise.all(Array.from({ length: 150 }, () => ask(port, GET)));
    assert.equal(answers.filter((text) => text.includes("200 OK")).length, 150);
  }
});

test("timers that a program replaced stop no connection", async (t) => {
  const { port } = await serve(t, undefined, { "server.js": `
    globalThis.setInterval = () => 1;
    const server = require("node:http").createServer((request, response) => response.end("ok"));
    server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));` });
  assert.match(await ask(port, GET), /200 OK/);
});

test("a stream that is handed on without its raw headers is served", async (t) => {
  const { port } = await serve(t, undefined, { "server.js": `
    const { createServer } = require("node:http2");
    const inner = createServer().on("stream", (stream) => { stream.respond(); stream.end("inner"); });
    const server = createServer().on("stream", (stream, headers, flags) => inner.emit("stream", stream, headers, flags));
    server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));` });
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/" });
  let text = "";
  for await (const part of stream) text += String(part);
  assert.equal(text, "inner");
});

test("what a program allows for headers holds", async (t) => {
  const { port } = await serve(t, undefined, { "server.js": `
    const server = require("node:http").createServer({ maxHeaderSize: 65536 }, (request, response) => response.end("ok"));
    server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));` });
  assert.match(await ask(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(30_000)}\r\n\r\n`), /200 OK/);
});
