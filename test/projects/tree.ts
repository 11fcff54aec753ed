// Two node_modules, entry by entry.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { join, relative } from "node:path";

/** What is at a path: a folder, a link with its target, a file with its executable bit and its content. */
export type Tree = ReadonlyMap<string, string>;

/** Of the project's own node_modules and those of the workspace's members. */
export function readTree(project: string, members: readonly string[]): Tree {
  const found = new Map<string, string>();
  for (const folder of ["", ...members]) {
    const modules = join(project, folder, "node_modules");
    if (existsSync(modules)) walk(modules, project, found);
  }
  return found;
}

function walk(folder: string, project: string, found: Map<string, string>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const place = relative(project, path);
    if (isOwn(place)) continue;
    found.set(place, describe(path, entry));
    if (entry.isDirectory()) walk(path, project, found);
  }
}

/** What cordon and npm each keep for themselves; the lockfile in node_modules is compared by `hiddenDiffers`. */
function isOwn(place: string): boolean {
  return place === "node_modules/.cordon" || place === "node_modules/.package-lock.json";
}

function describe(path: string, entry: { isSymbolicLink(): boolean; isDirectory(): boolean }): string {
  if (entry.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (entry.isDirectory()) return "folder";
  const executable = (statSync(path).mode & 0o100) === 0 ? "" : "executable ";
  return `${executable}file ${createHash("sha1").update(readFileSync(path)).digest("hex")}`;
}

/** One line for each path that differs. */
export function differences(npm: Tree, cordon: Tree): string[] {
  const paths = [...new Set([...npm.keys(), ...cordon.keys()])].toSorted();
  return paths.flatMap((path) => {
    const [one, other] = [npm.get(path), cordon.get(path)];
    return one === other ? [] : [`${path}: npm has ${one ?? "nothing"}, cordon ${other ?? "nothing"}`];
  });
}

/** node_modules/.package-lock.json, which both write for the other one to read. */
export function hiddenDiffers(npm: string, cordon: string): boolean {
  const read = (project: string): unknown => JSON.parse(readFileSync(join(project, "node_modules/.package-lock.json"), "utf8"));
  return !isDeepStrictEqual(read(npm), read(cordon));
}
