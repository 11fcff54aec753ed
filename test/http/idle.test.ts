// Connections between two requests, and who is blocked for how long. Each test of a limit fails when the guard is off.
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { ask, dial, dribble, GET, pause, serve } from "./world.ts";

const KEPT = `
const { createServer } = require("node:http");
const { httpStats } = require("cordon:http");
const server = createServer((request, response) => response.end(JSON.stringify(httpStats())));
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;

test("a connection may be idle for its time, and no longer", async (t) => {
  const { port } = await serve(t, { idleTimeout: "2s" }, { "server.js": KEPT });
  const client = await dial(port);
  client.socket.write(GET);
  await pause(1000);
  client.socket.write(GET);
  const { how, after } = await client.ended;
  assert.equal(how, "reset");
  assert.ok(after > 2700 && after < 6000, `it ended after ${after} ms`);
});

test("a session without streams gets a GOAWAY", async (t) => {
  const source = `const server = require("node:http2").createServer((request, response) => response.end("ok")); server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));`;
  const { port } = await serve(t, { idleTimeout: "2s" }, { "server.js": source });
  const session = connect(`http://127.0.0.1:${port}`);
  const begin = performance.now();
  session.request({ ":path": "/" }).resume();
  await new Promise((resolve) => session.on("close", resolve));
  assert.ok(performance.now() - begin > 1700 && performance.now() - begin < 6000);
});

test("blocks grow with each offence, and end with calm", async (t) => {
  // With half of all connections taken, who is blocked is refused.
  const { port } = await serve(t, { headersTimeout: "300ms", connections: 40 }, { "server.js": KEPT });
  const held = await Promise.all(Array.from({ length: 22 }, () => dial(port, "127.0.0.3")));
  for (const { socket } of held) socket.write(GET);
  const offend = async (): Promise<void> => {
    const slow = await Promise.all(Array.from({ length: 12 }, () => dial(port, "127.0.0.9")));
    await Promise.all(slow.map((client) => dribble(client, () => (client.socket.bytesWritten === 0 ? "GET / HTTP/1.1\r\n" : "X: y\r\n"), 100)));
  };
  const blockedFor = async (): Promise<number> => {
    const begin = performance.now();
    while (!(await ask(port, GET, "127.0.0.9")).includes("200 OK")) {
      assert.ok(performance.now() - begin < 40_000, "the block never ends");
      await pause(100);
    }
    return performance.now() - begin;
  };
  await offend();
  const first = await blockedFor();
  assert.ok(first > 3500 && first < 9000, `the first block took ${first} ms`);
  assert.match(await ask(port, GET, "127.0.0.4"), /200 OK/);
  await offend();
  const second = await blockedFor();
  assert.ok(second > first * 1.5, `the second block took ${second} ms, the first ${first}`);
  for (const { socket } of held) socket.destroy();
});
