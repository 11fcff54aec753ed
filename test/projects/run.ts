// `npm run test:projects [-- name…] [--only=install|run|init] [--folder=…] [--keep] [--publish]`: real projects, installed by cordon
// as npm installs them, and some of them built and started in the jail. What the registry answered is kept outside of the
// repository, and asked for once. --publish puts the last result of each into docs/compatibility.md.
import { mkdirSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "../../bench/install/registry.ts";
import { compare, type Result } from "./compare.ts";
import { type Jailed, runJailed } from "./jailed.ts";
import { makeHome } from "./installers.ts";
import { projects } from "./projects.ts";
import { runProposed, type Proposed } from "./proposed.ts";
import { keepResult } from "./results.ts";
import { runs } from "./runs.ts";
import { publishProjects } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: "string", default: join(homedir(), ".cache/cordon-projects") }, only: { type: "string" }, keep: { type: "boolean", default: false }, publish: { type: "boolean", default: false } },
});

const wanted = projects.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
fetchNpm();
const upstream = spawnSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).stdout.trim();
const installed: Result[] = [];
const started: Jailed[] = [];
const proposed: Proposed[] = [];
for (const project of wanted) {
  const base = join(values.folder, "work", project.name);
  rmSync(base, { recursive: true, force: true });
  mkdirSync(base, { recursive: true });
  const registry = await serve(upstream, 0, join(values.folder, "recorded"));
  const home = makeHome(base, registry.url);
  if (values.only === undefined || values.only === "install") show(installed, "installed", await compare(base, project, home), line);
  const steps = runs[project.name];
  if ((values.only === undefined || values.only === "run") && steps !== undefined) show(started, "jailed", await runJailed(base, project, steps, home), jailedLine);
  if ((values.only === undefined || values.only === "init") && steps !== undefined) show(proposed, "proposed", await runProposed(base, project, steps, home), proposedLine);
  registry.close();
  if (!values.keep) rmSync(base, { recursive: true, force: true });
}
if (values.publish) publishProjects(values.folder);
const good = installed.filter(isGood);
const alive = started.filter(({ problems }) => problems.length === 0);
const begun = proposed.filter(({ problems }) => problems.length === 0);
console.log(`${good.length} of ${installed.length} projects: cordon's tree is npm's; ${alive.length} of ${started.length} run in the jail; ${begun.length} of ${proposed.length} with what cordon init proposes`);
process.exit(good.length === installed.length && alive.length === started.length && begun.length === proposed.length ? 0 : 1);

function show<Kind extends { name: string }>(list: Kind[], kind: string, result: Kind, words: (result: Kind) => string): void {
  list.push(result);
  keepResult(values.folder, kind, result.name, result);
  console.log(words(result));
}

function fetchNpm(): void {
  const ended = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] });
  if (ended.status !== 0) throw new Error("Cannot install test/projects/package.json");
}

function isGood(result: Result): boolean {
  return result.accepted !== false && result.different.length === 0 && result.problems.length === 0;
}

function line(result: Result): string {
  const facts = [`${result.packages} packages`, `${result.entries} entries`, result.sameLockfile ? "npm's lockfile" : "ANOTHER LOCKFILE", result.accepted === false ? "NOT ACCEPTED" : result.accepted === true ? "accepted" : "accepted as npm's own", `${result.different.length} different`];
  const details = [...result.different.slice(0, 8), ...result.problems].map((text) => `\n    ${text}`);
  return `${isGood(result) ? "ok    " : "FAILED"} ${result.name}: ${facts.join(", ")}${details.join("")}`;
}

function jailedLine({ name, steps, permissions, problems }: Jailed): string {
  const facts = `${steps.join("; ")} ${JSON.stringify(permissions)}`;
  return problems.length === 0 ? `runs   ${name}: ${facts}` : `FAILED ${name}: ${facts}\n${problems.join("\n").replaceAll(/^/gm, "    ")}`;
}

function proposedLine({ name, steps, proposed: grants, named, problems }: Proposed): string {
  const facts = `${steps.join("; ")} ${JSON.stringify(grants)}; then named: ${JSON.stringify(named)}`;
  return problems.length === 0 ? `runs   ${name}: ${facts}` : `FAILED ${name}: ${facts}\n${problems.join("\n").replaceAll(/^/gm, "    ")}`;
}
