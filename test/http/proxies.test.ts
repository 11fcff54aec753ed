// Behind trusted proxies: whose request it is, by headers and by the PROXY protocol, and only from addresses that are named.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect as secureConnect } from "node:tls";
import { ask, serve } from "./world.ts";

const LIMITS = { requestsPerSecond: 3, trustedProxies: ["127.0.0.8/29"] };
const CERTIFICATE = readFileSync(join(import.meta.dirname, "../engine/fixtures/data/certificate.mjs"), "utf8");

const from = (header: string): string => `GET / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`;

async function limited(port: number, header: (count: number) => string, proxy: string): Promise<number> {
  let refused = 0;
  for (let count = 0; count < 12; count++) if ((await ask(port, from(header(count)), proxy)).includes(" 429 ")) refused++;
  return refused;
}

test("a trusted proxy's clients are told apart, by each header", async (t) => {
  const { port } = await serve(t, LIMITS);
  assert.equal(await limited(port, (count) => `X-Forwarded-For: 1.1.1.${count}`, "127.0.0.9"), 0);
  assert.equal(await limited(port, (count) => `Forwarded: for=2.2.2.${count}`, "127.0.0.9"), 0);
  assert.ok((await limited(port, () => "X-Forwarded-For: 3.3.3.3", "127.0.0.9")) > 0);
  assert.ok((await limited(port, (count) => `X-Forwarded-For: 4.4.4.${count}, 5.5.5.5`, "127.0.0.9")) > 0, "what a client wrote itself counts");
});

test("the word of others counts for nothing", async (t) => {
  const { port } = await serve(t, LIMITS);
  assert.ok((await limited(port, (count) => `X-Forwarded-For: 1.1.1.${count}`, "127.0.0.2")) > 0);
});

const SHOWS = `
import { createServer } from "node:http";
import { createServer as createSecure } from "node:https";
import { key, certificate } from "./certificate.mjs";
const answer = (request, response) => response.end(request.socket.remoteAddress + " " + request.url);
const server = process.env.CI === "tls" ? createSecure({ key, cert: certificate }, answer) : createServer(answer);
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;
const FILES = { "server.mjs": SHOWS, "certificate.mjs": CERTIFICATE };
const SETTINGS = { proxyProtocol: true, trustedProxies: ["127.0.0.9"], handshakeTimeout: "2s" };
const GET = "GET /path HTTP/1.1\r\nHost: x\r\n\r\n";

test("the header of the PROXY protocol says who the client is", async (t) => {
  const { port } = await serve(t, SETTINGS, FILES, "server.mjs");
  assert.match(await ask(port, `PROXY TCP4 1.2.3.4 5.6.7.8 11 80\r\n${GET}`, "127.0.0.9"), /200 OK[^]*1\.2\.3\.4 \/path$/);
  const binary = Buffer.from("0d0a0d0a000d0a515549540a2111000c010203050607080900110050", "hex").toString("latin1");
  assert.match(await ask(port, binary + GET, "127.0.0.9"), /1\.2\.3\.5 \/path$/);
  // Byte by byte, and with the request in a later part.
  const socket = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.9" });
  let text = "";
  socket.on("data", (part: Buffer) => (text += part.toString()));
  for (const letter of "PROXY TCP4 1.2.3.6 5.6.7.8 11 80\r\n") {
    socket.write(letter);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(GET);
  await new Promise((resolve) => socket.once("data", resolve));
  assert.match(text, /1\.2\.3\.6 \/path$/);
  socket.destroy();
});

test("a proxy without the header is dropped, and others need none", async (t) => {
  const { port } = await serve(t, SETTINGS, FILES, "server.mjs");
  assert.equal(await ask(port, GET, "127.0.0.9"), "");
  assert.match(await ask(port, GET, "127.0.0.2"), /127\.0\.0\.2 \/path$/);
  assert.match(await ask(port, `PROXY TCP4 1.2.3.4 5.6.7.8 11 80\r\n${GET}`, "127.0.0.2"), /400/);
});

test("TLS begins after the header", async (t) => {
  const { port } = await serve(t, SETTINGS, { ...FILES, "server.mjs": SHOWS.replace('process.env.CI === "tls"', "true") }, "server.mjs");
  const socket = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.9" });
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write("PROXY TCP4 1.2.3.7 5.6.7.8 11 80\r\n");
  const secure = secureConnect({ socket, rejectUnauthorized: false });
  let text = "";
  secure.on("data", (part: Buffer) => (text += part.toString())).write(GET);
  await new Promise((resolve) => secure.once("data", resolve));
  assert.match(text, /1\.2\.3\.7 \/path$/);
  secure.destroy();
});
