// Asks for lists of versions ahead of need, many at a time: arborist asks for one after the other.
import npa from "npm-package-arg";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { satisfies } from "semver";
import type { Context } from "../commands/context.ts";
import type { Manifest } from "../registry/packument.ts";
import type { Wish } from "./ideal-tree.ts";

type Lists = { dependencies?: Record<string, string>; devDependencies?: Record<string, string>; optionalDependencies?: Record<string, string>; peerDependencies?: Record<string, string> };

/** Gives back when everything that can be foreseen is there. What fails is left to arborist, which knows whether it matters. */
export async function prefetch({ request, manifests, metadata }: Context, wish: Wish): Promise<void> {
  const seen = new Set<string>();
  const versions = new Map<string, string[]>();
  const peers: [string, string][] = [];
  const locked = lockedNames(request.project);
  const visit = async (name: string, wanted: string): Promise<void> => {
    const asked = `${name}@${wanted}`;
    if (seen.has(asked)) return;
    seen.add(asked);
    const spec = registrySpec(name, wanted);
    if (spec === undefined) return;
    const manifest = await manifests.pick(spec.name, spec.wanted).catch(() => undefined);
    if (manifest === undefined) return;
    // A whole list holds whole versions already.
    if (!("_id" in manifest)) void metadata.version(manifest.name, manifest.version);
    if (Array.isArray(manifest.bundleDependencies) && manifest.bundleDependencies.length > 0) manifests.bundled.fetchAhead(manifest.dist.tarball, manifest.dist.integrity);
    versions.set(spec.name, [...(versions.get(spec.name) ?? []), manifest.version]);
    peers.push(...required(manifest));
    await all(Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  };
  const all = (entries: readonly (readonly [string, string])[]): Promise<unknown> => Promise.all(entries.map(([name, wanted]) => visit(name, wanted)));
  const folders = [request.project, ...request.members.map((member) => join(request.project, member))];
  const asked = folders.flatMap((folder) => listed(folder)).filter(([name]) => wish.update === true || !locked.has(name));
  const added = (wish.add ?? []).map((word) => npa(word)).flatMap((spec) => (spec.name === null ? [] : [[spec.name, spec.rawSpec] as const]));
  await all([...asked, ...added]);
  // What fits a peer is mostly there already.
  const isThere = ([name, wanted]: readonly [string, string]): boolean => versions.get(name)?.some((version) => satisfies(version, wanted, { loose: true })) === true;
  for (let left = peers.splice(0); left.length > 0; left = peers.splice(0)) await all(left.filter((peer) => !isThere(peer)));
}

function required({ peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): [string, string][] {
  return Object.entries(peerDependencies).filter(([name]) => peerDependenciesMeta[name]?.optional !== true);
}

function registrySpec(name: string, wanted: string): { name: string; wanted: string } | undefined {
  try {
    const spec = npa(`${name}@${wanted}`);
    const own = spec.subSpec ?? spec;
    return own.registry === true && own.name !== null ? { name: own.name, wanted: own.fetchSpec } : undefined;
  } catch {
    return undefined;
  }
}

function listed(folder: string): [string, string][] {
  const lists = readJson(join(folder, "package.json")) as Lists;
  return Object.entries({ ...lists.peerDependencies, ...lists.devDependencies, ...lists.optionalDependencies, ...lists.dependencies });
}

/** Names that the lockfile has at its root: arborist asks nobody about most of them. */
function lockedNames(project: string): Set<string> {
  const { packages = {} } = readJson(join(project, "package-lock.json")) as { packages?: Record<string, unknown> };
  return new Set(Object.keys(packages).filter((place) => place.lastIndexOf("node_modules/") === 0).map((place) => place.slice("node_modules/".length)));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) ?? {};
  } catch {
    return {};
  }
}
