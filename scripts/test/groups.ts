// What `npm test` runs, in order: what is quick and explains later failures comes first.
import { globSync } from "node:fs";
import { join } from "node:path";

export type Group = { name: string; files: string[]; /** How many files at once. */ together: number };

const FIRST = ["run", "manifest", "permissions", "files", "environment", "processes", "signals", "network", "reports", "doctor"];
const LAST = ["model", "fuzz", "engine", "frameworks", "examples", "endurance"];
/** These measure time or fill the machine, so they have it to themselves. */
const ALONE = new Set(["endurance", "examples", "signals"]);

/** Test files beside their source, then those of each folder of test/. */
export function groups(root: string): Group[] {
  const unit = find(root, "{scripts,contract,runtime,suite,bench}/**/*.test.ts");
  const whole = Map.groupBy(find(root, "test/**/*.test.ts"), (file) => file.split("/").length > 2 ? (file.split("/")[1] ?? "") : "");
  const folders = [...whole.keys()].toSorted((one, other) => rank(one) - rank(other) || one.localeCompare(other));
  return [
    { name: "unit tests", files: unit, together: 2 },
    ...folders.map((folder) => ({ name: join("test", folder), files: whole.get(folder) ?? [], together: ALONE.has(folder) ? 1 : 2 })),
  ].filter((group) => group.files.length > 0);
}

function rank(folder: string): number {
  if (FIRST.includes(folder)) return FIRST.indexOf(folder);
  return FIRST.length + (LAST.includes(folder) ? 1 + LAST.indexOf(folder) : 0);
}

function find(root: string, pattern: string): string[] {
  const left = (path: string): boolean => path === "node_modules" || path.endsWith("/node_modules") || path.endsWith("/fixtures");
  return globSync(pattern, { cwd: root, exclude: left }).toSorted();
}
