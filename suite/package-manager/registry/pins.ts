// Versions that another package manager's lockfile holds, for `cordon import`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { satisfies, valid } from "semver";

/** Versions by package name. */
export type Pins = ReadonlyMap<string, readonly string[]>;

export const NO_PINS: Pins = new Map<string, readonly string[]>();

type Reader = { readonly file: string; readonly read: (text: string) => [string, string][] };

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
    const pins = new Map<string, string[]>();
    for (const [name, version] of read(text)) {
      if (valid(version) !== null) pins.set(name, [...(pins.get(name) ?? []), version]);
    }
    if (pins.size === 0) throw new Error(`Cannot import ${file}: no version of a package is found in it`);
    return { file, pins };
  }
  throw new Error("Cannot import: there is no pnpm-lock.yaml, yarn.lock or bun.lock here; bun.lockb becomes bun.lock by bun install --save-text-lockfile");
}

/** The pinned version that `wanted` allows. */
export function pinned(pins: Pins, name: string, wanted: string): string | undefined {
  return pins.get(name)?.find((version) => satisfies(version, wanted));
}

/** Keys of `packages:`, `name@1.0.0(peer@2.0.0)`, before version 9 with a slash in front, before 6 `/name/1.0.0`. */
function fromPnpm(text: string): [string, string][] {
  const section = /^packages:\s*\n((?:[ \t].*\n|\s*\n)*)/m.exec(`${text}\n`)?.[1] ?? "";
  return [...section.matchAll(/^ {2}['"]?\/?((?:@[^/@\s]+\/)?[^/@\s'"]+)[@/]([^\s('":_]+)/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]);
}

/** Entries of yarn 1, `name@^1.0.0:` and `version "1.0.0"`, and of later ones, `"name@npm:^1.0.0":` and `version: 1.0.0`. */
function fromYarn(text: string): [string, string][] {
  return text.split(/\n(?=\S)/).flatMap((block): [string, string][] => {
    const name = /^"?((?:@[^/@\s"]+\/)?[^@\s"]+)@(?!workspace:|patch:|file:|link:|git|https?:)/.exec(block)?.[1];
    const version = /^ {2}version:? "?([^"\s]+)"?$/m.exec(block)?.[1];
    const alias = /@npm:((?:@[^/@\s"]+\/)?[^@\s",:]+)@/.exec(block.split("\n")[0] ?? "")?.[1];
    return name === undefined || version === undefined ? [] : [[alias ?? name, version]];
  });
}

/** `"name": ["name@1.0.0", …]`. */
function fromBun(text: string): [string, string][] {
  return [...text.matchAll(/^\s*"[^"]+":\s*\["((?:@[^/@"]+\/)?[^@"]+)@([^"@]+)"/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]);
}
