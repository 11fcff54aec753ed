// One version of one package for one spec: the place that resolving gets everything from.
import npa, { type Spec } from "npm-package-arg";
import pickManifest from "npm-pick-manifest";
import PackageJson from "@npmcli/package-json";
import type { Notices } from "../notices.ts";
import type { Age } from "../policy/age.ts";
import { span } from "../text.ts";
import { RegistryError } from "./error.ts";
import type { Local } from "./local.ts";
import type { Metadata } from "./metadata.ts";
import type { Manifest, Packument } from "./packument.ts";
import { pinned, type Pins } from "./pins.ts";

export type Manifests = {
  /** What arborist asks pacote for. */
  manifest(spec: Spec | string): Promise<Record<string, unknown>>;
  /** The version that a range stands for. */
  pick(name: string, wanted: string): Promise<Manifest>;
};

/** Of npm's old names; new ones are shorter. */
const LONGEST_NAME = 214;

type Parts = { metadata: Metadata; age: Age; local: Local; notices: Notices; pins: Pins; tag: string; now: number };

export function makeManifests(parts: Parts): Manifests {
  const pick = (name: string, wanted: string): Promise<Manifest> => pickAged(parts, name, wanted);
  const fromRegistry = async (spec: Spec, name: string): Promise<Record<string, unknown>> => {
    const picked = await pick(name, spec.fetchSpec);
    refuseOddNames(picked);
    return normalized(await completed(parts, picked), spec);
  };
  return {
    pick,
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
  const pin = pinned(pins, name, wanted);
  // Somebody waited before: another package manager has it already.
  const kept = pin === undefined ? undefined : (await metadata.packument(name, "abridged")).versions[pin];
  if (kept !== undefined) return kept;
  const aged = await age.aged(name);
  const options = { defaultTag: tag };
  const all = await metadata.packument(name, age.exempt(name) ? "abridged" : "time" in aged ? "whole" : "abridged");
  const first = choose(all, wanted, options);
  const second = choose(aged, wanted, options);
  if (first === undefined) return pickManifest(all, wanted, options); // Throws npm's own error.
  if (second?.version === first.version) return second;
  const published = Date.parse(all.time?.[first.version] ?? "");
  const old = Number.isNaN(published) ? "too young" : `${span(now - published)} old`;
  if (second === undefined) {
    throw new RegistryError(`Cannot take ${name}@${wanted}: ${first.version} is ${old}, and no older version fits; wait, or write --accept-new=${name}`, { code: "EAGE" });
  }
  notices.add("note", `${name} ${first.version} is ${old} and passed over for ${second.version}; --accept-new=${name} takes it`);
  return second;
}

function choose(packument: Packument, wanted: string, options: Record<string, unknown>): Manifest | undefined {
  try {
    return pickManifest(packument, wanted, options);
  } catch {
    return undefined;
  }
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

/** As pacote gives it. */
async function normalized(manifest: Manifest, spec: Spec): Promise<Record<string, unknown>> {
  const steps = PackageJson.normalizeSteps.filter((step) => step !== "_attributes");
  const { content } = await new PackageJson().fromContent(structuredClone(manifest)).normalize({ steps });
  const { dist } = manifest;
  const integrity = dist.integrity ?? (dist.shasum === undefined ? undefined : `sha1-${Buffer.from(dist.shasum, "hex").toString("base64")}`);
  return { ...content, _from: spec.toString(), _resolved: dist.tarball, ...(integrity === undefined ? {} : { _integrity: integrity }), _id: `${manifest.name}@${manifest.version}` };
}
