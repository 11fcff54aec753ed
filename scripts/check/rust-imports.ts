// ARCHITECTURE.md, "Who may import whom", for the launcher.
import { lineAt, type Finding, type SourceFile } from "./files.ts";

/** The layers below the command line's side, and what each may use. Everything else in launcher/src may use them all. */
const LAYERS: Record<string, readonly string[]> = {
  policy: [],
  sys: [],
  jail: ["policy", "sys"],
  supervisor: ["jail", "policy", "sys", "denial"],
  denial: ["policy"],
};

const CRATE_PATH = /\bcrate::(?:\{([^;]*?)\}\s*;|([a-z_]+))/gs;
const SUPER_PATH = /\b((?:super::)+)([a-z_]+)/g;

/** Each use of a module that the using module's layer may not see. */
export function rustImports(files: readonly SourceFile[]): Finding[] {
  return files.filter((file) => /^launcher\/src\/.*\.rs$/.test(file.path)).flatMap(checkFile);
}

function checkFile(file: SourceFile): Finding[] {
  const inside = modulePath(file.path);
  const layer = inside[0] ?? "main";
  const allowed = LAYERS[layer];
  if (allowed === undefined) return [];
  const code = file.text.replaceAll(/\/\/[^\n]*/g, (comment) => " ".repeat(comment.length));
  return usedModules(code, inside)
    .filter((use) => use.module !== layer && !allowed.includes(use.module))
    .map((use) => ({
      place: `${file.path}:${lineAt(code, use.offset)}`,
      problem: `${layer} may not use ${use.module}; it may use ${allowed.length === 0 ? "nothing else" : allowed.join(", ")}`,
    }));
}

type Use = { module: string; offset: number };

function usedModules(code: string, inside: readonly string[]): Use[] {
  const found: Use[] = [];
  for (const match of code.matchAll(CRATE_PATH)) {
    const names = match[2] === undefined ? topNames(match[1] ?? "") : [match[2]];
    found.push(...names.map((module) => ({ module, offset: match.index })));
  }
  for (const match of code.matchAll(SUPER_PATH)) {
    // More `super` than the file is deep happens in nested modules of tests only; the lowest that it can mean is the root.
    const ups = (match[1] ?? "").split("super").length - 1;
    if (ups >= inside.length) found.push({ module: ups === inside.length ? (match[2] ?? "") : "main", offset: match.index });
  }
  return found.filter((use) => use.module !== "main");
}

/** The modules that `a::{b, c}, d` starts from: a and d. */
function topNames(group: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const part of group.split(/([{},])/)) {
    if (part === "{") depth += 1;
    else if (part === "}") depth -= 1;
    else if (part !== "," && depth === 0) names.push(part.trim().split("::")[0] ?? "");
  }
  return names.filter((name) => /^[a-z_]+$/.test(name));
}

/** launcher/src/jail/filter.rs → [jail, filter]; launcher/src/jail/mod.rs → [jail]. */
function modulePath(path: string): string[] {
  const parts = path.replace(/^launcher\/src\//, "").replace(/\.rs$/, "").split("/");
  return parts.filter((part) => part !== "mod" && part !== "main");
}
