// Limits that several servers share through a real Redis, and what they do without it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { test } from "node:test";
import { makeProject, patience, runCordon, startCordon, type Owner } from "../harness/index.ts";
import { freePort, pretend, startRedis } from "./redis.ts";
import { ask, dial, dribble, GET, pause, serve, type Served } from "./world.ts";

const SERVER = `
const { createServer } = require("node:http");
const { httpStats } = require("cordon:http");
const server = createServer((request, response) => response.end(request.url === "/stats" ? JSON.stringify({ ...httpStats(), memory: process.memoryUsage.rss() }) : "ok"));
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log("port", server.address().port));
`;
const FILES = { "server.js": SERVER };
const LIMIT = 60;
/** Where nobody else asks from. */
const WATCHER = "127.0.0.77";

type Stats = { shared: boolean; blocked: number; memory: number };

function serveShared(owner: Owner, port: number, more: object = {}): Promise<Served> {
  return serve(owner, { requestsPerSecond: LIMIT, shared: `redis://127.0.0.1:${port}`, ...more }, FILES);
}

async function statsOf({ port }: Served): Promise<Stats> {
  const answer = await ask(port, "GET /stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", WATCHER);
  return JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as Stats;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patience;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `it never came to this: ${what}`);
    await pause(50);
  }
}

function isShared(served: Served, shared: boolean): Promise<void> {
  return until(shared ? "limits are shared" : "limits are local", async () => (await statsOf(served)).shared === shared);
}

type Load = { passed: number; refused: number; slowest: number };

