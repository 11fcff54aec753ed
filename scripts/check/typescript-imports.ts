// ARCHITECTURE.md, "Who may import whom", for TypeScript; and one importing folder for each package.
import { builtinModules } from "node:module";
import { join } from "node:path";
import { lineAt, type Finding, type SourceFile } from "./files.ts";

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\(\s*)(["'])([^"'\n]+)\1/g;
const OURS = /^(?:runtime|suite|scripts|test|bench)\/.*\.[cm]?[tj]sx?$/;

type Import = { file: string; folder: string; place: string; target: string };

export function typescriptImports(files: readonly SourceFile[]): Finding[] {
  const imports = files.filter((file) => OURS.test(file.path) && !file.path.includes("/fixtures/")).flatMap(importsOf);
  return [...imports.flatMap(checkFolder), ...checkPackages(imports)];
}

function importsOf(file: SourceFile): Import[] {
  return [...file.text.matchAll(IMPORT)].map((match) => ({
    file: file.path,
    folder: folderOf(file.path),
    place: `${file.path}:${lineAt(file.text, match.index)}`,
    target: match[2] ?? "",
  }));
}

/** The unit that the rules speak of: `suite/scripts`, `runtime`, `contract`, `test` … */
function folderOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "suite" && second.includes(".") === false ? `${first}/${second}` : first;
}

function checkFolder(use: Import): Finding[] {
  if (!use.target.startsWith(".")) return [];
  const to = folderOf(join(use.file, "..", use.target));
  const complaint = to === use.folder ? undefined : refusal(use.folder, to);
  return complaint === undefined ? [] : [{ place: use.place, problem: complaint }];
}

function refusal(from: string, to: string): string | undefined {
  if (to === "runtime" && from !== "test" && from !== "bench") return "nobody imports runtime; load the built file by its path";
  if (from === "runtime" && to !== "contract") return `runtime may import contract and node: only, not ${to}`;
  if (!from.startsWith("suite/")) return undefined;
  if (to === "contract") return undefined;
  if (from === "suite/foundation") return `suite/foundation may import contract only, not ${to}`;
  if (to === "suite/foundation" || (from === "suite/cli" && to.startsWith("suite/"))) return undefined;
  return `${from} may not import ${to}; tools never import each other, suite/cli composes them`;
}

/** A package that runtime/ or suite/ uses has exactly one importing folder. */
function checkPackages(imports: readonly Import[]): Finding[] {
  const users = new Map<string, Map<string, string>>();
  for (const use of imports) {
    if (!/^(?:runtime|suite)/.test(use.folder) || use.file.includes(".test.") || !isPackage(use.target)) continue;
    const name = use.target.split("/").slice(0, use.target.startsWith("@") ? 2 : 1).join("/");
    users.set(name, (users.get(name) ?? new Map<string, string>()).set(use.folder, use.place));
  }
  return [...users].flatMap(([name, places]) =>
    places.size < 2
      ? []
      : [...places].map(([folder, place]) => ({ place, problem: `${name} has ${places.size} importing folders, ${folder} is one; give it one` })),
  );
}

function isPackage(target: string): boolean {
  return !target.startsWith(".") && !target.startsWith("/") && !target.startsWith("node:") && !builtinModules.includes(target);
}
