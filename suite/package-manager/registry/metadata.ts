// Lists of versions and single versions, each asked for once.
import type { Request } from "../request.ts";
import { isSet } from "../request.ts";
import { makeClient, type Client } from "./client.ts";
import { RegistryError } from "./error.ts";
import { readForeseen, UNFORESEEN, type Foreseen, type ForeseenList } from "./foreseen.ts";
import { makeMetadataCache, type MetadataCache } from "./metadata-cache.ts";
import { isManifest, isWhole, readPackument, type Manifest, type Packument } from "./packument.ts";

const ABRIDGED = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";
const WHOLE = "application/json";

type Form = "abridged" | "whole";

export type Metadata = {
  /** The list of versions, abridged or, with the times that they were published at, whole. */
  packument(name: string, form: Form): Promise<Packument>;
  /** Makes sure that the lists of a package are enough to choose by for `wanted`. */
  suffice(name: string, wanted: string): Promise<void>;
  /** One version with everything that its publisher said; undefined where the registry doesn't give single versions. */
  version(name: string, version: string): Promise<Manifest | undefined>;
  registryOf(name: string): string;
  /** How many packages were looked up. */
  looked(): number;
  close(): void;
};

export function makeMetadata(request: Request): Metadata {
  const client = makeClient(request);
  const asking: Asking = { client, cache: makeMetadataCache(request.store), foreseen: request.foresees === true ? readForeseen(process.stdin) : UNFORESEEN, offline: isSet(request, "offline"), preferOffline: isSet(request, "prefer-offline") };
  const lists = new Map<string, Promise<Packument>>();
  const single = new Map<string, Promise<Manifest | undefined>>();
  /** Of which all is asked for, as what was foreseen is not enough. */
  const complete = new Set<string>();
  const used = new Map<string, ForeseenList>();
  const registryOf = (name: string): string => registryFor(name, request);
  return {
    registryOf,
    looked: () => lists.size,
    packument: (name, form) => once(lists, `${form} ${name}`, () => fetchForm(complete.has(name) ? { ...asking, foreseen: UNFORESEEN } : asking, lists, registryOf(name), name, form)),
    suffice: async (name, wanted) => {
      const latest = await asking.foreseen.enough(name, wanted);
      if (latest === undefined || complete.has(name)) return;
      const isEnough = latest.wanted.has(wanted);
      if (isEnough && used.get(name) === latest) return;
      if (isEnough) used.set(name, latest);
      else complete.add(name);
      lists.delete(`abridged ${name}`);
      lists.delete(`whole ${name}`);
    },
    version: (name, version) => once(single, `${name}@${version}`, () => fetchVersion(asking, registryOf(name), name, version)),
    close() {
      client.close();
      asking.foreseen.close();
    },
  };
}

/** The registry of a scope, and of no other: what is pinned to one is never asked for elsewhere. */
export function registryFor(name: string, request: Pick<Request, "registries">): string {
  const scope = name.startsWith("@") ? name.slice(0, name.indexOf("/")) : "";
  const own = request.registries.find((registry) => registry.scope === scope) ?? request.registries.find((registry) => registry.scope === "");
  if (own === undefined) throw new Error("The launcher names no registry");
  return own.url;
}

type Asking = { client: Client; cache: MetadataCache; foreseen: Foreseen; offline: boolean; preferOffline: boolean };

export function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = made.get(key);
  if (before !== undefined) return before;
  const now = make();
  now.catch(() => {}); // Whoever asked hears of it; what was asked for ahead of need, nobody has to.
  made.set(key, now);
  return now;
}

/** Some registries know one form only: who answered with a whole list before is not asked for it again. */
async function fetchForm(asking: Asking, lists: ReadonlyMap<string, Promise<Packument>>, registry: string, name: string, form: Form): Promise<Packument> {
  const before = form === "whole" ? await lists.get(`abridged ${name}`)?.catch(() => undefined) : undefined;
  return before !== undefined && isWhole(before) ? before : fetchPackument(asking, registry, name, form);
}

async function fetchPackument(asking: Asking, registry: string, name: string, form: Form): Promise<Packument> {
  const given = asking.foreseen.list(name, form);
  if (given !== undefined) return readPackument(given.text, name, registry);
  const url = registry + escapedName(name);
  const text = await ask(asking, url, form === "abridged" ? ABRIDGED : WHOLE);
  if (text === undefined) throw new RegistryError(`${name} is not in the registry ${registry}`, { code: "E404" });
  return readPackument(text, name, registry);
}

async function fetchVersion(asking: Asking, registry: string, name: string, version: string): Promise<Manifest | undefined> {
  const given = await asking.foreseen.version(name, version);
  const text = given ?? (await ask(asking, `${registry}${escapedName(name)}/${encodeURIComponent(version)}`, WHOLE).catch(() => undefined));
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text.toString("utf8"));
    return isManifest(value, name, version) ? value : undefined;
  } catch {
    return undefined;
  }
}

function escapedName(name: string): string {
  return name.replace("/", "%2f");
}

/** The body, from the cache where that is fresh; undefined for 404. */
async function ask({ client, cache, offline, preferOffline }: Asking, url: string, accept: string): Promise<Buffer | undefined> {
  const key = `${accept}\n${url}`;
  const kept = cache.read(key);
  if (kept !== undefined && (offline || preferOffline || kept.until > Date.now())) return kept.body;
  if (offline) throw new RegistryError(`${url} is not in the store, and --offline asks no registry`);
  const answer = await client.get(url, { accept, ...(kept === undefined || kept.etag === "" ? {} : { "if-none-match": kept.etag }) });
  if (answer.status === 304 && kept !== undefined) {
    cache.write(key, { ...kept, until: freshUntil(answer.headers["cache-control"]) });
    return kept.body;
  }
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refused(url, answer.status);
  const { body } = answer;
  cache.write(key, { etag: answer.headers.etag ?? "", until: freshUntil(answer.headers["cache-control"]), body });
  return body;
}

function refused(url: string, status: number): RegistryError {
  const host = new URL(url).host;
  const fix = status === 401 || status === 403 ? `; put a token for ${host} into ~/.npmrc` : "";
  return new RegistryError(`${url} answers ${status}${fix}`, { code: `E${status}` });
}

/** Cache-Control's max-age (RFC 9111), an hour at most. */
function freshUntil(control: string | undefined): number {
  const seconds = Number(/(?:^|[\s,])max-age=(\d+)/.exec(control ?? "")?.[1] ?? 0);
  const never = /no-store|no-cache/.test(control ?? "");
  return never ? 0 : Date.now() + Math.min(seconds, 3600) * 1000;
}
