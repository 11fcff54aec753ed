// The members of a workspace: npm's, yarn's and bun's `workspaces`, pnpm's pnpm-workspace.yaml.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob, relative } from "node:path";
import { type Package, readPackage } from "./package-json.ts";

export type Workspace = { readonly root: string; readonly members: readonly Package[] };

/** The workspace that `folder` lies in: the nearest package.json upwards that names members. */
export function findWorkspace(folder: string): Workspace | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const patterns = patternsOf(above);
    if (patterns.length > 0) return { root: above, members: membersOf(above, patterns) };
    if (above === dirname(above)) return undefined;
  }
}

function patternsOf(folder: string): readonly string[] {
  const own = readPackage(folder);
  return own === undefined ? [] : [...own.workspaces, ...pnpmPackages(join(folder, "pnpm-workspace.yaml"))].map((pattern) => pattern.replace(/^(!?)(?:\.?\/)*(.*?)\/*$/, "$1$2")).filter((pattern) => !pattern.split("/").includes(".."));
}

/** In the order of the patterns, as npm has them; the last pattern that matches decides. */
function membersOf(root: string, patterns: readonly string[]): Package[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    if (pattern.startsWith("!")) for (const name of found) if (matchesGlob(name, pattern.slice(1))) found.delete(name);
    if (!pattern.startsWith("!")) for (const file of globSync(`${pattern}/package.json`, { cwd: root, exclude: (name) => /(?:^|\/)(?:node_modules|\.git)$/.test(name) }).toSorted()) found.add(dirname(file));
  }
  return [...found].flatMap((name) => (name === "." ? [] : (readPackage(join(root, name)) ?? [])));
}

/** The list `packages` of it, as a block or in one line, of texts that are plain or quoted. */
function pnpmPackages(file: string): string[] {
  const text = readText(file);
  const [, inline, block] = /^packages:[ \t]*(?:\[([^\]]*)\]|(?:#.*)?\n((?:[ \t]*(?:#.*|-[ \t].*)?(?:\n|$))*))/m.exec(text.replaceAll("\r\n", "\n")) ?? [];
  const items = inline === undefined ? (block ?? "").split("\n").map((line) => /^\s*-\s+(.*)$/.exec(line)?.[1] ?? "") : inline.split(",");
  return items.map((item) => /^\s*(?:'([^']*)'|"([^"]*)"|(.*?))\s*(?:\s#.*)?$/.exec(item)?.slice(1).find((one) => one !== undefined) ?? "").filter((item) => item !== "");
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Members in groups: each after what it depends on, as pnpm runs them. Those in a circle come last. */
export function inOrder(members: readonly Package[]): Package[][] {
  const groups: Package[][] = [];
  let left = members;
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name));
    const ready = left.filter(({ name, dependencies }) => !dependencies.some((needed) => needed !== name && waiting.has(needed)));
    groups.push(ready.length === 0 ? [...left] : ready);
    left = ready.length === 0 ? [] : left.filter((member) => !ready.includes(member));
  }
  return groups;
}

/** Those that `word` names: by a name, without its scope where that is clear, by a folder, or by a pattern of either. */
export function named({ root, members }: Workspace, word: string, from: string): readonly Package[] {
  const place = relative(root, join(word.startsWith(".") ? from : root, word.replace(/^\{(.*)\}$/, "$1")));
  const pattern = new RegExp(`^${word.split("*").map((part) => RegExp.escape(part)).join(".*")}$`);
  const byName = members.filter(({ name }) => pattern.test(name));
  if (byName.length > 0) return byName;
  const byFolder = members.filter(({ folder }) => (place === "" ? !word.startsWith("@") : matchesGlob(relative(root, folder), place) || relative(root, folder).startsWith(`${place}/`)));
  if (byFolder.length > 0) return byFolder;
  const unscoped = members.filter(({ name }) => name.replace(/^@[^/]*\//, "") === word);
  return unscoped.length === 1 ? unscoped : [];
}
