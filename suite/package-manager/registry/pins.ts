// Versions that another package manager's lockfile holds, for `cordon import`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rcompare, satisfies, valid, validRange } from "semver";

/** Versions by package name, and those that yarn notes for `name@range`. */
export type Pins = { readonly versions: ReadonlyMap<string, readonly string[]>; readonly exact: ReadonlyMap<string, string> };

export const NO_PINS: Pins = { versions: new Map(), exact: new Map() };

type Pin = { readonly name: string; readonly version: string; readonly ranges?: readonly string[] };
type Reader = { readonly file: string; readonly read: (text: string) => Pin[] };

const READERS: readonly Reader[] = [
  { file: "pnpm-lock.yaml", read: fromPnpm },
  { file: "yarn.lock", read: fromYarn },
  { file: "bun.lock", read: fromBun },
];

/** The first of the other lockfiles that is in `folder`. */
export function readPins(folder: string): { readonly file: string; readonly pins: Pins } {
  for (const { file, read } of READERS) {
    let text: string;
    try {
      text = readFileSync(join(folder, file), "utf8");
    } catch {
      continue;
    }
    const pins = collect(read(text.replaceAll("\r\n", "\n")).filter(({ version }) => valid(version) !== null));
    if (pins.versions.size === 0) throw new Error(`Cannot import ${file}: no version of a package is found in it`);
    return { file, pins };
  }
  throw new Error("Cannot import: there is no pnpm-lock.yaml, yarn.lock or bun.lock here; bun.lockb becomes bun.lock by bun install --save-text-lockfile");
}

function collect(found: readonly Pin[]): Pins {
  const versions = new Map<string, string[]>();
  const exact = new Map<string, string>();
  for (const { name, version, ranges = [] } of found) {
    const known = versions.get(name) ?? [];
    if (!known.includes(version)) versions.set(name, [...known, version]);
    for (const range of ranges) exact.set(`${name}@${range}`, version);
  }
  return { versions, exact };
}

/** The pinned version that `wanted` allows: the one that is noted for it, or the newest. */
export function pinned(pins: Pins, name: string, wanted: string): string | undefined {
  const exact = pins.exact.get(`${name}@${wanted}`);
  const versions = pins.versions.get(name) ?? [];
  // What a tag meant then, only the lockfile knows: where it has several versions, that cannot be told.
  if (validRange(wanted) === null) return exact ?? (versions.length === 1 ? versions[0] : undefined);
  return exact !== undefined && satisfies(exact, wanted) ? exact : versions.filter((version) => satisfies(version, wanted)).toSorted(rcompare)[0];
}

/** Keys of `packages:`, `name@1.0.0(peer@2.0.0)`, before version 9 with a slash in front, before 6 `/name/1.0.0`. */
function fromPnpm(text: string): Pin[] {
  const section = /^packages:\s*\n((?:[ \t].*\n|\s*\n)*)/m.exec(`${text}\n`)?.[1] ?? "";
  return [...section.matchAll(/^ {2}['"]?\/?((?:@[^/@\s]+\/)?[^/@\s'"]+)[@/]([^\s('":_]+)/gm)].map((match) => ({ name: match[1] ?? "", version: match[2] ?? "" }));
}

/** Entries of yarn 1, `name@^1.0.0, name@~1.2.0:` and `version "1.0.0"`, and of later ones, `"name@npm:^1.0.0":` and `version: 1.0.0`. */
function fromYarn(text: string): Pin[] {
  return text.split(/\n(?=\S)/).flatMap((block): Pin[] => {
    const [head = "", ...rest] = block.split("\n");
    const version = rest.map((line) => /^ {2}version:? "?([^"\s]+)"?$/.exec(line)?.[1]).find((found) => found !== undefined);
    const asked = head.replace(/:$/, "").split(",").flatMap((word) => descriptor(word.trim().replaceAll('"', "")));
    const name = asked[0]?.name;
    return name === undefined || version === undefined ? [] : [{ name, version, ranges: asked.map(({ range }) => range) }];
  });
}

/** `name@^1.0.0`, `name@npm:^1.0.0`, and an alias, `name@npm:other@^1.0.0`; what comes from no registry is left out. */
function descriptor(text: string): { name: string; range: string }[] {
  const own = /^((?:@[^/@]+\/)?[^@/]+)@(.*)$/.exec(text);
  const [name = "", wanted = ""] = own?.slice(1) ?? [];
  const alias = /^npm:((?:@[^/@]+\/)?[^@/]+)@(.*)$/.exec(wanted);
  if (alias !== null) return [{ name: alias[1] ?? "", range: alias[2] ?? "" }];
  const range = wanted.replace(/^npm:/, "");
  return name === "" || /^[a-z+]+:|^git@|\//i.test(range) ? [] : [{ name, range }];
}

/** `"name": ["name@1.0.0", …]`. */
function fromBun(text: string): Pin[] {
  return [...text.matchAll(/^\s*"[^"]+":\s*\["((?:@[^/@"]+\/)?[^@"]+)@([^"@]+)"/gm)].map((match) => ({ name: match[1] ?? "", version: match[2] ?? "" }));
}
