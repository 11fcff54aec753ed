// Servers are guarded wherever a program makes them: in threads, in cluster workers, behind unix sockets, with TLS and ALPN.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect as secureConnect, type TLSSocket } from "node:tls";
import { acknowledgeSettings, data, headers, ping, PREFACE, reset, settings, SETTINGS } from "../http-load/attacks/frames.ts";
import { literal, request } from "../http-load/attacks/hpack.ts";
import { cordonRun, makeProject, type Owner } from "../harness/index.ts";
import { ask, GET, pause, serve } from "./world.ts";

const SERVE = `require("node:http").createServer((request, response) => response.end("ok")).listen(0, "127.0.0.1", function () { tell(this.address().port); });`;
const LONG = `GET /${"x".repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`;

const PLACES: Record<string, string> = {
  "a thread": `const { isMainThread, Worker, parentPort } = require("node:worker_threads");
    if (isMainThread) new Worker(__filename).on("message", (port) => console.log("port", port));
    else { const tell = (port) => parentPort.postMessage(port); ${SERVE} }`,
  "a cluster worker": `const cluster = require("node:cluster");
    if (cluster.isPrimary) cluster.fork().on("message", (port) => console.log("port", port));
    else { const tell = (port) => process.send(port); ${SERVE} }`,
  "a child": `const { fork } = require("node:child_process");
    if (process.send === undefined) fork(__filename).on("message", (port) => console.log("port", port));
    else { const tell = (port) => process.send(port); ${SERVE} }`,
};

for (const [place, source] of Object.entries(PLACES)) {
  test(`a server in ${place} is guarded`, async (t) => {
    const { port } = await serve(t, undefined, { "server.js": source });
    assert.match(await ask(port, GET), /200 OK/);
    assert.match(await ask(port, LONG), /414/);
  });
}

test("a server behind a unix socket is guarded, and its clients are one", async (t) => {
  const source = `
    const { createServer } = require("node:http");
    const { connect } = require("node:net");
    const path = require("node:path").join(process.env.TMPDIR, "s");
    const server = createServer((request, response) => response.end("ok"));
    const ask = (text) => new Promise((resolve) => { const socket = connect(path, () => socket.write(text)).once("data", (part) => { resolve(String(part).split("\\r\\n")[0]); socket.destroy(); }); });
    server.listen(path, async () => {
      console.log(await ask(${JSON.stringify(GET)}));
      console.log(await ask(${JSON.stringify(LONG)}));
      const slow = connect(path, () => slow.write("GET / HTTP/1.1\\r\\n")).on("error", () => undefined).on("close", () => { console.log("ended"); server.close(); });
    });
  `;
  const project = makeProject(t, { "package.json": { cordon: { http: { headersTimeout: "1s" } } }, "program.js": source });
  const { stdout } = await cordonRun(["program.js"], { cwd: project.folder });
  assert.deepEqual(stdout.trim().split("\n"), ["HTTP/1.1 200 OK", "HTTP/1.1 414 URI Too Long", "ended"]);
});

const SECURE = `
import { createSecureServer } from "node:http2";
import { key, certificate } from "./certificate.mjs";
const server = createSecureServer({ key, cert: certificate, allowHTTP1: true }, (request, response) => (request.url === "/wait" ? undefined : response.end("ok")));
server.on("session", (session) => session.on("error", () => undefined));
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;
const CERTIFICATE = readFileSync(join(import.meta.dirname, "../engine/fixtures/data/certificate.mjs"), "utf8");

type Secure = { port: number; dial(): Promise<{ socket: TLSSocket; ended: Promise<void>; isOver(): boolean }> };

async function secured(owner: Owner, http?: unknown): Promise<Secure> {
  const { port } = await serve(owner, http, { "server.mjs": SECURE, "certificate.mjs": CERTIFICATE }, "server.mjs");
  const open = async (): ReturnType<Secure["dial"]> => {
    const socket = secureConnect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    let over = false;
    const ended = new Promise<void>((resolve) => socket.on("error", () => undefined).on("close", () => ((over = true), resolve())));
    owner.after(() => void socket.destroy());
    await Promise.race([ended, new Promise((resolve) => socket.once("secureConnect", resolve))]);
    socket.resume().write(Buffer.concat([PREFACE, settings([]), acknowledgeSettings()]));
    return { socket, ended, isOver: () => over };
  };
  return { port, dial: open };
}

const get = (stream: number): Buffer => headers(stream, request("https", "/wait"), { headers: true, stream: true });
const FLOODS: Record<string, (stream: number) => Buffer> = {
  "rapid reset": (stream) => Buffer.concat([get(stream), reset(stream)]),
  "streams that the server has to reset": (stream) => Buffer.concat([headers(stream, Buffer.concat([request("https", "/wait", "post"), literal("content-length", "1")]), { headers: true }), data(stream, Buffer.from("xx"))]),
  PING: ping,
  SETTINGS: () => settings([[SETTINGS.initialWindowSize, 65_535]]),
};

for (const [name, make] of Object.entries(FLOODS)) {
  test(`with TLS and ALPN a flood of ${name} ends`, async (t) => {
    const server = await secured(t);
    const { socket, ended, isOver } = await server.dial();
    for (let batch = 0; batch < 200 && !isOver(); batch++) {
      socket.write(Buffer.concat(Array.from({ length: 50 }, (_, index) => make(1 + 2 * (batch * 50 + index)))));
      await pause(5);
    }
    assert.equal(await Promise.race([ended.then(() => "ended"), pause(5000).then(() => "goes on")]), "ended");
    const other = await server.dial();
    other.socket.write(headers(1, request("https"), { headers: true, stream: true }));
    await Promise.race([other.ended, new Promise((resolve) => other.socket.once("data", resolve))]);
    assert.equal(other.isOver(), false);
  });
}

test("headers that never end have their deadline with TLS and ALPN too", async (t) => {
  const server = await secured(t, { headersTimeout: "2s" });
  const { socket, ended } = await server.dial();
  const begin = performance.now();
  socket.write(headers(1, request("https"), { stream: true }));
  await ended;
  assert.ok(performance.now() - begin < 5000);
});
