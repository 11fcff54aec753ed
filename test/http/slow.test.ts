// Slow clients: each deadline is met within a second. Each test fails when the guard is off, whose deadlines are a minute and more.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect as secureConnect } from "node:tls";
import { dial, dribble, GET, pause, serve, type End } from "./world.ts";

/** A loaded machine gets more than the second that is promised. */
const LATE = 2500;

function isIn(end: End, seconds: number): void {
  assert.equal(end.how, "reset");
  assert.ok(end.after > seconds * 1000 - 300, `it came after ${end.after} ms, too early`);
  assert.ok(end.after < seconds * 1000 + LATE, `it came after ${end.after} ms, too late`);
}

test("headers that come byte by byte have one deadline as a whole", async (t) => {
  const { port } = await serve(t, { headersTimeout: "2s" });
  const client = await dial(port);
  client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
  isIn(await dribble(client, () => "X: y\r\n"), 2);
});

test("so has a client that says nothing", async (t) => {
  const { port } = await serve(t, { headersTimeout: "2s" });
  isIn(await (await dial(port)).ended, 2);
});

test("so have the headers of the second request", async (t) => {
  const { port } = await serve(t, { headersTimeout: "2s" });
  const client = await dial(port);
  client.socket.write(GET);
  await pause(1500);
  client.socket.write("GET /");
  const end = await dribble(client, () => "x");
  assert.match(end.text, /200 OK/);
  isIn({ ...end, after: end.after - 1500 }, 2);
});

test("a body has to come at the least rate", async (t) => {
  const { port } = await serve(t, { bodyTimeout: "2s" });
  const client = await dial(port);
  client.socket.write("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  isIn(await dribble(client, () => "x"), 2);
});

test("dribbled extensions of chunks and trailers are a slow body", async (t) => {
  const { port } = await serve(t, { bodyTimeout: "2s" });
  for (const beginning of ["5;", "0\r\nX: "]) {
    const client = await dial(port);
    client.socket.write(`POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${beginning}`);
    isIn(await dribble(client, () => "x"), 2);
  }
});

test("a steady body passes, however long it takes", async (t) => {
  const { port } = await serve(t, { bodyTimeout: "1s", bodyRate: 256 });
  const client = await dial(port);
  client.socket.write("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8000\r\nConnection: close\r\n\r\n");
  let left = 8;
  const end = await dribble(client, () => (left-- > 0 ? "x".repeat(1000) : ""), 500);
  assert.match(end.text, /200 OK[^]*8000$/);
});

test("who does not read the answer is reset", async (t) => {
  const { port } = await serve(t, { sendTimeout: "2s" });
  const socket = connect({ port, host: "127.0.0.1" });
  const started = performance.now();
  socket.on("connect", () => socket.pause()).write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  await pause(4500);
  const end = new Promise<boolean>((resolve) => socket.on("error", () => resolve(true)).on("end", () => resolve(false)));
  socket.on("data", () => undefined).resume();
  assert.equal(await end, true);
  assert.ok(performance.now() - started < 10_000);
});

test("who waits for an answer is left alone, and so is who reads one slowly and steadily", async (t) => {
  const limits = { headersTimeout: "1s", bodyTimeout: "1s", sendTimeout: "1s", idleTimeout: "1s" };
  const { port } = await serve(t, limits);
  const waiting = await dial(port);
  waiting.socket.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  const reading = connect({ port, host: "127.0.0.1" });
  let size = 0;
  let failed = false;
  reading.on("error", () => (failed = true)).on("data", (part: Buffer) => {
    size += part.length;
    reading.pause();
    setTimeout(() => reading.resume(), 5);
  });
  reading.write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  await pause(4000);
  assert.equal(failed, false);
  assert.ok(size > 1 << 20);
  assert.equal(waiting.socket.writable, true);
  reading.destroy();
  waiting.socket.destroy();
});

const SECURE = `
import { createServer } from "node:https";
import { key, certificate } from "./certificate.mjs";
const server = createServer({ key, cert: certificate }, (request, response) => {
  if (request.url === "/wait") return;
  response.end("ok");
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;
const CERTIFICATE = readFileSync(join(import.meta.dirname, "../engine/fixtures/data/certificate.mjs"), "utf8");

test("a TLS handshake has its deadline, and so have the headers after it", async (t) => {
  const { port } = await serve(t, { handshakeTimeout: "2s", headersTimeout: "2s" }, { "server.mjs": SECURE, "certificate.mjs": CERTIFICATE }, "server.mjs");
  const silent = await dial(port);
  const half = await dial(port);
  half.socket.write("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "latin1");
  isIn(await silent.ended, 2);
  isIn(await half.ended, 2);
  const started = performance.now();
  const secure = secureConnect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  const end = new Promise<"reset" | "closed">((resolve) => secure.on("error", () => resolve("reset")).on("close", () => resolve("closed")));
  secure.write("GET /wait HTTP/1.1\r\nHost: x\r\n");
  const timer = setInterval(() => secure.writable && secure.write("X: y\r\n"), 250);
  t.after(() => clearInterval(timer));
  isIn({ how: await end, after: performance.now() - started, text: "" }, 2);
});
