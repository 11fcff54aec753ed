// One version of one package for one spec: the place that resolving gets everything from.
import npa, { type Spec } from "npm-package-arg";
import pickManifest, { type NpmPackument } from "npm-pick-manifest";
import { clean, compare, parse, Range, satisfies, validRange, type SemVer } from "semver";
import PackageJson from "@npmcli/package-json";
import type { Notices } from "../notices.ts";
import type { Age } from "../policy/age.ts";
import { span } from "../text.ts";
import type { Bundled } from "./bundled.ts";
import { RegistryError } from "./error.ts";
import type { Local } from "./local.ts";
import { once, type Metadata } from "./metadata.ts";
import type { Manifest, Packument } from "./packument.ts";
import { pinned, type Pins } from "./pins.ts";

export type Manifests = {
  /** What arborist asks pacote for. */
  manifest(spec: Spec | string): Promise<Record<string, unknown>>;
  /** The version that a range stands for. */
  pick(name: string, wanted: string): Promise<Manifest>;
  readonly bundled: Bundled;
};

/** Of npm's old names; new ones are shorter. */
const LONGEST_NAME = 214;

type Parts = { metadata: Metadata; age: Age; local: Local; bundled: Bundled; notices: Notices; pins: Pins; tag: string; now: number };

export function makeManifests(parts: Parts): Manifests {
  const picked = new Map<string, Promise<Manifest>>();
  // Asked for ahead of need and again when it is needed.
  const pick = (name: string, wanted: string): Promise<Manifest> => once(picked, `${name}@${wanted}`, () => pickAged(parts, name, wanted));
  const fromRegistry = async (spec: Spec, name: string): Promise<Record<string, unknown>> => {
    const picked = await pick(name, spec.fetchSpec);
    refuseOddNames(picked);
    return normalized(await completed(parts, picked), spec);
  };
  return {
    pick,
    bundled: parts.bundled,
    manifest: (asked) => {
      const spec = typeof asked === "string" ? npa(asked) : asked;
      const own = spec.subSpec ?? spec;
      if (own.registry === true && own.name !== null) return fromRegistry(own, own.name);
      return parts.local.manifest(own);
    },
  };
}

/** The newest fitting version that is old enough; says which younger ones were passed over. */
async function pickAged({ age, metadata, notices, pins, tag, now }: Parts, name: string, wanted: string): Promise<Manifest> {
  await metadata.suffice(name, wanted);
  const pin = pinned(pins, name, wanted);
  // Somebody waited before: another package manager has it already.
  const kept = pin === undefined ? undefined : (await metadata.packument(name, "abridged")).manifest(pin);
  if (kept !== undefined) return kept;
  const aged = await age.aged(name);
  const options = { defaultTag: tag };
  const all = await metadata.packument(name, age.exempt(name) ? "abridged" : "time" in aged ? "whole" : "abridged");
  const first = choose(all, wanted, tag);
  const second = aged === all ? first : choose(aged, wanted, tag);
  if (first === undefined) return pickManifest(candidates(all, wanted, tag), wanted, options); // Throws npm's own error.
  if (second?.version === first.version) return second;
  const published = Date.parse(all.time?.[first.version] ?? "");
  const old = Number.isNaN(published) ? "too young" : `${span(now - published)} old`;
  if (second === undefined) {
    throw new RegistryError(`Cannot take ${name}@${wanted}: ${first.version} is ${old}, and no older version fits; wait, or write --accept-new=${name}`, { code: "EAGE" });
  }
  notices.add("note", `${name} ${first.version} is ${old} and passed over for ${second.version}; --accept-new=${name} takes it`);
  return second;
}

function choose(packument: Packument, wanted: string, tag: string): Manifest | undefined {
  try {
    return pickManifest(candidates(packument, wanted, tag), wanted, { defaultTag: tag });
  } catch {
    return undefined;
  }
}

/**
 * The part of a list that npm's choice is among: the tagged versions, and of those that fit the newest ones, down to the
 * first that is neither deprecated nor made for another engine, which no older one comes before. One version at least:
 * that something is there and does not fit is what npm says then.
 */
