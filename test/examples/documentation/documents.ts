// The documents of the repository, and the fences in them.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../harness/index.ts";

export type Fence = { readonly language: string; readonly name: string | undefined; readonly text: string };
export type Section = { readonly path: string; readonly title: string; readonly fences: readonly Fence[] };
export type Document = { readonly path: string; readonly text: string };

export const documents: readonly Document[] = ["*.md", "docs/**/*.md", "examples/*/README.md"]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((path) => !path.includes("node_modules"))
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** Each heading of the second level begins a section. */
export function sections({ path, text }: Document): Section[] {
  return text.split(/^(?=## )/m).map((part) => {
    const fences = [...part.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)];
    return { path, title: part.split("\n", 1)[0] ?? "", fences: fences.map(([, language = "", name, fence = ""]) => ({ language, name, text: fence })) };
  });
}

export function fencesOf(path: string, language: string): string[] {
  return documents.filter((document) => document.path === path).flatMap(sections).flatMap(({ fences }) => fences.filter((fence) => fence.language === language).map(({ text }) => text));
}

/** The lines of an `sh` fence, without what is said about them. */
export function commandsOf(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/\s+# .*$/, "").trim()).filter((line) => line !== "");
}
