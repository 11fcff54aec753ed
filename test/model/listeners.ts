// Listeners outside the jail, so that a connection that is let through finds somebody.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { hosts, type Ports } from "./policy.ts";

export type Listeners = { readonly ports: Ports; close(): void };

/** Listens on every host of the model at a few ports; `closed` ports are free on all of them. */
export async function openListeners(): Promise<Listeners> {
  const servers: Server[] = [];
  const take = async (host: string, port: number): Promise<number> => {
    const server = createServer((socket) => socket.on("error", () => {}).destroy()).listen(port, host);
    await once(server, "listening");
    servers.push(server);
    // A listening TCP server has an address and a port (node:net).
    return (server.address() as AddressInfo).port;
  };
  const open: number[] = [];
  for (const host of hosts) open.push(await firstFree((port) => take(host, port)));
  const closed: number[] = [];
  for (let n = 0; n < 4; n++) closed.push(await firstFree((port) => take("127.0.0.1", port)));
  for (const server of servers.splice(hosts.length)) server.close();
  return { ports: { open, closed }, close: () => servers.forEach((server) => server.close()) };
}

/** Below the ports that the kernel chooses from, so that a granted range never covers a chosen one. */
async function firstFree(take: (port: number) => Promise<number>): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      return await take(port);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    }
  }
  throw new Error("Cannot find a free port between 20000 and 30000");
}

/** A unix socket that accepts. */
export async function openSocket(path: string): Promise<() => void> {
  const server = createServer((socket) => socket.on("error", () => {}).destroy()).listen(path);
  await once(server, "listening");
  return () => void server.close();
}
