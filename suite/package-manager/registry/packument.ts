// A package's list of versions, as a registry publishes it (npm's package-metadata.md), checked at the border.
import { RegistryError } from "./error.ts";

/** One version, abridged or whole. */
export type Manifest = {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  deprecated?: string;
  hasInstallScript?: boolean;
  dist: { tarball: string; integrity?: string; shasum?: string; attestations?: unknown };
  _npmUser?: { name?: string };
  [field: string]: unknown;
};

export type Packument = {
  name: string;
  "dist-tags": Record<string, string>;
  versions: Record<string, Manifest>;
  /** Of the abridged form. */
  modified?: string;
  /** Of the whole form: when each version was published. */
  time?: Record<string, string>;
};

/** Reads a registry's answer; what is not a list of versions of `name` is refused. */
export function readPackument(text: string, name: string, from: string): Packument {
  const wrong = (what: string): RegistryError => new RegistryError(`${from} answers with something that is no list of versions of ${name}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong((error as Error).message.slice(0, 100));
  }
  if (!isObject(value)) throw wrong("it is no object");
  if (value["name"] !== name) throw wrong(`it is called ${JSON.stringify(value["name"])?.slice(0, 100)}`);
  if (!isObject(value["versions"])) throw wrong("it has no versions");
  for (const [version, manifest] of Object.entries(value["versions"])) {
    // What is broken is as good as absent: one bad version must not take the others away.
    if (!isManifest(manifest, name, version)) delete value["versions"][version];
  }
  const tags = isObject(value["dist-tags"]) ? value["dist-tags"] : {};
  return { ...value, "dist-tags": Object.fromEntries(Object.entries(tags).filter(([, version]) => typeof version === "string")) } as Packument;
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