/** Asks `rate` times in a second, for `seconds`. */
async function load({ port }: Served, rate: number, seconds: number): Promise<Load> {
  const found: Load = { passed: 0, refused: 0, slowest: 0 };
  const one = async (): Promise<void> => {
    const begin = performance.now();
    const answer = await ask(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    found.slowest = Math.max(found.slowest, performance.now() - begin);
    if (answer.startsWith("HTTP/1.1 200")) found.passed++;
    else if (answer.startsWith("HTTP/1.1 429")) found.refused++;
  };
  const begin = performance.now();
  const asked: Promise<void>[] = [];
  for (let index = 0; index < rate * seconds; index++) {
    const wait = begin + (index * 1000) / rate - performance.now();
    if (wait > 0) await pause(wait);
    asked.push(one());
  }
  await Promise.all(asked);
  return found;
}

async function loadBoth(servers: readonly [Served, Served], seconds: number): Promise<{ passed: number; refused: number; slowest: number }> {
  const [one, other] = await Promise.all(servers.map((served) => load(served, LIMIT, seconds)));
  assert.ok(one !== undefined && other !== undefined);
  return { passed: one.passed + other.passed, refused: one.refused + other.refused, slowest: Math.max(one.slowest, other.slowest) };
}

test("two servers share a limit, and a third that does not share has its own", async (t) => {
  const redis = await startRedis(t);
  const servers = [await serveShared(t, redis.port), await serveShared(t, redis.port)] as const;
  const alone = await serve(t, { requestsPerSecond: LIMIT }, FILES);
  await Promise.all(servers.map((served) => isShared(served, true)));
  const seconds = 4;
  const [together, single] = await Promise.all([loadBoth(servers, seconds), load(alone, LIMIT, seconds)]);
  const wanted = LIMIT * seconds;
  assert.ok(together.passed < wanted * 1.35 && together.passed > wanted * 0.6, `${together.passed} of ${wanted} passed`);
  assert.ok(single.passed > wanted * 0.9, `${single.passed} of ${wanted} passed alone`);
});

test("with Redis killed, frozen or slow, no request waits for it, limits go on locally, and are shared again afterwards", async (t) => {
  const port = await freePort();
  let redis = await startRedis(t, { port });
  // Holds back what Redis answers, while it is slow.
  let delay = 0;
  const between = await pretend(t, (socket) => {
    const behind = connect(port, "127.0.0.1");
    behind.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("close", () => behind.destroy()).on("data", (part) => behind.write(part));
    behind.on("data", (part) => (delay === 0 ? socket.write(part) : setTimeout(() => socket.writable && socket.write(part), delay)));
  });
  const served = await serveShared(t, between);
  const troubles: readonly [string, () => void, () => Promise<void> | void][] = [
    ["frozen", () => redis.kill("SIGSTOP"), () => redis.kill("SIGCONT")],
    ["slow", () => (delay = 400), () => void (delay = 0)],
    ["killed", () => redis.kill("SIGKILL"), async () => void (redis = await startRedis(t, { port }))],
  ];
  for (const [name, begin, end] of troubles) {
    await isShared(served, true);
    const quiet = await load(served, LIMIT, 1);
    begin();
    await isShared(served, false);
    const [{ passed, refused, slowest }] = await Promise.all([load(served, LIMIT * 2, 3), pause(0)]);
    assert.ok(passed > LIMIT * 2 && passed < LIMIT * 5 && refused > LIMIT, `${name}: ${passed} passed and ${refused} were refused`);
    assert.ok(slowest < Math.max(quiet.slowest, 100) + 50, `${name}: a request took ${slowest} ms, ${quiet.slowest} before`);
    await end();
  }
  await isShared(served, true);
  const lines = served.running.output.stderr.split("\n").filter((line) => line.includes("HTTP guard: "));
  assert.match(lines.join("\n"), /no answer from redis:\/\/127\.0\.0\.1:\d+ \(.+\): limits hold for this process alone\n.*answers again: limits are shared/);
});

test("who is blocked at one server is blocked at the other", async (t) => {
  const redis = await startRedis(t);
  const more = { headersTimeout: "300ms" };
  const [one, other] = [await serveShared(t, redis.port, more), await serveShared(t, redis.port, more)];
  await Promise.all([isShared(one, true), isShared(other, true)]);
  const slow = await Promise.all(Array.from({ length: 20 }, () => dial(one.port, "127.0.0.9")));
  await Promise.all(slow.map((client) => dribble(client, () => (client.socket.bytesWritten === 0 ? "GET / HTTP/1.1\r\n" : "X: y\r\n"))));
  await until("the offender is blocked at both", async () => (await statsOf(one)).blocked === 1 && (await statsOf(other)).blocked === 1);
});

test("the connections of one address count at all servers", async (t) => {
  const redis = await startRedis(t);
  const more = { connections: 60, connectionsPerAddress: 40, requestsPerSecond: false };
  const [one, other] = [await serveShared(t, redis.port, more), await serveShared(t, redis.port, more)];
  await Promise.all([isShared(one, true), isShared(other, true)]);
  const open = async (served: Served, count: number, from: string): Promise<number> => {
    let answered = 0;
    for (let index = 0; index < count; index++) {
      const client = await dial(served.port, from);
      client.socket.write(GET);
      await Promise.race([client.ended, new Promise((resolve) => client.socket.once("data", resolve))]);
      if (client.text() !== "") answered++;
      t.after(() => void client.socket.destroy());
    }
    return answered;
  };
  assert.equal(await open(one, 25, "127.0.0.9"), 25);
  await open(other, 31, "127.0.0.10");
  // The second server hears of them with its first connections of that address.
  assert.equal(await open(other, 3, "127.0.0.9"), 3);
  await pause(1200);
  const more9 = await open(other, 20, "127.0.0.9");
  assert.ok(more9 >= 8 && more9 <= 13, `${more9} of 20 more were let in, 12 have room`);
});

test("a password is a variable, a database a number, and neither is ever shown", async (t) => {
  const redis = await startRedis(t, { password: "s3cret/word" });
  const shared = `redis://:\${REDIS_PASSWORD}@127.0.0.1:${redis.port}/3`;
  const project = makeProject(t, { "package.json": { cordon: { permissions: { listen: [0] }, http: { shared } } }, ...FILES });
  const shown = await runCordon(["permissions"], { cwd: project.folder });
  assert.match(shown.stdout, new RegExp(`127\\.0\\.0\\.1:${redis.port}\\b.*http/shared`));
  assert.match(shown.stdout, /REDIS_PASSWORD.*http\/shared/);
  for (const [password, state] of [["s3cret/word", true], ["wrong", false]] as const) {
    const running = startCordon(["run", "server.js"], { cwd: project.folder, timeout: patience * 5, env: { REDIS_PASSWORD: password } });
    t.after(() => void running.child.kill("SIGKILL"));
    await running.prints(/port (\d+)/);
    const served = { port: Number(/port (\d+)/.exec(running.output.stdout)?.[1]), running };
    await ask(served.port, GET);
    await isShared(served, state);
    if (!state) await until("a line on stderr", async () => running.output.stderr.includes("WRONGPASS") && (await statsOf(served)).shared === false);
    assert.doesNotMatch(running.output.stderr, /s3cret|REDIS_PASSWORD/);
  }
});

test("what is no Redis, or an evil one, costs nothing but the sharing", async (t) => {
  const redis = await startRedis(t);
  spawnSync("redis-cli", ["-p", String(redis.port), "set", "cordon:http:blocks", "text"]);
  const floods = Buffer.alloc(1 << 16, "*1\r\n");
  const strange: Record<string, number> = {
    "keys of another kind": redis.port,
    "closes at once": await pretend(t, (socket) => socket.destroy()),
    "never answers": await pretend(t, (socket) => socket.resume()),
    "HTTP": await pretend(t, (socket) => socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))),
    "wrong shapes": await pretend(t, (socket) => socket.on("data", () => socket.write("*4\r\n:1\r\n*0\r\n*1\r\n*3\r\n:1\r\n:-5\r\n$3\r\nabc\r\n:1\r\n"))),
    "a word": await pretend(t, (socket) => socket.on("data", () => socket.write("+OK\r\n"))),
    "nested without an end": await pretend(t, (socket) => socket.on("data", () => socket.write(floods))),
    "errors with escapes": await pretend(t, (socket) => socket.on("data", () => socket.write("-ERR \u001b[31mred\r\n"))),
  };
  const servers = await Promise.all(Object.values(strange).map((port) => serveShared(t, port)));
  // The guard speaks to the Redis only while it has clients.
  for (let count = 0; count < 12; count++) {
    await Promise.all(servers.map((served) => ask(served.port, GET)));
    await pause(200);
  }
  for (const [index, served] of servers.entries()) {
    const name = Object.keys(strange)[index] ?? "";
    assert.match(await ask(served.port, GET), /^HTTP\/1\.1 200/, name);
    const { shared, memory } = await statsOf(served);
    assert.equal(shared, false, name);
    assert.ok(memory < 300 << 20, `${name}: ${memory} bytes`);
    assert.doesNotMatch(served.running.output.stderr, /\u001b|Error:/, name);
  }
});

