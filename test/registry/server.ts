// A registry of the tests' own, on loopback: packages that a test describes, latency, and everything that goes wrong with
// real ones.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { publish, type Packages, type Published } from "./packages.ts";

export type Fault =
  /** Sends a part, and then nothing. */
  | { readonly kind: "stall" }
  /** Ends in the middle. */
  | { readonly kind: "truncate" }
  /** Says that more comes than does. */
  | { readonly kind: "lie about length" }
  /** Turns a byte around. */
  | { readonly kind: "wrong bytes" }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "body"; readonly body: string | Buffer };

export type Trouble = { readonly path: RegExp; readonly fault: Fault; /** How often; always without it. */ times?: number };

export type Options = {
  /** Milliseconds until an answer begins. */
  readonly latency?: number;
  readonly troubles?: Trouble[];
  readonly tls?: { readonly key: string; readonly cert: string };
};

export type Seen = { readonly path: string; readonly authorization: string | undefined; readonly accept: string | undefined };

export type Registry = {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  readonly port: number;
  /** Requests in their order. */
  readonly seen: Seen[];
  /** Describes packages anew. */
  hold(packages: Packages): void;
};

export type Owner = { after(step: () => void | Promise<void>): void };

/** Serves `packages` until `owner`'s test ends. */
export async function startRegistry(owner: Owner, packages: Packages, options: Options = {}): Promise<Registry> {
  const seen: Seen[] = [];
  let published = new Map<string, Published>();
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname);
    const { authorization, accept } = request.headers;
    seen.push({ path, authorization, accept });
    setTimeout(() => answer(path, accept ?? "", request, response, published, options.troubles ?? []), options.latency ?? 0);
  };
  const server: Server = options.tls === undefined ? createServer(handle) : createSecureServer(options.tls, handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  owner.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}/`;
  const hold = (held: Packages): void => {
    published = new Map(Object.entries(held).map(([name, described]) => [name, publish(name, described, url)]));
  };
  hold(packages);
  return { url, port, seen, hold };
}

function answer(path: string, accept: string, request: IncomingMessage, response: ServerResponse, published: ReadonlyMap<string, Published>, troubles: Trouble[]): void {
  const found = lookUp(path, accept, published);
  const trouble = troubles.find((own) => own.path.test(path) && own.times !== 0);
  if (trouble !== undefined) {
    if (trouble.times !== undefined) trouble.times -= 1;
    return misbehave(trouble.fault, found ?? Buffer.from("nothing"), response);
  }
  if (found === undefined) return void response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
  const etag = `"${createHash("sha1").update(found).digest("hex")}"`;
  if (request.headers["if-none-match"] === etag) return void response.writeHead(304, { etag }).end();
  response.writeHead(200, { etag, "content-length": found.length, "content-type": path.endsWith(".tgz") ? "application/octet-stream" : "application/json" }).end(found);
}

function lookUp(path: string, accept: string, published: ReadonlyMap<string, Published>): Buffer | undefined {
  for (const [name, { abridged, whole, tarballs }] of published) {
    const bytes = tarballs.get(path);
    if (bytes !== undefined) return bytes;
    if (path === `/${name}`) return Buffer.from(JSON.stringify(accept.includes("vnd.npm.install-v1") ? abridged : whole));
    if (path.startsWith(`/${name}/`)) {
      const version = whole.versions[path.slice(name.length + 2)];
      if (version !== undefined) return Buffer.from(JSON.stringify(version));
    }
  }
  return undefined;
}

function misbehave(fault: Fault, body: Buffer, response: ServerResponse): void {
  const half = body.subarray(0, Math.ceil(body.length / 2));
  switch (fault.kind) {
    case "stall":
      return void response.writeHead(200, { "content-length": body.length }).write(half);
    case "truncate":
      response.writeHead(200, { "content-length": body.length }).write(half);
      return void setTimeout(() => response.destroy(), 20);
    case "lie about length":
      response.writeHead(200, { "content-length": body.length + 1000 }).write(body);
      return void setTimeout(() => response.destroy(), 20);
    case "wrong bytes": {
      const wrong = Buffer.from(body);
      wrong[wrong.length >> 1] = (wrong[wrong.length >> 1] ?? 0) ^ 0xff;
      return void response.writeHead(200, { "content-length": wrong.length }).end(wrong);
    }
    case "status":
      return void response.writeHead(fault.status, fault.headers).end();
    case "redirect":
      return void response.writeHead(302, { location: fault.to }).end();
    case "body":
      return void response.writeHead(200, { "content-length": Buffer.byteLength(fault.body) }).end(fault.body);
  }
}
