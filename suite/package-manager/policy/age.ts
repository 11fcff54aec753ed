// Versions younger than a day are passed over: what is malicious is mostly found within hours.
import { prerelease, rcompare } from "semver";
import type { Metadata } from "../registry/metadata.ts";
import type { Packument } from "../registry/packument.ts";
import type { Request } from "../request.ts";

const DAY = 86_400_000;

export type Age = {
  /** The list without versions that are too young. */
  aged(name: string): Promise<Packument>;
  /** The list as the registry has it, and the times that are known. */
  publishedAt(name: string, version: string): Promise<number | undefined>;
  exempt(name: string): boolean;
  /** Milliseconds. */
  readonly least: number;
};

export function makeAge(metadata: Metadata, request: Pick<Request, "flags">, now: number): Age {
  const least = leastAge(request.flags["min-release-age"]);
  const patterns = (request.flags["accept-new"] ?? "").split(",").map((pattern) => pattern.trim()).filter((pattern) => pattern !== "");
  const exempt = (name: string): boolean => least === 0 || patterns.some((pattern) => matches(pattern, name));
  // By list, not by name: one that was foreseen gives way to another where it is not enough.
  const made = new Map<Packument, Promise<Packument>>();
  const compute = async (name: string, packument: Packument): Promise<Packument> => {
    if (exempt(name) || isOlder(packument.modified ?? packument.time?.["modified"], now - least)) return packument;
    const whole = await metadata.packument(name, "whole");
    return withoutYoung(whole, now - least);
  };
  return {
    least,
    exempt,
    aged: async (name) => {
      const packument = await metadata.packument(name, "abridged");
      const list = made.get(packument) ?? compute(name, packument);
      list.catch(() => {});
      made.set(packument, list);
      return list;
    },
    publishedAt: async (name, version) => {
      const time = Date.parse((await metadata.packument(name, "whole")).time?.[version] ?? "");
      return Number.isNaN(time) ? undefined : time;
    },
  };
}

/** Days, as npm has it. */
function leastAge(days: string | undefined): number {
  const number = Number(days ?? "1");
  return Number.isFinite(number) && number >= 0 ? number * DAY : DAY;
}

/** `name`, `@scope/*`. */
function matches(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith("/*") && name.startsWith(pattern.slice(0, -1)));
}

/** When nothing of a package has changed since, none of its versions is younger. */
function isOlder(modified: string | undefined, limit: number): boolean {
  const time = Date.parse(modified ?? "");
  return !Number.isNaN(time) && time < limit;
}

/** A version without a time was there before registries kept times. */
export function withoutYoung(packument: Packument, limit: number): Packument {
  const times = packument.time ?? {};
  const isOld = (version: string): boolean => !(Date.parse(times[version] ?? "") > limit);
  const versions = packument.versions.filter(isOld);
  if (versions.length === packument.versions.length) return packument;
  const old = new Set(versions);
  const tags = Object.fromEntries(Object.entries(packument.tags).filter(([, version]) => isOld(version)));
  const latest = tags["latest"] ?? newest(versions, packument.tags["latest"]);
  return { ...packument, versions, manifest: (version) => (old.has(version) ? packument.manifest(version) : undefined), tags: latest === undefined ? tags : { ...tags, latest } };
}

/** Old versions are written as 1.0.0beta. */
const LOOSE = { loose: true };

/** The highest version that is not above the one that the tag names, a finished one where there is any. */
function newest(versions: readonly string[], tagged: string | undefined): string | undefined {
  const below = versions.filter((version) => tagged === undefined || rcompare(version, tagged, LOOSE) >= 0).toSorted((one, other) => rcompare(one, other, LOOSE));
  return below.find((version) => prerelease(version, LOOSE) === null) ?? below[0];
}
