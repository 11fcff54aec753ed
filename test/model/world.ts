// A random tree of files, and what of it a random policy grants.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Random } from "./random.ts";

export type World = {
  /** Where the program lies. */
  readonly project: string;
  /** Everything else. */
  readonly outside: string;
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Symlinks, which lead to something of this world. */
  readonly links: readonly string[];
};

// One is the beginning of another, some are secrets, some look like secrets, some are odd.
const names = ["data", "data2", "data.d", "a", "b", "a b", "ü", ".env", ".cache", ".git", "key.pem", "keys", "id_rsa", "secrets.json", "node_modules", "x.js", "..x", "credentials"] as const;

/** Makes a tree in `base`. */
export function makeWorld(random: Random, base: string): World {
  const project = join(base, "project");
  const outside = join(base, "outside");
  const folders = [project, outside];
  const files: string[] = [];
  const links: string[] = [];
  const taken = new Set<string>();
  for (const folder of folders) mkdirSync(folder);
  for (let made = 0; made < 24; made++) {
    const path = join(random.one(folders), random.one(names));
    if (taken.has(path)) continue;
    taken.add(path);
    if (random.chance(45)) {
      mkdirSync(path);
      folders.push(path);
    } else if (random.chance(80)) {
      writeFileSync(path, "text");
      files.push(path);
    } else {
      const target = random.one([...files, ...folders]);
      symlinkSync(random.chance(50) ? target : relative(dirname(path), target) || ".", path);
      links.push(path);
    }
  }
  return { project, outside, files, folders, links };
}
