// Where an import of a TypeScript file leads: without an ending, with the ending of what it is compiled to, by `paths`.
// https://www.typescriptlang.org/docs/handbook/modules/reference.html#file-name-resolution
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Files } from "../engine.ts";
import type { ProjectSettings } from "./settings-file.ts";

/** The file that a relative or absolute path, or a mapped name, stands for. */
export type ResolveFile = (specifier: string, folder: string) => string | undefined;

const SOURCES = [".ts", ".tsx", ".mts", ".cts"];
const ENDINGS = [...SOURCES, ".js", ".jsx", ".mjs", ".cjs", ".json", ".node"];
/** What a file may be written in that is imported as it will be called once it is compiled. */
const WRITTEN_IN: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".jsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

export function createResolver(files: Files, settingsOf: (folder: string) => ProjectSettings, preserveSymlinks: boolean): ResolveFile {
  const find = createFinder(files, preserveSymlinks);
  return (specifier, folder) => {
    if (isRelative(specifier)) return find(withSlash(resolve(folder, specifier), specifier));
    if (isAbsolute(specifier)) return find(specifier);
    for (const path of mapped(specifier, settingsOf(folder))) {
      const found = find(path);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith("./") || specifier.startsWith("../") || specifier === "." || specifier === "..";
}

/** `./folder/` means the folder only. */
function withSlash(path: string, specifier: string): string {
  return specifier.endsWith("/") ? `${path}/` : path;
}

/** The file itself, its source under another ending, the file without its ending, or the folder's index; by its real path. */
function createFinder(files: Files, preserveSymlinks: boolean): (path: string) => string | undefined {
  const realFolders = new Map<string, string>();
  const real = (path: string): string => {
    const folder = dirname(path);
    let realFolder = realFolders.get(folder);
    if (realFolder === undefined) realFolders.set(folder, (realFolder = files.realpathSync(folder)));
    return realFolder === folder ? path : join(realFolder, path.slice(folder.length));
  };
  const existing = (path: string): string | undefined => {
    const status = files.lstatSync(path, { throwIfNoEntry: false });
    if (status?.isFile() === true) return preserveSymlinks ? path : real(path);
    if (status?.isSymbolicLink() !== true || files.statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    return preserveSymlinks ? path : files.realpathSync(path);
  };
  return (path) => {
    for (const candidate of candidates(path)) {
      try {
        const found = existing(candidate);
        if (found !== undefined) return found;
      } catch {
        // Not a folder, or not readable: as good as absent.
      }
    }
    return undefined;
  };
}

function* candidates(path: string): Generator<string> {
  const ending = /\.[a-z]{1,4}$/.exec(path)?.[0] ?? "";
  if (!path.endsWith("/")) {
    if (ending !== "") yield path;
    for (const other of WRITTEN_IN[ending] ?? []) yield path.slice(0, -ending.length) + other;
    for (const other of ENDINGS) yield path + other;
    if (ending === "") yield path;
  }
  for (const other of ENDINGS) yield `${path.endsWith("/") ? path : `${path}/`}index${other}`;
}

/** Paths that `paths` and `baseUrl` make of a name, best first: the longest pattern that fits. */
function mapped(specifier: string, { options, pathsFolder }: ProjectSettings): string[] {
  const folder = options.baseUrl ?? pathsFolder;
  if (folder === undefined || specifier.startsWith("node:")) return [];
  const patterns = Object.entries(options.paths ?? {}).flatMap(([pattern, targets]) => {
    const star = matchStar(pattern, specifier);
    return star === undefined ? [] : [{ length: pattern.split("*")[0]?.length ?? 0, exact: !pattern.includes("*"), star, targets }];
  });
  const best = patterns.toSorted((one, other) => Number(other.exact) - Number(one.exact) || other.length - one.length)[0];
  const byPaths = best === undefined ? [] : best.targets.map((target) => resolve(folder, target.replace("*", () => best.star)));
  return options.baseUrl === undefined ? byPaths : [...byPaths, join(options.baseUrl, specifier)];
}

function matchStar(pattern: string, specifier: string): string | undefined {
  const at = pattern.indexOf("*");
  if (at < 0) return pattern === specifier ? "" : undefined;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  const fits = specifier.length >= before.length + after.length && specifier.startsWith(before) && specifier.endsWith(after);
  return fits ? specifier.slice(before.length, specifier.length - after.length) : undefined;
}
