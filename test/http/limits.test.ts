// Hard limits of the HTTP guard: what is too much is refused at once. Each test fails when the guard is off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, dial, GET, pause, serve } from "./world.ts";

/** Has a request answered and a second one wait; false when the connection was refused. */
async function keepBusy(port: number, from?: string): Promise<boolean> {
  const client = await dial(port, from);
  client.socket.write(`${GET}GET /wait HTTP/1.1\r\nHost: x\r\n\r\n`);
  return Promise.race([client.ended.then(() => false), new Promise<boolean>((resolve) => client.socket.once("data", () => resolve(true)))]);
}

test("a connection beyond the limit is reset, and the one that waited longest makes room", async (t) => {
  const { port } = await serve(t, { connections: 5 });
  const silent = [];
  for (let count = 0; count < 5; count++) silent.push(await dial(port));
  assert.match(await ask(port, GET), /200 OK/);
  assert.equal((await silent[0]?.ended)?.how, "reset");
});

test("an upgraded connection makes no room, and has no deadline", async (t) => {
  const { port } = await serve(t, { connections: 3, headersTimeout: "1s", idleTimeout: "1s" });
  const tunnel = await dial(port);
  tunnel.socket.write("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
  await new Promise((resolve) => tunnel.socket.once("data", resolve));
  for (let count = 0; count < 6; count++) await dial(port);
  await pause(2500);
  tunnel.socket.write("still there");
  await new Promise((resolve) => tunnel.socket.once("data", resolve));
  assert.match(tunnel.text(), /still there$/);
  tunnel.socket.destroy();
});

test("connections that are in use make no room: the next one is reset", async (t) => {
  const { port } = await serve(t, { connections: 3 });
  for (let count = 0; count < 3; count++) assert.equal(await keepBusy(port), true);
  const refused = await dial(port);
  assert.equal((await refused.ended).how, "reset");
});

test("while connections are scarce one address gets no more than its share, and others get theirs", async (t) => {
  const { port } = await serve(t, { connections: 8, connectionsPerAddress: 4 });
  const busy = (from: string): Promise<boolean> => keepBusy(port, from);
  for (let count = 0; count < 4; count++) assert.equal(await busy("127.0.0.2"), true);
  assert.equal(await busy("127.0.0.2"), false);
  assert.equal(await busy("127.0.0.3"), true);
});

test("new connections beyond the rate are refused to whoever makes no use of them, and to nobody else", async (t) => {
  const { port } = await serve(t, { newConnectionsPerSecond: 50 });
  const storm = await Promise.all(Array.from({ length: 300 }, () => dial(port, "127.0.0.2")));
  const other = await ask(port, GET, "127.0.0.3");
  assert.match(other, /200 OK/);
  const ended = await Promise.all(storm.map((client) => Promise.race([client.ended.then(({ how }) => how), new Promise<string>((resolve) => setTimeout(resolve, 1000, "open"))])));
  assert.ok(ended.filter((how) => how === "reset").length > 50, `${ended.filter((how) => how === "reset").length} of 300 were reset`);
  storm.forEach(({ socket }) => socket.destroy());
});

const headers = (count: number): string => Array.from({ length: count }, (_, index) => `X-${index}: 1\r\n`).join("");

test("too many headers are answered with 431", async (t) => {
  const { port } = await serve(t, { headerCount: 40 });
  assert.match(await ask(port, `GET / HTTP/1.1\r\nHost: x\r\n${headers(39)}\r\n`), /200 OK/);
  assert.match(await ask(port, `GET / HTTP/1.1\r\nHost: x\r\n${headers(40)}\r\n`), /431/);
});

test("by default 128 headers are fine, and more are not", async (t) => {
  const { port } = await serve(t);
  assert.match(await ask(port, `GET / HTTP/1.1\r\nHost: x\r\n${headers(127)}\r\n`), /200 OK/);
  assert.match(await ask(port, `GET / HTTP/1.1\r\nHost: x\r\n${headers(128)}\r\n`), /431/);
});

test("headers that are too large are answered with 431", async (t) => {
  const { port } = await serve(t, { headerBytes: "2KB" });
  assert.match(await ask(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(3000)}\r\n\r\n`), /431/);
});

test("an URL that is too long is answered with 414", async (t) => {
  const { port } = await serve(t);
  assert.match(await ask(port, `GET /${"x".repeat(8000)} HTTP/1.1\r\nHost: x\r\n\r\n`), /200 OK/);
  assert.match(await ask(port, `GET /${"x".repeat(8200)} HTTP/1.1\r\nHost: x\r\n\r\n`), /414/);
});

test("a body that says that it is too large is answered with 413", async (t) => {
  const { port } = await serve(t, { bodyBytes: 1000 });
  assert.match(await ask(port, `POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n`), /413/);
  assert.match(await ask(port, `POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${"x".repeat(1000)}`), /200 OK/);
});

test("a body that does not say so is cut where it becomes too large", async (t) => {
  const { port } = await serve(t, { bodyBytes: 1000 });
  const client = await dial(port);
  client.socket.write("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let count = 0; count < 5; count++) client.socket.write(`100\r\n${"x".repeat(256)}\r\n`);
  client.socket.write("0\r\n\r\n");
  await Promise.race([client.ended, new Promise((resolve) => client.socket.once("data", resolve))]);
  client.socket.end();
  const { text } = await client.ended;
  assert.doesNotMatch(text, /200 OK/);
});

test("a connection is closed after its last request", async (t) => {
  const { port } = await serve(t, { requestsPerConnection: 3 });
  const client = await dial(port);
  client.socket.write(GET.repeat(3));
  const { text } = await client.ended;
  assert.equal(text.match(/200 OK/g)?.length, 3);
});

test("a client that sends far ahead of its answers is reset", async (t) => {
  const { port } = await serve(t);
  const client = await dial(port);
  client.socket.write(GET.repeat(60));
  await new Promise<void>((resolve) => client.socket.on("data", () => client.text().match(/200 OK/g)?.length === 60 && resolve()));
  client.socket.write(GET.repeat(2000));
  assert.equal((await client.ended).how, "reset");
});

test("requests of one address beyond its rate are answered with 429", async (t) => {
  const { port } = await serve(t, { requestsPerSecond: 5 });
  const answers = [];
  for (let count = 0; count < 12; count++) answers.push(await ask(port, GET, "127.0.0.2"));
  assert.ok(answers.some((text) => text.includes(" 429 ")));
  assert.match(await ask(port, GET, "127.0.0.3"), /200 OK/);
});

test("without the guard nothing of this is refused", async (t) => {
  const { port } = await serve(t, false);
  assert.match(await ask(port, `GET /${"x".repeat(8200)} HTTP/1.1\r\nHost: x\r\n${headers(200)}\r\n`), /200 OK/);
});

test("who stalls goes before somebody new is refused", async (t) => {
  const { port } = await serve(t, { connections: 3, bodyTimeout: "60s" });
  const stalling = [];
  for (let count = 0; count < 3; count++) {
    const client = await dial(port, "127.0.0.2");
    client.socket.write("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx");
    stalling.push(client);
    await pause(100);
  }
  assert.doesNotMatch(await ask(port, GET, "127.0.0.3"), /200 OK/);
  await pause(6500);
  assert.match(await ask(port, GET, "127.0.0.3"), /200 OK/);
  const ended = await Promise.all(stalling.map((client) => Promise.race([client.ended.then(() => 1), pause(500).then(() => 0)])));
  assert.equal(ended.reduce((sum: number, one) => sum + one, 0), 1);
  stalling.forEach(({ socket }) => socket.destroy());
});
