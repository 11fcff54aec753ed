// HTTP/2: what a session may cost. Each test of a limit fails when only the engine's own options are set, with the guard off.
import assert from "node:assert/strict";
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { test } from "node:test";
import { acknowledgeSettings, continuation, data, headers, ping, PREFACE, priority, reset, settings, SETTINGS, windowUpdate } from "../http-load/attacks/frames.ts";
import { literal, NEWEST, remembered, request } from "../http-load/attacks/hpack.ts";
import { dial, pause, serve, type Client, type End } from "./world.ts";

const SERVER = `
const { createServer } = require("node:http2");
const big = Buffer.alloc(1 << 20, "x");
const server = createServer();
server.on("session", (session) => session.on("error", () => undefined));
server.on("stream", (stream, headers) => {
  stream.on("error", () => undefined);
  if (headers[":path"] === "/wait") return;
  if (headers[":path"] === "/big") { stream.respond(); return stream.end(big); }
  let size = 0;
  stream.on("data", (part) => (size += part.length)).on("end", () => {
    if (stream.destroyed) return;
    stream.respond();
    stream.end(String(size));
  });
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;
const FILES = { "server.js": SERVER };

async function greet(port: number, pairs: readonly (readonly [number, number])[] = []): Promise<Client> {
  const client = await dial(port, "127.0.0.2");
  client.socket.write(Buffer.concat([PREFACE, settings(pairs), acknowledgeSettings()]));
  return client;
}

/** Sends what `make` gives for stream after stream until the connection ends, or everything is sent. */
async function flood(client: Client, make: (stream: number) => Buffer, batches = 600): Promise<End | "alive"> {
  let over = false;
  void client.ended.then(() => (over = true));
  for (let batch = 0; batch < batches && !over; batch++) {
    const frames = Array.from({ length: 50 }, (_, index) => make(1 + 2 * (batch * 50 + index)));
    if (!client.socket.write(Buffer.concat(frames))) await Promise.race([client.ended, new Promise((resolve) => client.socket.once("drain", resolve))]);
    await pause(5);
  }
  return Promise.race([client.ended, pause(2000).then((): "alive" => "alive")]);
}

function framesOf(bytes: Buffer): { type: number; stream: number; length: number }[] {
  const frames = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    frames.push({ type: bytes.readUInt8(at + 3), stream: bytes.readUInt32BE(at + 5), length });
    at += 9 + length;
  }
  return frames;
}

/** A request of an honest client elsewhere. */
async function get(port: number, path = "/", body?: Buffer): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  try {
    return await once(session, path, body);
  } finally {
    session.destroy();
  }
}

function once(session: ClientHttp2Session, path: string, body?: Buffer, more: IncomingHttpHeaders = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, ":method": body === undefined ? "GET" : "POST", ...more });
    let text = "";
    stream.on("response", (answer) => (text = `${answer[":status"]} `)).on("data", (part: Buffer) => (text += part.toString()));
    stream.on("end", () => resolve(text)).on("error", reject);
    stream.end(body);
  });
}

const get1 = (stream: number, path = "/wait"): Buffer => headers(stream, request("http", path), { headers: true, stream: true });

/** Frames for one stream, and how many batches of them the engine lets pass; it ends some floods by itself. */
const FLOODS: Record<string, { make: (stream: number) => Buffer; batches: number; engine?: "ends it" }> = {
  "rapid reset": { make: (stream) => Buffer.concat([get1(stream), reset(stream)]), batches: 12 },
  "streams that the server has to reset": { make: (stream) => Buffer.concat([headers(stream, Buffer.concat([request("http", "/wait", "post"), literal("content-length", "1")]), { headers: true }), data(stream, Buffer.from("xx"))]), batches: 12, engine: "ends it" },
  PING: { make: ping, batches: 60 },
  SETTINGS: { make: () => settings([[SETTINGS.initialWindowSize, 65_535]]), batches: 60 },
  PRIORITY: { make: (stream) => Buffer.concat(Array.from({ length: 20 }, () => priority(stream, stream + 2))), batches: 9 },
  WINDOW_UPDATE: { make: () => Buffer.concat(Array.from({ length: 20 }, () => windowUpdate(0, 1))), batches: 9 },
};

for (const [name, { make, batches }] of Object.entries(FLOODS)) {
  test(`a flood of ${name} ends with a reset, and others are served`, async (t) => {
    const { port } = await serve(t, undefined, FILES);
    const end = await flood(await greet(port), make, batches);
    assert.notEqual(end, "alive");
    assert.equal(await get(port), "200 0");
  });
}

test("without the guard the same floods go on", async (t) => {
  const { port } = await serve(t, false, FILES);
  const passed = Object.entries(FLOODS).filter(([, { engine }]) => engine === undefined);
  await Promise.all(passed.map(async ([name, { make, batches }]) => {
    const client = await greet(port);
    assert.equal(await flood(client, make, batches), "alive", name);
    client.socket.destroy();
  }));
});

test("headers that never end have their deadline", async (t) => {
  const { port } = await serve(t, { headersTimeout: "2s" }, FILES);
  const client = await greet(port);
  client.socket.write(headers(1, request("http"), { stream: true }));
  const { after } = await client.ended;
  assert.ok(after > 1900 && after < 4500, `${after} ms`);
});

test("a flood of empty DATA frames ends", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  const client = await greet(port);
  client.socket.write(headers(1, request("http", "/", "post"), { headers: true }));
  assert.notEqual(await flood(client, () => Buffer.concat(Array.from({ length: 20 }, () => data(1, Buffer.alloc(0))))), "alive");
});

test("floods of CONTINUATION frames end", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  for (const block of [Buffer.alloc(0), literal("x", "y".repeat(1000))]) {
    const client = await greet(port);
    client.socket.write(headers(1, request("http"), { stream: true }));
    assert.notEqual(await flood(client, () => continuation(1, block)), "alive");
  }
});

test("headers that grow in the table are refused", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  const bomb = Buffer.concat([request("http"), ...Array.from({ length: 12 }, () => NEWEST)]);
  const client = await greet(port);
  client.socket.write(headers(1, Buffer.concat([request("http"), remembered("x", "a".repeat(4000))]), { headers: true, stream: true }));
  client.socket.write(headers(3, bomb, { headers: true, stream: true }));
  await pause(500);
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  assert.equal(await once(session, "/", undefined, { x: "a".repeat(9000) }), "200 0");
  // The answer to stream 1, and RST_STREAM (type 3) or an answer of four bytes for stream 3.
  const bytes = Buffer.from(client.text(), "latin1");
  const frames = framesOf(bytes).map(({ type, stream, length }) => `${type} ${stream} ${length}`);
  assert.ok(frames.includes("3 3 4") && !frames.includes("0 3 1"), frames.join());
  client.socket.destroy();
});

/** Headers of 600 bytes that stand for more than any limit allows. */
const bomb = (stream: number): Buffer => headers(stream, Buffer.concat([request("http"), ...Array.from({ length: 600 }, () => NEWEST)]), { headers: true, stream: true });
const fill = (stream: number): Buffer => headers(stream, Buffer.concat([request("http"), remembered("x", "a".repeat(1000))]), { headers: true, stream: true });
/** Streams in the way of a flood, one by one: all of them are bombs, or those that are not stand between them. */
const BOMBS: Record<string, (stream: number) => Buffer> = {
  "alone": bomb,
  "among requests that are fine": (stream) => (stream % 4 === 1 ? get1(stream, "/") : bomb(stream)),
};

for (const [how, make] of Object.entries(BOMBS)) {
  test(`streams that the engine rejects, ${how}, end their session at once, and no other`, async (t) => {
    // Nothing but what is looked for here would end it.
    const { port, running } = await serve(t, { controlBytes: false, streamResets: false }, FILES);
    const honest = connect(`http://127.0.0.1:${port}`);
    honest.on("error", () => undefined);
    t.after(() => honest.destroy());
    assert.equal(await once(honest, "/"), "200 0");
    const client = await greet(port);
    client.socket.write(fill(1));
    client.socket.write(Buffer.concat(Array.from({ length: 60 }, (_, index) => make(3 + 2 * index))));
    assert.equal(await Promise.race([client.ended.then(({ how }) => how), pause(10_000)]), "reset");
    assert.match(running.output.stderr, /127\.0\.0\.2: headers too large/);
    assert.equal(await once(honest, "/"), "200 0");
  });
}

