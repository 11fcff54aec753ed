// What a user should see of a new lockfile, compared with the old one: before anything is put in place.
import type { Node } from "@npmcli/arborist";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../commands/context.ts";
import type { Manifest } from "../registry/packument.ts";
import { satisfies, validRange } from "semver";
import { looksLike } from "./look-alike.ts";

/** Versions by package name. */
type Locked = ReadonlyMap<string, ReadonlySet<string>>;

export async function review(context: Context, tree: Node): Promise<void> {
  const before = lockedIn(context.request.project);
  // An optional dependency that could not be found has no name of its own.
  const nodes = [...tree.inventory.values()].filter((node) => !node.isTop && !node.isLink && !node.inDepBundle && node.isRegistryDependency && Boolean(node.packageName));
  const fresh = nodes.filter((node) => before.get(node.packageName)?.has(node.version) !== true);
  for (const node of fresh) {
    const like = before.has(node.packageName) ? undefined : looksLike(node.packageName);
    if (like !== undefined) context.notices.add("suspicion", `${node.packageName} looks like ${like}, and is not it${neededBy(node)}`);
    const deprecated = node.package["deprecated"];
    if (typeof deprecated === "string") context.notices.add("note", `${node.packageName} ${node.version} is deprecated: ${deprecated}`);
    for (const text of [...wrongEngine(node), ...wrongPeers(node)]) context.notices.add("note", text);
  }
  const changed = fresh.filter((node) => before.has(node.packageName));
  await Promise.all(changed.map((node) => reviewChange(context, node, [...(before.get(node.packageName) ?? [])])));
}

/** npm's EBADENGINE, which is a warning there, too. */
function wrongEngine(node: Node): string[] {
  const { node: wanted } = (node.package["engines"] ?? {}) as { node?: unknown };
  if (typeof wanted !== "string" || node.optional || validRange(wanted) === null || satisfies(process.versions.node, wanted, { includePrerelease: true })) return [];
  return [`${node.packageName} ${node.version} wants Node.js ${wanted}, and this is ${process.versions.node}`];
}

/** Peers that were chosen all the same, because somebody nearer to the project wants them. */
function wrongPeers(node: Node): string[] {
  const wrong = [...node.edgesOut.values()].filter((edge) => edge.type.startsWith("peer") && edge.error === "INVALID" && edge.to !== null);
  return wrong.map((edge) => `${node.packageName} ${node.version} wants ${edge.name}@${edge.spec} beside it, and there is ${edge.to?.version ?? ""}`);
}

function neededBy(node: Node): string {
  const users = [...node.edgesIn].map((edge) => (edge.from.isProjectRoot ? "package.json" : edge.from.packageName));
  return users.length === 0 ? "" : `; ${users.slice(0, 3).join(", ")} asks for it`;
}

/** A version that took the place of others: by another publisher, without provenance, with an install script. */
async function reviewChange({ metadata, notices }: Context, node: Node, versions: readonly string[]): Promise<void> {
  const name = node.packageName;
  const [now, ...then] = await Promise.all([node.version, ...versions].map((version) => metadata.version(name, version)));
  const old = then.filter((manifest) => manifest !== undefined);
  if (now === undefined || old.length === 0) return;
  const title = `${name} ${node.version}, instead of ${versions.join(", ")},`;
  const publisher = now._npmUser?.name;
  if (publisher !== undefined && !hasProvenance(now) && !old.some((manifest) => trusts(manifest, publisher))) {
    notices.add("suspicion", `${title} was published by ${publisher}, who was not among those who could before`);
  }
  if (old.every(hasProvenance) && !hasProvenance(now)) notices.add("suspicion", `${title} no longer says from which source it was built (provenance)`);
  if (wantsScript(now) && !old.some(wantsScript)) notices.add("suspicion", `${title} has an install script now; cordon does not run it`);
}

/** Publishers and maintainers, as they were when that version was published. */
function trusts(manifest: Manifest, publisher: string): boolean {
  const maintainers = Array.isArray(manifest["maintainers"]) ? (manifest["maintainers"] as unknown[]) : [];
  const named = maintainers.some((own) => typeof own === "object" && own !== null && "name" in own && own.name === publisher);
  return named || manifest._npmUser === undefined || manifest._npmUser.name === publisher;
}

function hasProvenance(manifest: Manifest): boolean {
  return manifest.dist.attestations !== undefined;
}

function wantsScript(manifest: Manifest): boolean {
  const scripts = (manifest["scripts"] ?? {}) as Record<string, unknown>;
  return manifest.hasInstallScript === true || manifest["gypfile"] === true || ["preinstall", "install", "postinstall"].some((script) => script in scripts);
}

function lockedIn(project: string): Locked {
  const found = new Map<string, Set<string>>();
  let packages: Record<string, { name?: string; version?: string; link?: boolean }> = {};
  try {
    packages = (JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as { packages?: typeof packages }).packages ?? {};
  } catch {
    return found; // Without a lockfile everything is new.
  }
  for (const [place, { name, version, link }] of Object.entries(packages)) {
    const at = place.lastIndexOf("node_modules/");
    if (at < 0 || version === undefined || link === true) continue;
    const own = name ?? place.slice(at + "node_modules/".length);
    found.set(own, (found.get(own) ?? new Set<string>()).add(version));
  }
  return found;
}
