// What a package has bundled: lockfiles list it, and only the tarball knows it. Of that, nothing but package.json files is
// written, and a mark for what npm takes for an install script, into a folder that arborist looks at.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Request } from "../request.ts";
import { type Client, makeClient } from "./client.ts";
import { RegistryError } from "./error.ts";
import { makeMetadataCache } from "./metadata-cache.ts";
import { filesIn } from "./tarball.ts";

export type Bundled = {
  /** Asks ahead of need. */
  fetchAhead(resolved: string, integrity: string | undefined): void;
  /** Puts what is bundled into `folder`, an empty one. */
  unpack(resolved: string, integrity: string | undefined, folder: string): Promise<void>;
  close(): void;
};

/** By place below the package's folder. */
type Files = readonly (readonly [place: string, content: string])[];

const MOST = 10_000;
/** Of all package.json files together. */
const LARGEST = 64 << 20;
/** Below the tarball's own folder, whose name is anything. */
const WANTED = /^[^/]+\/((?:node_modules\/(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*\/)*)(package\.json|binding\.gyp)$/;
const ALGORITHMS = ["sha512", "sha384", "sha256", "sha1"];
/** Names under which lockfiles write "the registry that is configured". */
const STAND_INS = ["registry.npmjs.org", "registry.yarnpkg.com"];

export function makeBundled(request: Request): Bundled {
  let client: Client | undefined;
  const cache = makeMetadataCache(request.store);
  const fetched = new Map<string, Promise<Buffer>>();
  const fetch = (resolved: string): Promise<Buffer> => {
    client ??= makeClient(request);
    const promise = fetched.get(resolved) ?? fetchTarball(client, placeOf(resolved, request));
    fetched.set(resolved, promise);
    promise.catch(() => {}); // Whoever needs it hears of it.
    return promise;
  };
  const find = async (resolved: string, integrity: string | undefined): Promise<Files> => {
    const kept = cache.read(keyOf(integrity));
    if (kept !== undefined) return JSON.parse(kept.body.toString("utf8")) as Files;
    const bytes = resolved.startsWith("file:") ? await readFile(filePath(resolved, request)) : await fetch(resolved);
    fetched.delete(resolved);
    if (!isWhole(bytes, integrity)) throw new RegistryError(`${resolved} is not what its registry says: it has another checksum, or none is known`, { code: "EINTEGRITY" });
    const files = select(bytes, resolved);
    cache.write(keyOf(integrity), { etag: "", until: 0, body: Buffer.from(JSON.stringify(files)) });
    return files;
  };
  return {
    fetchAhead: (resolved, integrity) => {
      if (cache.read(keyOf(integrity)) === undefined) void fetch(resolved);
    },
    unpack: async (resolved, integrity, folder) => write(await find(resolved, integrity), folder),
    close: () => client?.close(),
  };
}

function keyOf(integrity: string | undefined): string {
  return `bundled\n${integrity ?? ""}`;
}

async function fetchTarball(client: Client, url: string): Promise<Buffer> {
  const answer = await client.get(url, {});
  if (answer.status !== 200) throw new RegistryError(`${url} answers ${answer.status}`);
  return answer.body;
}

function placeOf(resolved: string, { registries }: Request): string {
  const url = new URL(resolved);
  const own = registries.find(({ scope }) => scope === "")?.url;
  return own !== undefined && STAND_INS.includes(url.host) ? new URL(url.pathname.slice(1), own).href : resolved;
}

function filePath(resolved: string, request: Request): string {
  return resolved.startsWith("file://") ? fileURLToPath(resolved) : join(request.project, resolved.slice("file:".length));
}

/** By the strongest algorithm that `integrity` names (Subresource Integrity). */
function isWhole(bytes: Buffer, integrity: string | undefined): boolean {
  const hashes = (integrity ?? "").split(/\s+/).map((word) => word.split("?")[0] ?? "");
  const best = ALGORITHMS.find((algorithm) => hashes.some((hash) => hash.startsWith(`${algorithm}-`)));
  return best !== undefined && hashes.includes(`${best}-${createHash(best).update(bytes).digest("base64")}`);
}

function select(bytes: Buffer, name: string): Files {
  const found: [string, string][] = [];
  let size = 0;
  for (const { path, content } of filesIn(bytes, name)) {
    const [, place = "", file] = WANTED.exec(path) ?? [];
    if (file === undefined) continue;
    size += content.length;
    if (found.length === MOST || size > LARGEST) throw new RegistryError(`${name} bundles more packages than anybody's`);
    found.push([place + file, file === "package.json" ? content.toString("utf8") : ""]);
  }
  return found;
}

function write(files: Files, folder: string): void {
  for (const [place, content] of files) {
    const target = join(folder, place);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}
