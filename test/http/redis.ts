// A Redis of the test's own, and what is wrong with others.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { makeProject, type Owner } from "../harness/index.ts";

export type Redis = { port: number; process: ChildProcess; kill(signal: NodeJS.Signals): void };

/** Starts a Redis, on `port` or on any; with a password if one is given. */
export async function startRedis(owner: Owner, { port = 0, password = "" }: { port?: number; password?: string } = {}): Promise<Redis> {
  const chosen = port === 0 ? await freePort() : port;
  const { folder } = makeProject(owner);
  const words = ["--port", String(chosen), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder, "--daemonize", "no"];
  const child = spawn("redis-server", password === "" ? words : [...words, "--requirepass", password], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  owner.after(async () => {
    kill("SIGCONT");
    kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  for await (const part of child.stdout) if (String(part).includes("Ready to accept connections")) break;
  child.stdout.resume();
  return { port: chosen, process: child, kill };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Something in the place of a Redis, which does with each connection what it wants. */
export async function pretend(owner: Owner, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    onConnection(socket);
  }).listen(0, "127.0.0.1");
  owner.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