test("a client whose headers are too large now and then keeps its session", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  const client = await greet(port);
  client.socket.write(Buffer.concat([fill(1), bomb(3), bomb(5), bomb(7), get1(9, "/")]));
  const isAnswered = (id: number): boolean => framesOf(Buffer.from(client.text(), "latin1")).some(({ type, stream }) => type === 0 && stream === id);
  for (const id of [9, 11]) {
    for (let tries = 0; tries < 200 && !isAnswered(id); tries++) await pause(50);
    assert.ok(isAnswered(id), `stream ${id} has no answer`);
    client.socket.write(get1(id + 2, "/"));
  }
  client.socket.destroy();
});

test("no more than a hundred streams are open at one time", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  await once(session, "/");
  assert.equal(session.remoteSettings.maxConcurrentStreams, 100);
});

test("whoever has flooded gets sessions with few streams, and nobody else", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  const streamsFor = async (localAddress: string): Promise<number | undefined> => {
    const session = connect(`http://127.0.0.1:${port}`, { createConnection: () => connectSocket({ host: "127.0.0.1", port, localAddress }) });
    session.on("error", () => undefined);
    t.after(() => session.destroy());
    await once(session, "/");
    return session.remoteSettings.maxConcurrentStreams;
  };
  assert.notEqual(await flood(await greet(port), (stream) => Buffer.concat([get1(stream), reset(stream)]), 12), "alive");
  assert.deepEqual(await Promise.all(["127.0.0.1", "127.0.0.2"].map(streamsFor)), [100, 10]);
});

