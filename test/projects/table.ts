// The tables of docs/compatibility.md about projects.
import type { Result } from "./compare.ts";
import type { Jailed } from "./jailed.ts";
import { projects } from "./projects.ts";
import { publish, readResult } from "./results.ts";
import { runs } from "./runs.ts";

export function publishProjects(folder: string): void {
  const rows = projects.map(({ name, after }) => installedRow(name, after, readResult<Result>(folder, "installed", name)));
  publish("installed", ["| project | its dependencies are those of | packages | files, folders, links | lockfile | `npm ci` takes it | entries that differ |", "|---|---|---|---|---|---|---|", ...rows]);
  const started = Object.keys(runs).map((name) => jailedRow(name, readResult<Jailed>(folder, "jailed", name)));
  publish("jailed", ["| project | runs | with what `cordon learn` found |", "|---|---|---|", ...started]);
}

function installedRow(name: string, after: string, result: Result | undefined): string {
  if (result === undefined) return `| ${name} | ${after} | not run | | | | |`;
  const { packages, entries, sameLockfile, accepted, different, problems } = result;
  const lockfile = sameLockfile ? "npm's, byte for byte" : "another one";
  return `| ${name} | ${after} | ${packages} | ${entries} | ${lockfile} | ${accepted ? "yes" : "no"} | ${problems.length > 0 ? "failed" : different.length} |`;
}

function jailedRow(name: string, result: Jailed | undefined): string {
  if (result === undefined) return `| ${name} | not run | |`;
  const steps = result.steps.map((step) => `\`${step}\``).join(", ");
  const grants = Object.entries(result.permissions).map(([permission, list]) => `${permission} ${list.map((one) => `\`${one}\``).join(", ")}`);
  return `| ${name} | ${steps} | ${result.problems.length > 0 ? "FAILED" : grants.join("; ") || "nothing"} |`;
}
