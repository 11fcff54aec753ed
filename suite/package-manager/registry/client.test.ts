import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createPlainServer, type AddressInfo, type Server as PlainServer, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Request } from "../request.ts";
import { credentialFor, follow, LIMITS, makeClient, type Client, type Limits, type Send } from "./client.ts";

const credentials = [
  { prefix: "//r.example/", header: "Bearer short" },
  { prefix: "//r.example/npm/", header: "Bearer long" },
  { prefix: "//r.example:8443/", header: "Bearer port" },
];
const header = (url: string): string | undefined => credentialFor(new URL(url), { credentials });

test("a token goes to addresses below its prefix, the longest one, over TLS only", () => {
  assert.equal(header("https://r.example/npm/x"), "Bearer long");
  assert.equal(header("https://r.example/npmx"), "Bearer short");
  assert.equal(header("https://r.example:8443/x"), "Bearer port");
  assert.equal(header("https://R.Example/npm/../x"), "Bearer short");
  for (const url of ["http://r.example/npm/x", "https://r.example.evil/", "https://evil.example/r.example/", "https://r.example:444/"]) assert.equal(header(url), undefined, url);
});

test("a redirect that leads around in circles ends, and one to another protocol is not followed", async (t) => {
  const seen: string[] = [];
  const base = await serve(t, createServer((request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(302, { location: request.url === "/file" ? "file:///etc/passwd" : "/again" }).end();
  }));
  const client = makeTestClient(t);
  await assert.rejects(client.get(`${base}/again`, {}), /without end/);
  assert.ok(seen.length < 10);
  await assert.rejects(client.get(`${base}/file`, {}), /leads to file:/);
});

test("a token stays behind at a redirect", async () => {
  const seen: (string | undefined)[][] = [];
  const send: Send = (url, { authorization }) => {
    seen.push([url.href, authorization]);
    const isFirst = seen.length === 1;
    return Promise.resolve({ status: isFirst ? 302 : 200, headers: isFirst ? { location: "https://r.example/npm/other" } : {}, body: Buffer.alloc(0) });
  };
  await follow(send, new URL("https://r.example/npm/a"), {}, { credentials });
  assert.deepEqual(seen, [["https://r.example/npm/a", "Bearer long"], ["https://r.example/npm/other", undefined]]);
});

test("an answer that comes byte by byte is left, before it begins and afterwards", async (t) => {
  const start = { headers: "HTTP/1.1 200 OK\r\nx: ", body: "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", handshake: "\u0016\u0003\u0003\u0040\0\u0002\0" };
  const client = makeTestClient(t, { patience: 200 });
  for (const [name, bytes] of Object.entries(start)) {
    const base = await serve(t, createPlainServer((socket) => dribble(socket, bytes)));
    const url = name === "handshake" ? base.replace("http:", "https:") : base;
    await assert.rejects(client.get(url, {}), /nothing came|bytes per second/, name);
  }
});

test("what all answers have together has an end, also of what was packed", async (t) => {
  const packed = gzipSync(Buffer.alloc(3 << 20, " "));
  const base = await serve(t, createServer((request, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(packed)));
  const client = makeTestClient(t, { total: 8 << 20, small: 1 << 20 });
  for (const path of ["a", "b"]) assert.equal((await client.get(`${base}/${path}`, {})).body.length, 3 << 20);
  await assert.rejects(client.get(`${base}/c`, {}), /more than 8 MiB together/);
});

test("a packed answer that is too long is refused", async (t) => {
  const packed = gzipSync(Buffer.alloc(3 << 20, " "));
  const base = await serve(t, createServer((request, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(packed)));
  for (const small of [1 << 10, 1 << 20]) await assert.rejects(makeTestClient(t, { largest: 2 << 20, small }).get(base, {}), /more than 2 MiB/);
});

test("large answers are read one after the other", async (t) => {
  const { promise: held, resolve: holds } = Promise.withResolvers<() => void>();
  let isSent = false;
  const handle: RequestListener = (request, response) => {
    if (request.url === "/first") response.write(Buffer.alloc(4 << 20), () => holds(() => void response.end()));
    else response.end(Buffer.alloc(64 << 20), () => (isSent = true));
  };
  const base = await serve(t, createServer(handle));
  const client = makeTestClient(t, { small: 1 << 20 });
  const first = client.get(`${base}/first`, {});
  const end = await held;
  const second = client.get(`${base}/second`, {});
  await delay(500);
  // Sockets hold some megabytes of it.
  assert.equal(isSent, false);
  end();
  assert.equal((await first).body.length, 4 << 20);
  assert.equal((await second).body.length, 64 << 20);
});

function makeTestClient(t: TestContext, limits: Partial<Limits> = {}): Client {
  const request: Partial<Request> = { credentials: [], proxy: "", httpsProxy: "", noProxy: "", ca: "", caFiles: [], extraCaFiles: [] };
  const client = makeClient(request as Request, { ...LIMITS, ...limits });
  t.after(() => client.close());
  return client;
}

async function serve(t: TestContext, server: Server | PlainServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Bytes that never end, each within the time that a client waits for one. */
function dribble(socket: Socket, start: string): void {
  let sent = 0;
  const timer = setInterval(() => socket.write(start.charAt(sent++) || "x", "latin1"), 20);
  socket.on("error", () => {});
  socket.on("close", () => clearInterval(timer));
}