test("streams whose window never opens are ended, and their session goes on", async (t) => {
  const { port } = await serve(t, { sendTimeout: "2s" }, FILES);
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/big" });
  const code = await new Promise<number | undefined>((resolve) => stream.on("error", () => undefined).on("close", () => resolve(stream.rstCode)));
  assert.equal(code, constants.NGHTTP2_CANCEL);
  assert.equal(session.destroyed, false);
});

test("a client that reads nothing is reset, however large it says that its windows are", async (t) => {
  const { port } = await serve(t, { sendTimeout: "2s" }, { "server.js": SERVER.replace("1 << 20", "32 << 20") });
  const client = await greet(port, [[SETTINGS.initialWindowSize, 2 ** 31 - 1]]);
  client.socket.pause();
  client.socket.write(Buffer.concat([windowUpdate(0, 2 ** 31 - 1 - 65_535), get1(1, "/big")]));
  await pause(5000);
  client.socket.resume();
  assert.equal((await client.ended).how, "reset");
});

test("streams that the guard answers bring nobody down when their session fails", async (t) => {
  const { port } = await serve(t, { requestsPerSecond: 3 }, FILES);
  const client = await greet(port);
  const posts = (first: number, count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, index) => headers(first + 2 * index, request("http", "/", "post"), { headers: true })));
  client.socket.write(posts(1, 99));
  await new Promise((resolve) => setImmediate(resolve));
  for (let round = 1; round < 40 && client.socket.writable; round++) {
    client.socket.write(posts(1 + 2 * 99 * round, 99));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.race([client.ended, pause(1000)]);
  assert.equal(await get(port), "200 0");
});

test("a body on a stream has to come at the least rate, a call of gRPC does not", async (t) => {
  const { port, running } = await serve(t, { bodyTimeout: "2s" }, FILES);
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  const slow = session.request({ ":path": "/", ":method": "POST" }, { endStream: false });
  const call = session.request({ ":path": "/", ":method": "POST", "content-type": "application/grpc" }, { endStream: false });
  call.on("error", () => undefined);
  const timer = setInterval(() => slow.writable && slow.write("x"), 250);
  t.after(() => clearInterval(timer));
  await new Promise((resolve) => slow.on("error", () => undefined).on("close", resolve));
  assert.equal(slow.rstCode, constants.NGHTTP2_CANCEL);
  await pause(1000);
  assert.equal(call.closed, false, running.output.stderr);
});

test("long tokens that no table holds are no flood", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  const authorization = `Bearer ${"x".repeat(8000)}`;
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(Array.from({ length: 60 }, () => once(session, "/", undefined, { authorization })));
    assert.deepEqual([...new Set(answers)], ["200 0"]);
  }
});

test("uploads, downloads and many small messages are no flood", async (t) => {
  const { port } = await serve(t, undefined, FILES);
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  assert.equal(await once(session, "/", Buffer.alloc(20 << 20)), `200 ${20 << 20}`);
  for (let count = 0; count < 20; count++) assert.equal((await once(session, "/big")).length, 4 + (1 << 20));
  const stream = session.request({ ":path": "/", ":method": "POST", "content-type": "application/grpc" }, { endStream: false });
  let text = "";
  stream.on("data", (part: Buffer) => (text += part.toString()));
  for (let count = 0; count < 20_000; count++) if (!stream.write(Buffer.alloc(20))) await new Promise((resolve) => stream.once("drain", resolve));
  stream.end();
  await new Promise((resolve, reject) => stream.on("close", resolve).on("error", reject));
  assert.equal(text, "400000");
});

test("a client that begins before it knows how many streams it may open loses the rest of them, not its session", async (t) => {
  const { port } = await serve(t, {}, { "server.js": SERVER.replace("stream.respond();\n    stream.end(String(size));", "setTimeout(() => { if (!stream.destroyed) { stream.respond(); stream.end('x'); } }, 300);") });
  const session = connect(`http://127.0.0.1:${port}`, { peerMaxConcurrentStreams: 1000 });
  session.on("error", () => undefined);
  const codes = await Promise.all(
    Array.from({ length: 300 }, () => {
      const stream = session.request({ ":path": "/" });
      return new Promise<number>((resolve) => stream.on("error", () => undefined).on("close", () => resolve(stream.rstCode)).resume());
    }),
  );
  session.close();
  const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;
  assert.deepEqual(codes.filter((code) => code !== NGHTTP2_NO_ERROR && code !== NGHTTP2_REFUSED_STREAM), []);
  assert.ok(codes.filter((code) => code === NGHTTP2_NO_ERROR).length >= 100);
});
