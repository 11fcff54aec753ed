// Connecting and listening without names: TCP, UDP and unix sockets on this machine.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import dgram from "node:dgram";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cordonRun, engineRun, makeProject, type Outcome, type Owner } from "../harness/index.ts";

const tools = `
  import dgram from "node:dgram";
  import http from "node:http";
  import net from "node:net";
  const reach = (goal) => new Promise((resolve) => {
    const socket = net.connect(goal, () => { socket.destroy(); resolve("reached"); });
    socket.on("error", (error) => resolve(error.code));
  });
  const open = (server, ...where) => new Promise((resolve) => {
    server.on("error", (error) => resolve(error.code));
    server.listen(...where, () => resolve(server.address()));
  });
  const send = (socket, text, ...where) => new Promise((resolve) => socket.send(text, ...where, (error) => resolve(error?.code ?? "sent")));
`;

async function run(t: Owner, program: string, ...flags: string[]): Promise<Outcome> {
  const project = makeProject(t, { "main.mjs": tools + program });
  return cordonRun([...flags, "main.mjs"], { cwd: project.folder });
}

async function prints(t: Owner, program: string, flags: readonly string[], expected: string): Promise<Outcome> {
  const outcome = await run(t, program, ...flags);
  assert.equal(outcome.stdout.trim(), expected, outcome.stderr);
  return outcome;
}

