// A registry on loopback that answers after a fixed time. What it is asked for the first time it takes from the registry
// that npm is configured for and keeps in bench/install/recorded/; measurements run on what is kept.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const recorded = join(import.meta.dirname, "recorded");

type Kept = { readonly type: string; readonly body: Buffer };

export type Registry = { readonly url: string; requests(): number; fetched(): number; close(): void };

/** `latency` in milliseconds, before each answer; `folder` is where answers are kept. */
export async function serve(upstream: string, latency: number, folder: string = recorded): Promise<Registry> {
  const memory = new Map<string, Promise<Kept | undefined>>();
  const counts = { requests: 0, fetched: 0 };
  const server = createServer((request, response) => {
    counts.requests += 1;
    setTimeout(() => void reply(request, response), latency);
  });

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const short = String(request.headers.accept).includes("application/vnd.npm.install-v1+json");
    const key = `${short ? "short" : "full"} ${request.url ?? "/"}`;
    const kept = await (memory.get(key) ?? remember(key, request.url ?? "/", short));
    if (kept === undefined) {
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
      return;
    }
    response.writeHead(200, { "content-type": kept.type, "content-length": kept.body.length }).end(kept.body);
  }

  function remember(key: string, path: string, short: boolean): Promise<Kept | undefined> {
    const promise = look(key, path, short);
    memory.set(key, promise);
    return promise;
  }

  async function look(key: string, path: string, short: boolean): Promise<Kept | undefined> {
    const file = join(folder, createHash("sha256").update(key).digest("hex"));
    const kept = existsSync(file) ? readFileSync(file) : await fetchFrom(path, short, file);
    if (kept === undefined) return undefined;
    if (path.endsWith(".tgz")) return { type: "application/octet-stream", body: kept };
    // Tarballs are asked for here, too.
    const here = kept.toString().replaceAll(/"tarball":\s*"https?:\/\/[^"]*?(\/(?:@[^"/]+\/)?[^"/]+\/-\/[^"]+)"/g, (_, path: string) => `"tarball":"${address(server)}${path}"`);
    return { type: short ? "application/vnd.npm.install-v1+json" : "application/json", body: Buffer.from(here) };
  }

  async function fetchFrom(path: string, short: boolean, file: string): Promise<Buffer | undefined> {
    counts.fetched += 1;
    const answer = await fetch(new URL(path.slice(1), upstream), { headers: short ? { accept: "application/vnd.npm.install-v1+json" } : {} });
    if (!answer.ok) return undefined;
    const body = Buffer.from(await answer.arrayBuffer());
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.next`, body);
    renameSync(`${file}.next`, file);
    return body;
  }

  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `${address(server)}/`, requests: () => counts.requests, fetched: () => counts.fetched, close: () => void server.close() };
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
