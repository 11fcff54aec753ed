// A package's list of versions, as a registry publishes it (npm's package-metadata.md), checked at the border.
import { RegistryError } from "./error.ts";
import { members, parse, type Members, type Slice } from "./json-slices.ts";

/** One version, abridged or whole. */
export type Manifest = {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  bundleDependencies?: string[] | boolean;
  deprecated?: string;
  hasInstallScript?: boolean;
  dist: { tarball: string; integrity?: string; shasum?: string; attestations?: unknown };
  _npmUser?: { name?: string };
  [field: string]: unknown;
};

export type Packument = {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: readonly string[];
  /** Undefined for a version that is not in the list, or broken: one bad version must not take the others away. */
  manifest(version: string): Manifest | undefined;
  /** Of the abridged form. */
  readonly modified?: string;
  /** Of the whole form: when each version was published. */
  readonly time?: Readonly<Record<string, string>>;
};

/** Reads a registry's answer; what is not a list of versions of `name` is refused. */
export function readPackument(text: Buffer, name: string, from: string): Packument {
  const wrong = (what: string): RegistryError => new RegistryError(`${from} answers with something that is no list of versions of ${name}: ${what}`);
  try {
    const { outer, inner: versions } = members(text, "versions");
    const field = (key: string): unknown => parse(text, outer.get(key));
    const called = field("name");
    if (called !== name) throw wrong(`it is called ${JSON.stringify(called)?.slice(0, 100)}`);
    if (versions === undefined) throw wrong("it has no versions");
    const [tags, modified, time] = [field("dist-tags"), field("modified"), field("time")];
    return {
      name,
      tags: isObject(tags) ? strings(tags) : {},
      versions: [...versions.keys()],
      manifest: readManifests(text, name, versions),
      ...(typeof modified === "string" ? { modified } : {}),
      ...(isObject(time) ? { time: time as Record<string, string> } : {}),
    };
  } catch (error) {
    throw error instanceof SyntaxError ? wrong(error.message.slice(0, 100)) : error;
  }
}

function strings(value: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** Each is read when somebody asks for it. */
function readManifests(text: Buffer, name: string, versions: Members): Packument["manifest"] {
  const known = new Map<string, Manifest | undefined>();
  return (version) => {
    const place = versions.get(version);
    if (place === undefined || known.has(version)) return known.get(version);
    const value = parseOrNothing(text, place);
    const manifest = isManifest(value, name, version) ? value : undefined;
    known.set(version, manifest);
    return manifest;
  };
}

function parseOrNothing(text: Buffer, place: Slice): unknown {
  try {
    return parse(text, place);
  } catch {
    return undefined;
  }
}

export function isManifest(value: unknown, name: string, version: string): value is Manifest {
  if (!isObject(value) || value["name"] !== name || value["version"] !== version) return false;
  const dist = value["dist"];
  if (!isObject(dist) || typeof dist["tarball"] !== "string") return false;
  const lists = ["dependencies", "optionalDependencies", "peerDependencies"].map((list) => value[list]);
  return lists.every((list) => list === undefined || (isObject(list) && Object.values(list).every((range) => typeof range === "string")));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the times of all versions are known. */
export function isWhole({ time, versions }: Packument): boolean {
  return time !== undefined && versions.every((version) => typeof time[version] === "string");
}
