// What a test's registry holds: packages by name, each version a manifest and files.
import { createHash } from "node:crypto";
import { tarball, type Entry } from "./tarball.ts";

export type Version = {
  /** Fields of its package.json beside name and version. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  /** The tarball's entries instead of `files`. */
  readonly entries?: readonly Entry[];
  /** The tarball itself. */
  readonly bytes?: Buffer;
  /** Hours ago; a year without it. */
  readonly age?: number;
  /** Who published it. */
  readonly by?: string;
  /** Says from which source it was built. */
  readonly isAttested?: boolean;
  /** Fields of the registry's own, over those that it would give. */
  readonly over?: Readonly<Record<string, unknown>>;
};

export type Package = { readonly versions: Readonly<Record<string, Version>>; readonly tags?: Readonly<Record<string, string>> };

/** A package by its versions, or one version alone as 1.0.0. */
export type Packages = Readonly<Record<string, Package>>;

export type Published = { readonly abridged: object; readonly whole: { versions: Record<string, object> }; readonly tarballs: Map<string, Buffer> };

const YEAR = 24 * 365;
const ABRIDGED = ["name", "version", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta", "bundleDependencies", "bin", "engines", "os", "cpu", "deprecated", "funding", "_hasShrinkwrap"];

/** Everything that a registry at `url` answers about one package. */
export function publish(name: string, { versions, tags }: Package, url: string): Published {
  const tarballs = new Map<string, Buffer>();
  const time: Record<string, string> = {};
  const whole: Record<string, Record<string, unknown>> = {};
  for (const [version, described] of Object.entries(versions)) {
    const bytes = described.bytes ?? tarball(entriesOf(name, version, described));
    const file = `${name.split("/").at(-1) ?? name}-${version}.tgz`;
    tarballs.set(`/${name}/-/${file}`, bytes);
    time[version] = new Date(Date.now() - (described.age ?? YEAR) * 3_600_000).toISOString();
    const dist = { tarball: `${url}${name}/-/${file}`, shasum: createHash("sha1").update(bytes).digest("hex"), integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`, ...(described.isAttested === true ? { attestations: { url: `${url}-/npm/v1/attestations/${name}@${version}` } } : {}) };
    whole[version] = { name, version, license: "MIT", ...described.manifest, _id: `${name}@${version}`, _npmUser: { name: described.by ?? "somebody" }, dist, ...described.over };
  }
  const distTags = { latest: Object.keys(versions).at(-1) ?? "", ...tags };
  const modified = Object.values(time).toSorted().at(-1);
  const abridged = Object.fromEntries(Object.entries(whole).map(([version, manifest]) => [version, abridge(manifest)]));
  return {
    abridged: { name, "dist-tags": distTags, modified, versions: abridged },
    whole: { name, "dist-tags": distTags, time: { ...time, modified }, versions: whole } as { versions: Record<string, object> },
    tarballs,
  };
}

function abridge(manifest: Record<string, unknown>): object {
  const scripts = (manifest["scripts"] ?? {}) as Record<string, unknown>;
  const hasInstallScript = ["preinstall", "install", "postinstall"].some((script) => script in scripts);
  const kept = [...ABRIDGED, "dist"].filter((field) => field in manifest).map((field) => [field, manifest[field]]);
  return { ...Object.fromEntries(kept), ...(hasInstallScript ? { hasInstallScript } : {}) };
}

function entriesOf(name: string, version: string, { manifest, files = {}, entries }: Version): readonly Entry[] {
  const own = { path: "package/package.json", content: `${JSON.stringify({ name, version, license: "MIT", ...manifest }, null, 2)}\n` };
  if (entries !== undefined) return entries.some((entry) => entry.path === own.path) ? entries : [own, ...entries];
  const described = Object.keys(files).length === 0 ? { "index.js": `module.exports = ${JSON.stringify(`${name}@${version}`)};\n` } : files;
  return [own, ...Object.entries(described).map(([path, content]) => ({ path: `package/${path}`, content }))];
}
