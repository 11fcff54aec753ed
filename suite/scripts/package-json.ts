// The scripts of a package.json.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Package = {
  folder: string;
  name: string;
  version: string;
  scripts: ReadonlyMap<string, string>;
  /** The names of what it depends on. */
  dependencies: readonly string[];
  /** Patterns of the folders of its workspace's members. */
  workspaces: readonly string[];
};

/** What cannot be run, and what to write instead. */
export class ScriptError extends Error {
  readonly code: "NO_MEMBER" | "NO_PACKAGE" | "NO_SCRIPT";

  constructor(code: ScriptError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The nearest package.json from `folder` upwards. */
export function findPackage(folder: string): Package {
  for (let above = folder; ; above = dirname(above)) {
    const found = readPackage(above);
    if (found !== undefined) return found;
    if (above === dirname(above)) throw new ScriptError("NO_PACKAGE", `Cannot find a package.json in ${JSON.stringify(folder)} or above`);
  }
}

/** `undefined` where there is none. */
export function readPackage(folder: string): Package | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, "package.json"), "utf8");
  } catch {
    return undefined;
  }
  const value: unknown = JSON.parse(text.replace(/^\u{feff}/u, ""));
  const own = isObject(value) ? value : {};
  const { name, version, scripts, workspaces } = own;
  const texts = Object.entries(isObject(scripts) ? scripts : {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const dependencies = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].flatMap((list) => Object.keys(isObject(own[list]) ? own[list] : {}));
  const patterns: unknown = isObject(workspaces) && "packages" in workspaces ? workspaces["packages"] : workspaces;
  return { folder, name: asText(name), version: asText(version), scripts: new Map(texts), dependencies, workspaces: Array.isArray(patterns) ? patterns.filter((one) => typeof one === "string") : [] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
