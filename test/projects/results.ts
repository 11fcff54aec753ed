// The last result of each project and package, kept beside what the registry answered, and the tables in
// docs/compatibility.md that they make.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../harness/index.ts";

export function keepResult(folder: string, kind: string, name: string, result: object): void {
  const results = join(folder, "results", kind);
  mkdirSync(results, { recursive: true });
  writeFileSync(fileOf(results, name), `${JSON.stringify(result, null, 2)}\n`);
}

/** Undefined where it did not run yet. */
export function readResult<Kind>(folder: string, kind: string, name: string): Kind | undefined {
  const file = fileOf(join(folder, "results", kind), name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kind) : undefined;
}

function fileOf(results: string, name: string): string {
  return join(results, `${name.replaceAll("/", "+")}.json`);
}

/** Replaces what stands between `<!-- kind -->` and the next `<!-- end -->`. */
export function publish(kind: string, lines: readonly string[]): void {
  const file = join(root, "docs/compatibility.md");
  const text = readFileSync(file, "utf8");
  const start = text.indexOf(`<!-- ${kind} -->`);
  const end = text.indexOf("<!-- end -->", start);
  if (start < 0 || end < 0) throw new Error(`docs/compatibility.md has no place for ${kind}`);
  writeFileSync(file, `${text.slice(0, start)}<!-- ${kind} -->\n${lines.join("\n")}\n${text.slice(end)}`);
}