export function candidates(packument: Packument, wanted: string, tag: string): NpmPackument {
  const { name, versions, tags } = packument;
  const named = [tags[wanted], tags[tag], clean(wanted, { loose: true }), versions[0]].filter((version) => typeof version === "string");
  const found = [...named.flatMap((version) => packument.manifest(version) ?? []), ...newest(packument, wanted)];
  return { name, "dist-tags": tags, versions: Object.fromEntries(found.map((manifest) => [manifest.version, manifest])) };
}

function newest(packument: Packument, wanted: string): Manifest[] {
  if (validRange(wanted, { loose: true }) === null) return [];
  const range = new Range(wanted, { loose: true });
  const fitting = packument.versions.flatMap((version) => parse(version, { loose: true }) ?? []).filter((version) => range.test(version));
  const best = fitting.reduce((one: SemVer | undefined, other) => (one === undefined || compare(other, one) > 0 ? other : one), undefined);
  const manifest = best === undefined ? undefined : packument.manifest(best.raw);
  return manifest !== undefined && isUsable(manifest) ? [manifest] : downToUsable(packument, fitting);
}

function downToUsable(packument: Packument, fitting: readonly SemVer[]): Manifest[] {
  const found: Manifest[] = [];
  for (const version of fitting.toSorted((one, other) => compare(other, one))) {
    const manifest = packument.manifest(version.raw);
    if (manifest === undefined) continue;
    found.push(manifest);
    if (isUsable(manifest)) break;
  }
  return found;
}

function isUsable(manifest: Manifest): boolean {
  return manifest.deprecated === undefined && isForThisEngine(manifest);
}

function isForThisEngine({ engines }: Manifest): boolean {
  const wanted = (engines as { node?: unknown } | null | undefined)?.node;
  return wanted === undefined || (typeof wanted === "string" && satisfies(process.version, wanted, { includePrerelease: true }));
}

/** Lockfiles hold more than abridged lists do: the licence, for one. */
async function completed({ metadata }: Parts, picked: Manifest): Promise<Manifest> {
  const whole = "_id" in picked && "license" in picked ? picked : await metadata.version(picked.name, picked.version);
  if (whole === undefined || whole === picked) return picked;
  if (whole.dist.tarball !== picked.dist.tarball || whole.dist.integrity !== picked.dist.integrity) {
    throw new RegistryError(`${metadata.registryOf(picked.name)} contradicts itself about ${picked.name} ${picked.version}: two answers name two tarballs`);
  }
  return picked.hasInstallScript === undefined ? whole : { ...whole, hasInstallScript: picked.hasInstallScript };
}

/** To arborist, `__proto__` is a key that every object has. */
function refuseOddNames({ name, version, dependencies, optionalDependencies, peerDependencies }: Manifest): void {
  const names = [dependencies, optionalDependencies, peerDependencies].flatMap((list) => Object.keys(list ?? {}));
  const odd = names.find((own) => own === "__proto__" || own.length > LONGEST_NAME);
  if (odd !== undefined) throw new RegistryError(`Cannot take ${name} ${version}: it depends on ${JSON.stringify(odd.slice(0, 100))}, which is no package's name`);
}

/** What neither a lockfile holds nor anybody asks a resolved package for, and takes long to bring into npm's form. */
const UNUSED = new Set(["author", "bugs", "contributors", "description", "devDependencies", "files", "homepage", "keywords", "maintainers", "readme", "repository"]);

/** As pacote gives it. */
async function normalized(manifest: Manifest, spec: Spec): Promise<Record<string, unknown>> {
  const steps = PackageJson.normalizeSteps.filter((step) => step !== "_attributes");
  const used = structuredClone(Object.fromEntries(Object.entries(manifest).filter(([field]) => !UNUSED.has(field))));
  const { content } = await new PackageJson().fromContent(used).normalize({ steps });
  const { dist } = manifest;
  const integrity = dist.integrity ?? (dist.shasum === undefined ? undefined : `sha1-${Buffer.from(dist.shasum, "hex").toString("base64")}`);
  return { ...content, _from: spec.toString(), _resolved: dist.tarball, ...(integrity === undefined ? {} : { _integrity: integrity }), _id: `${manifest.name}@${manifest.version}` };
}