test("a program ends when it is done, whatever the Redis does", async (t) => {
  const redis = await startRedis(t);
  const silent = await pretend(t, (socket) => socket.resume());
  const source = `
    const { createServer, get } = require("node:http");
    const server = createServer((request, response) => response.end("ok"));
    server.listen(0, "127.0.0.1", () => get(server.address(), (answer) => answer.resume().on("end", () => { setTimeout(() => server.close(), 300); server.closeIdleConnections(); })));
  `;
  for (const port of [redis.port, silent, await freePort()]) {
    const cordon = { permissions: { listen: [0], net: ["127.0.0.1"] }, http: { shared: `redis://127.0.0.1:${port}` } };
    const project = makeProject(t, { "package.json": { cordon }, "program.js": source });
    const { code, signal } = await runCordon(["run", "program.js"], { cwd: project.folder });
    assert.deepEqual([code, signal], [0, null]);
  }
});

test("cluster workers share a limit as servers do", async (t) => {
  const redis = await startRedis(t);
  const source = `
    const cluster = require("node:cluster");
    if (cluster.isPrimary) { cluster.fork(); cluster.fork(); }
    else { ${SERVER.replace("process.argv[2] ?? 0", '"0"')} }
  `;
  const served = await serve(t, { requestsPerSecond: LIMIT, shared: `redis://127.0.0.1:${redis.port}` }, { "server.js": source });
  await isShared(served, true);
  await isShared(served, true);
  const seconds = 4;
  const { passed } = await load(served, LIMIT * 2, seconds);
  const wanted = LIMIT * seconds;
  assert.ok(passed < wanted * 1.4 && passed > wanted * 0.6, `${passed} of ${wanted} passed`);
});
