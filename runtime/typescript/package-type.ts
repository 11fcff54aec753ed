// Whether package.json says that a folder's files are ES modules. https://nodejs.org/api/packages.html#type
import { dirname } from "node:path";
import type { Files } from "../engine.ts";

export type PackageType = "module" | "commonjs" | "none";

export function createTypeFinder(files: Files): (folder: string) => PackageType {
  const byFolder = new Map<string, PackageType>();
  const find = (folder: string): PackageType => {
    const known = byFolder.get(folder);
    if (known !== undefined) return known;
    const parent = dirname(folder);
    const own = folder.endsWith("/node_modules") ? "none" : readType(`${folder === "/" ? "" : folder}/package.json`, files);
    const type = own ?? (parent === folder ? "none" : find(parent));
    byFolder.set(folder, type);
    return type;
  };
  return find;
}

function readType(file: string, files: Files): PackageType | undefined {
  let text: string;
  try {
    text = files.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    const { type } = JSON.parse(text) as { type?: unknown };
    return type === "module" || type === "commonjs" ? type : "none";
  } catch {
    return "none";
  }
}
