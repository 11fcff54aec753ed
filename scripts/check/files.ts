// The files of the repository, as git knows them, with their text.
import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root: string = join(import.meta.dirname, "../..");

/** A tracked or new file; `path` is relative to the repository. */
export type SourceFile = { path: string; text: string };

/** What a rule found; a place first, then what is wrong and the way out. */
export type Finding = { place: string; problem: string };

/** All text files that are tracked, or new and not ignored. */
export function sourceFiles(): SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    maxBuffer: 64 << 20,
  });
  const paths = [...new Set(listed.toString().split("\0"))].filter((path) => path !== "" && isPlainFile(path));
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "latin1") })).filter((file) => !file.text.includes("\0"));
}

function isPlainFile(path: string): boolean {
  return lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The line, counted from 1, that `offset` of `text` is in. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
