// The tables of docs/compatibility.md about projects.
import type { Result } from "./compare.ts";
import type { Jailed } from "./jailed.ts";
import { projects } from "./projects.ts";
import type { Proposed } from "./proposed.ts";
import { publish, readResult } from "./results.ts";
import { runs } from "./runs.ts";

export function publishProjects(folder: string): void {
  const rows = projects.map(({ name, after }) => installedRow(name, after, readResult<Result>(folder, "installed", name)));
  publish("installed", ["| project | its dependencies are those of | packages | files, folders, links | lockfile | `npm ci` takes it | entries that differ |", "|---|---|---|---|---|---|---|", ...rows]);
  const started = Object.keys(runs).map((name) => jailedRow(name, readResult<Jailed>(folder, "jailed", name)));
  publish("jailed", ["| project | runs | with what `cordon learn` found |", "|---|---|---|", ...started]);
  const proposed = Object.keys(runs).map((name) => proposedRow(name, readResult<Proposed>(folder, "proposed", name)));
  publish("proposed", ["| project | runs | `cordon init` proposes | what the first runs then named |", "|---|---|---|---|", ...proposed]);
}

function installedRow(name: string, after: string, result: Result | undefined): string {
  if (result === undefined) return `| ${name} | ${after} | not run | | | | |`;
  const { packages, entries, sameLockfile, accepted, different, problems } = result;
  const lockfile = sameLockfile ? "npm's, byte for byte" : "another one";
  return `| ${name} | ${after} | ${packages} | ${entries} | ${lockfile} | ${accepted === "as its own" ? "no, nor its own" : accepted ? "yes" : "no"} | ${problems.length > 0 ? "failed" : different.length} |`;
}

function jailedRow(name: string, result: Jailed | undefined): string {
  if (result === undefined) return `| ${name} | not run | |`;
  return `| ${name} | ${words(result.steps)} | ${result.problems.length > 0 ? "FAILED" : grantsOf(result.permissions)} |`;
}

function proposedRow(name: string, result: Proposed | undefined): string {
  if (result === undefined) return `| ${name} | not run | | |`;
  return `| ${name} | ${words(result.steps)} | ${grantsOf(result.proposed)} | ${result.problems.length > 0 ? "FAILED" : grantsOf(result.named)} |`;
}

function grantsOf(permissions: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(permissions).map(([permission, list]) => `${permission} ${words(list)}`).join("; ") || "nothing";
}

function words(list: readonly string[]): string {
  return list.map((one) => `\`${one}\``).join(", ");
}