/** A server outside of the jail, and how many reached it. */
async function canary(t: Owner, where: net.ListenOptions): Promise<{ port: number; reached: () => number }> {
  let reached = 0;
  const server = net.createServer((socket) => {
    reached += 1;
    socket.on("error", () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(where, resolve));
  t.after(() => void server.close());
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, reached: () => reached };
}

async function datagramCanary(t: Owner): Promise<{ port: number; heard: string[] }> {
  const socket = dgram.createSocket("udp4");
  const heard: string[] = [];
  socket.on("message", (message, peer) => {
    heard.push(String(message));
    socket.send("echo", peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  t.after(() => void socket.close());
  return { port: socket.address().port, heard };
}

test("without a grant nothing on this machine is reached, however it is written", async (t) => {
  const { port, reached } = await canary(t, { port: 0, host: "::" });
  const hosts = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "127.1.2.3", "localhost"];
  const program = `for (const host of ${JSON.stringify(hosts)}) console.log(host, await reach({ host, port: ${port} }))`;
  const outcome = await run(t, program);
  assert.deepEqual(outcome.stdout.trim().split("\n"), hosts.map((host) => `${host} EACCES`));
  assert.equal(reached(), 0);
});

test("a granted port of loopback is reached in both families, its neighbour is not", async (t) => {
  const { port } = await canary(t, { port: 0, host: "::" });
  const program = `console.log(await reach({ host: "127.0.0.1", port: ${port} }), await reach({ host: "::1", port: ${port} }), await reach({ host: "127.0.0.1", port: ${port + 1} }))`;
  await prints(t, program, [`--allow-net=localhost:${port}`], "reached reached EACCES");
});

test("an address grant does not cover another address", async (t) => {
  const { port } = await canary(t, { port: 0, host: "0.0.0.0" });
  await prints(t, `console.log(await reach({ host: "127.0.0.1", port: ${port} }), await reach({ host: "127.0.0.2", port: ${port} }))`, [`--allow-net=127.0.0.1:${port}`], "reached EACCES");
});

test("deny wins over what is granted", async (t) => {
  const { port } = await canary(t, { port: 0, host: "127.0.0.1" });
  await prints(t, `console.log(await reach({ host: "127.0.0.1", port: ${port} }))`, ["--allow-net=localhost", `--deny-net=127.0.0.1:${port}`], "EACCES");
});

test("a refused connection says where to, once", async (t) => {
  const outcome = await run(t, `for (let index = 0; index < 20; index++) await reach({ host: "10.1.2.3", port: 5432 }); net.connect(5432, "10.1.2.3").on("error", (error) => console.log(error.message))`);
  assert.equal(outcome.stdout, "connect EACCES 10.1.2.3:5432 - Local (0.0.0.0:0)\n");
  assert.equal(outcome.stderr.match(/denied net 10\.1\.2\.3:5432/g)?.length, 1, outcome.stderr);
});

test("a port that nobody listens on is refused by the kernel, with its errno", async (t) => {
  await prints(t, `console.log(await reach({ host: "127.0.0.1", port: 9 }))`, ["--allow-net=localhost:9"], "ECONNREFUSED");
});

test("listening wants a grant of its own", async (t) => {
  const program = `for (const where of [[0], [0, "127.0.0.1"], [0, "::1"], [3999], [3999, "0.0.0.0"]]) console.log(await open(net.createServer(), ...where))`;
  const outcome = await prints(t, program, ["--allow-net=localhost"], Array(5).fill("EACCES").join("\n"));
  assert.match(outcome.stderr, /listen 0\.0\.0\.0:3999/);
});

test("a listen grant covers its port and address only", async (t) => {
  const program = `const code = (result) => result.code ?? result.port ?? result; console.log(code(await open(net.createServer(), 0, "127.0.0.1")) > 0, await open(net.createServer(), 0), await open(net.createServer(), 0, "127.0.0.2")); process.exit()`;
  await prints(t, program, ["--allow-listen=127.0.0.1:0"], "true EACCES EACCES");
});

test("a server reaches itself without a net grant, and nobody else's port", async (t) => {
  const { port, reached } = await canary(t, { port: 0, host: "127.0.0.1" });
  const program = `
    const server = http.createServer((_, response) => response.end("own"));
    const { port } = await open(server, 0);
    console.log(await (await fetch("http://127.0.0.1:" + port)).text(), await (await fetch("http://localhost:" + port)).text());
    console.log(await reach({ host: "127.0.0.1", port: ${port} }));
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
    console.log(await reach({ host: "127.0.0.1", port }));`;
  await prints(t, program, ["--allow-listen=0"], "own own\nEACCES\nEACCES");
  assert.equal(reached(), 0);
});

test("a server that starts anew gets its port again", async (t) => {
  const program = `
    const first = net.createServer();
    const { port } = await open(first, 0, "127.0.0.1");
    await new Promise((resolve) => first.close(resolve));
    console.log((await open(net.createServer(), port, "127.0.0.1")).port === port, await open(net.createServer(), port, "127.0.0.1"));
    process.exit();`;
  await prints(t, program, ["--allow-listen=127.0.0.1:0"], "true EADDRINUSE");
});

test("datagrams go where they may, and answers come back", async (t) => {
  const [granted, other] = [await datagramCanary(t), await datagramCanary(t)];
  const program = `
    const socket = dgram.createSocket("udp4");
    socket.on("message", (message) => { console.log(String(message)); socket.close(); });
    console.log(await send(socket, "leak", ${other.port}, "127.0.0.1"), await send(socket, "leak", ${other.port}, "0.0.0.0"));
    console.log(await send(socket, "hello", ${granted.port}, "127.0.0.1"));`;
  await prints(t, program, [`--allow-net=127.0.0.1:${granted.port}`], "EACCES EACCES\nsent\necho");
  assert.deepEqual([granted.heard, other.heard], [["hello"], []]);
});

test("a connected socket for datagrams is decided about when it connects", async (t) => {
  const { port, heard } = await datagramCanary(t);
  const program = `
    const connect = (port) => new Promise((resolve) => { const socket = dgram.createSocket("udp4"); socket.connect(port, "127.0.0.1", (error) => resolve(error?.code ?? socket)); });
    console.log(await connect(${port} + 1));
    const socket = await connect(${port});
    socket.on("message", (message) => { console.log(String(message)); process.exit(); });
    await send(socket, "hello");`;
  await prints(t, program, [`--allow-net=127.0.0.1:${port}`], "EACCES\necho");
  assert.deepEqual(heard, ["hello"]);
});

test("the jail's own sockets for datagrams speak with each other", async (t) => {
  const program = `
    const server = dgram.createSocket("udp4");
    server.on("message", (message, peer) => server.send("to " + message, peer.port, peer.address));
    server.bind(0, "127.0.0.1", () => {
      const client = dgram.createSocket("udp4");
      client.on("message", (message) => { console.log(String(message)); client.close(); server.close(); });
      client.send("me", server.address().port, "127.0.0.1");
    });`;
  await prints(t, program, ["--allow-listen=127.0.0.1:0"], "to me");
});

test("a socket for datagrams is not tied to a port that may become another's", async (t) => {
  const program = `
    const server = dgram.createSocket("udp4");
    server.bind(0, "127.0.0.1", () => dgram.createSocket("udp4").connect(server.address().port, "127.0.0.1", (error) => { console.log(error?.code); process.exit(); }));`;
  await prints(t, program, ["--allow-listen=127.0.0.1:0"], "EACCES");
});

test("without any grant no port is had for datagrams", async (t) => {
  const program = `const socket = dgram.createSocket("udp4"); socket.on("error", (error) => console.log(error.code)); socket.bind(0);`;
  await prints(t, program, [], "EACCES");
});

test("a granted unix socket is reached, another one is not, and links lead where they lead", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-sockets-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [granted, other] = [await canary(t, { path: join(folder, "a.sock") }), await canary(t, { path: join(folder, "b.sock") })];
  const program = `
    import fs from "node:fs";
    fs.symlinkSync(${JSON.stringify(join(folder, "b.sock"))}, process.env.TMPDIR + "/link.sock");
    for (const path of [${JSON.stringify(join(folder, "a.sock"))}, ${JSON.stringify(join(folder, "b.sock"))}, process.env.TMPDIR + "/link.sock"]) console.log(await reach({ path }));`;
  await prints(t, program, [`--allow-net=unix:${folder}/a.sock`, `--allow-read=${folder}`], "reached\nEACCES\nEACCES");
  assert.deepEqual([granted.reached(), other.reached()], [1, 0]);
});

test("unix sockets in the private TMPDIR and abstract ones are the program's own", async (t) => {
  const { reached } = await canary(t, { path: "\0cordon-test-canary" });
  const program = `
    const echo = () => net.createServer((socket) => socket.end("own"));
    const read = (path) => new Promise((resolve, reject) => net.connect({ path }).on("data", (data) => resolve(String(data))).on("error", reject));
    for (const path of [process.env.TMPDIR + "/own.sock", "\\0own-" + process.pid]) {
      const server = echo();
      console.log(await open(server, path) === path, await read(path));
      server.close();
    }
    console.log(await reach({ path: "\\0cordon-test-canary" }), await open(net.createServer(), "/tmp/cordon-test-outside.sock"));`;
  await prints(t, program, [], "true own\ntrue own\nECONNREFUSED EACCES");
  assert.equal(reached(), 0);
});

test("a unix socket is open to those that its maker says", async (t) => {
  const program = `
    import fs from "node:fs";
    process.chdir(process.env.TMPDIR);
    for (const who of [{}, { readableAll: true }, { writableAll: true }, { readableAll: true, writableAll: true }]) {
      const server = net.createServer().listen({ path: "own.sock", ...who });
      await new Promise((listening) => server.on("listening", listening));
      console.log((fs.statSync("own.sock").mode & 0o666).toString(8));
      await new Promise((closed) => server.close(closed));
    }`;
  const project = makeProject(t, { "main.mjs": tools + program });
  const bare = await engineRun(["main.mjs"], { cwd: project.folder, env: { TMPDIR: project.folder } });
  assert.match(bare.stdout, /^\d+\n444\n222\n666\n$/);
  await prints(t, program, [], bare.stdout.trimEnd());
});

test("a relative path of a unix socket keeps its name", async (t) => {
  const program = `
    process.chdir(process.env.TMPDIR);
    const server = net.createServer((socket) => socket.end());
    console.log(await open(server, "own.sock"), await reach({ path: "own.sock" }));
    server.close();`;
  await prints(t, program, [], "own.sock reached");
});

test("a server's passed connections and handles work", async (t) => {
  const program = `
    import cluster from "node:cluster";
    if (cluster.isPrimary) {
      const worker = cluster.fork();
      worker.on("listening", async ({ port }) => { console.log(await (await fetch("http://127.0.0.1:" + port)).text()); worker.kill(); });
    } else {
      http.createServer((_, response) => response.end("worker")).listen(0, "127.0.0.1");
    }`;
  for (const policy of ["rr", "none"]) {
    const project = makeProject(t, { "main.mjs": tools + program });
    const outcome = await cordonRun(["--allow-listen=127.0.0.1:0", "--allow-run=node", "--allow-env=NODE_CLUSTER_SCHED_POLICY", "main.mjs"], { cwd: project.folder, env: { NODE_CLUSTER_SCHED_POLICY: policy } });
    assert.equal(outcome.stdout, "worker\n", outcome.stderr);
  }
});

test("many connections at one time are all answered", async (t) => {
  const program = `
    const server = http.createServer((_, response) => response.end("ok"));
    const { port } = await open(server, 0, "127.0.0.1");
    const agent = new http.Agent({ maxSockets: 500 });
    const get = () => new Promise((resolve) => http.get({ port, host: "127.0.0.1", agent }, (response) => response.resume().on("end", () => resolve(1))).on("error", () => resolve(0)));
    const results = await Promise.all(Array.from({ length: 500 }, get));
    console.log(results.reduce((sum, one) => sum + one));
    process.exit();`;
  await prints(t, program, ["--allow-listen=127.0.0.1:0"], "500");
});

test("a program that blocks in its calls connects, sends and times out as outside", async (t) => {
  const { port } = await canary(t, { port: 0, host: "127.0.0.1" });
  const python = `
import socket
def attempt(act):
    try: return act()
    except OSError as error: return type(error).__name__
s = socket.create_connection(("127.0.0.1", ${port}))
print(s.sendmsg([b"x" * 100000, b"y" * 100000]), s.getpeername() == ("127.0.0.1", ${port}))
print(attempt(lambda: socket.create_connection(("127.0.0.1", 9))), attempt(lambda: socket.create_connection(("10.9.9.9", 80))))
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
b.close()
print(attempt(lambda: a.sendmsg([b"x"])))
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(attempt(lambda: d.sendto(b"x", ("10.9.9.9", 80))), d.connect(("127.0.0.1", ${port})), d.sendmsg([b"ab", b"c"]))
`;
  const program = `import { spawnSync } from "node:child_process"; const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", ${JSON.stringify(python)}]); console.log(String(stdout) + stderr);`;
  const flags = [`--allow-net=127.0.0.1:${port}`, "--allow-net=127.0.0.1:9", "--allow-run=/usr/bin/python3", "--allow-read=/usr/lib", "--allow-read=/usr/local/lib"];
  await prints(t, program, flags, "200000 True\nConnectionRefusedError PermissionError\nBrokenPipeError\nPermissionError None 3");
});
