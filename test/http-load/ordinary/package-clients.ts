// Clients from npm: undici with pipelining, ws, gRPC. They run as programs of fixtures/, bundled, so that the packages' types are not needed.
import { engine, makeLooseProject, start } from "../../harness/index.ts";
import { bundled } from "../server.ts";
import type { Client, Size } from "./clients.ts";

/** What the program prints, which is JSON. */
async function program(name: string, port: number, size: Size): Promise<unknown> {
  const project = makeLooseProject({ "package.json": { type: "module" }, "client.js": bundled(name) });
  const { code, stdout, stderr } = await start(engine, ["client.js", String(port), String(size.seconds)], { cwd: project.folder, timeout: size.seconds * 1000 + 120_000 }).ended;
  project.remove();
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as unknown;
}

export const packageClients: readonly Client[] = [
  { name: "undici, pipelining", program: "ordinary", needs: "packages", see: (port, size) => program("client-undici", port, size) },
  { name: "WebSocket echo, idle between", program: "sockets", needs: "packages", see: (port, size) => program("client-ws", port, size) },
  { name: "gRPC", program: "grpc", needs: "packages", see: (port, size) => program("client-grpc", port, size) },
];
