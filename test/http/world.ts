// A server in a jail, and clients that speak to it byte by byte.
import { connect, type Socket } from "node:net";
import { makeProject, patience, startCordon, type Files, type Owner, type Running } from "../harness/index.ts";
import { withEngineOptions } from "./engine-options.ts";

export type Served = { port: number; running: Running };

/** Answers "ok" to everything; `/big` with 64 MB, `/wait` never, and reads bodies on `/upload`. */
export const SERVER = `
const { createServer } = require("node:http");
const big = Buffer.alloc(1 << 20, "x");
const server = createServer((request, response) => {
  if (request.url === "/wait") return;
  if (request.url === "/big") {
    let left = 64;
    const more = () => { while (left-- > 0) if (!response.write(big)) return response.once("drain", more); response.end(); };
    return more();
  }
  if (request.url === "/upload") {
    let size = 0;
    request.on("data", (part) => (size += part.length)).on("end", () => response.end(String(size)));
    return;
  }
  response.end("ok");
});
server.on("upgrade", (request, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n");
  socket.on("error", () => undefined).pipe(socket);
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;

/** Whether the guard is off, and the engine's own options are set instead: contrast.ts. */
const isContrast = process.env["CORDON_HTTP_CONTRAST"] === "1";

function inContrast(http: unknown, files: Files, entry: string): { http: unknown; files: Files } {
  const given = typeof http === "object" && http !== null ? (http as Record<string, unknown>) : {};
  return { http: false, files: { ...files, [entry]: `${withEngineOptions(given, entry.endsWith(".mjs"))}${String(files[entry])}` } };
}

/** Starts `server.js` with `http` as the manifest's key of that name; without it, what holds by default. */
export async function serve(owner: Owner, http?: unknown, files: Files = { "server.js": SERVER }, entry = "server.js"): Promise<Served> {
  const set = isContrast ? inContrast(http, files, entry) : { http, files };
  const cordon = { permissions: { listen: [0], run: ["node"] }, ...(set.http === undefined ? {} : { http: set.http }) };
  const project = makeProject(owner, { "package.json": { name: "served", cordon }, ...set.files });
  const running = startCordon(["run", entry], { cwd: project.folder, timeout: patience * 5 });
  owner.after(async () => {
    running.child.kill("SIGKILL");
    await running.ended.catch(() => undefined);
  });
  await running.prints(/port (\d+)/);
  return { port: Number(/port (\d+)/.exec(running.output.stdout)?.[1]), running };
}

export type End = { how: "reset" | "closed"; after: number; text: string };

export type Client = {
  socket: Socket;
  /** All that came until now. */
  text(): string;
  /** Settles when the connection has ended: how, and after how many milliseconds. */
  ended: Promise<End>;
};

/** Connects from an address of the loopback network. */
export async function dial(port: number, from = "127.0.0.1"): Promise<Client> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  const started = performance.now();
  let text = "";
  let how: "reset" | "closed" = "closed";
  socket.on("data", (part: Buffer) => (text += part.toString("latin1")));
  socket.on("error", () => (how = "reset"));
  const ended = new Promise<End>((resolve) => socket.on("close", () => resolve({ how, after: performance.now() - started, text })));
  await Promise.race([new Promise((resolve) => socket.once("connect", resolve)), ended]);
  return { socket, text: () => text, ended };
}

/** Connects, writes, and waits for the answer's end or the connection's. */
export async function ask(port: number, bytes: string, from?: string): Promise<string> {
  const client = await dial(port, from);
  client.socket.write(bytes, "latin1");
  await Promise.race([client.ended, new Promise((resolve) => client.socket.once("data", resolve))]);
  client.socket.destroy();
  return client.text();
}

export const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Does `step` again and again until the client's connection is gone. */
export async function dribble(client: Client, step: () => string, every = 250): Promise<End> {
  const timer = setInterval(() => client.socket.writable && client.socket.write(step(), "latin1"), every);
  try {
    return await client.ended;
  } finally {
    clearInterval(timer);
  }
}
