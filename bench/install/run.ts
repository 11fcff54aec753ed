// `npm run bench:install [-- --runs=15] [--only=warm,nothing] [--project=next] [--tools=cordon,bun] [--latency=20] [--folder=/dev/shm]`:
// cordon install beside bun, pnpm and npm on one registry, in interleaved medians, with bun a second time as the noise.
import { fork, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../measure.ts";
import { machine } from "../results.ts";
import { fetchTools, forget, removeLockfile, removeModules, tools, type Place, type Tool } from "./tools.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "15" }, only: { type: "string" }, project: { type: "string" }, tools: { type: "string" }, latency: { type: "string", default: "20" }, folder: { type: "string", default: import.meta.dirname }, keep: { type: "boolean", default: false } },
});

type Situation = { readonly name: string; readonly bounds: Readonly<Record<string, number>>; readonly resolves?: true; prepare(place: Place, tool: Tool): void };

/** What is promised: cordon's median, so many times another tool's at most. */
const situations: Record<string, Situation> = {
  resolve: { name: "cold, without lockfile", bounds: { bun: 1.5, pnpm: 1 }, resolves: true, prepare: (place, tool) => (forget(place), removeModules(place), removeLockfile(tool, place)) },
  cold: { name: "cold, with lockfile", bounds: { bun: 1.2 }, prepare: (place) => (forget(place), removeModules(place)) },
  warm: { name: "warm store, no node_modules", bounds: { bun: 1 }, prepare: removeModules },
  nothing: { name: "nothing to do", bounds: { bun: 1 }, prepare: () => undefined },
};

/** `files` are those that were written: of the tree and of what the tool keeps, links counted once. */
type Row = { situation: Situation; tool: string; milliseconds: number; kilobytes: number; files: number };

fetchTools();
const folder = mkdtempSync(join(values.folder, ".run-"));
const registry = await startRegistry(Number(values.latency));
const lines: string[] = [];
try {
  for (const project of values.project?.split(",") ?? readdirSync(join(import.meta.dirname, "projects"))) {
    const rows = measureProject(project);
    lines.push(...table(project, rows));
  }
} finally {
  registry.stop();
  rmSync(folder, { recursive: true, force: true });
}
lines.push(machine, "");
console.log(lines.join("\n"));
if (values.keep) keep(lines);

function measureProject(project: string): Row[] {
  const chosen = tools.filter((tool) => values.tools?.split(",").includes(tool.name) ?? true);
  const places = new Map(chosen.map((tool) => [tool, makePlace(project, tool)]));
  const rows: Row[] = [];
  for (const [key, situation] of Object.entries(situations)) {
    if (!(values.only?.split(",").includes(key) ?? true)) continue;
    console.error(`measuring ${project}: ${situation.name}`);
    rows.push(...interleave(situation, places));
  }
  return rows;
}

/** A copy of the project, locked by the tool itself and installed once. */
function makePlace(project: string, tool: Tool): Place {
  const base = join(folder, `${project}-${tool.name.replaceAll(" ", "-")}`);
  const place = { project: join(base, "project"), cache: join(base, "cache"), registry: registry.url };
  mkdirSync(join(place.cache, "home"), { recursive: true });
  cpSync(join(import.meta.dirname, "projects", project), place.project, { recursive: true });
  if (tool.lockfile !== "package-lock.json") {
    rmSync(join(place.project, "package-lock.json"));
    start(tool, tool.lock(place), place);
  }
  start(tool, tool.command(place), place);
  return place;
}

function interleave(situation: Situation, places: Map<Tool, Place>): Row[] {
  const taken = new Map<Tool, { milliseconds: number[]; kilobytes: number[] }>();
  const order = [...places].filter(([tool]) => situation.resolves !== true || tool.name !== "cordon-install alone");
  const files = new Map<Tool, number>();
  for (let round = 0; round < Number(values.runs) + 1; round++) {
    for (let turn = 0; turn < order.length; turn++) {
      const entry = order[(round + turn) % order.length];
      if (entry === undefined) continue;
      const [tool, place] = entry;
      situation.prepare(place, tool);
      mkdirSync(join(place.cache, "home"), { recursive: true });
      // What the run before left to be written is not this one's cost.
      spawnSync("sync");
      const resolving = situation.resolves === true ? tool.resolving?.(place) : undefined;
      const took = start(tool, resolving ?? tool.command(place), place);
      if (!existsSync(join(place.project, "node_modules/typescript")) && !existsSync(join(place.project, "node_modules/express"))) throw new Error(`${tool.name} installed nothing`);
      files.set(tool, countFiles(place));
      if (round === 0) continue; // Warms the disk's cache; not counted.
      const known = taken.get(tool) ?? { milliseconds: [], kilobytes: [] };
      known.milliseconds.push(took.milliseconds);
      known.kilobytes.push(took.kilobytes);
      taken.set(tool, known);
    }
  }
  return [...taken].map(([tool, { milliseconds, kilobytes }]) => ({ situation, tool: tool.name, milliseconds: median(milliseconds), kilobytes: median(kilobytes), files: files.get(tool) ?? 0 }));
}

function countFiles(place: Place): number {
  const found = spawnSync("find", [join(place.project, "node_modules"), place.cache, "-type", "f", "-printf", "%i\n"], { encoding: "utf8", maxBuffer: 64 << 20 });
  return new Set(found.stdout.split("\n")).size - 1;
}

/** GNU time tells the largest memory of the process and its children. */
function start(tool: Tool, { program, args, env }: ReturnType<Tool["command"]>, place: Place): { milliseconds: number; kilobytes: number } {
  const report = join(folder, "time");
  const before = performance.now();
  const ended = spawnSync("/usr/bin/time", ["-f", "%M", "-o", report, program, ...args], { cwd: place.project, env, encoding: "utf8", maxBuffer: 64 << 20 });
  const milliseconds = performance.now() - before;
  if (ended.status !== 0) throw new Error(`${tool.name} ${args.join(" ")} ended with ${String(ended.status)}: ${ended.stdout}${ended.stderr}`);
  return { milliseconds, kilobytes: Number(spawnSync("tail", ["-n", "1", report], { encoding: "utf8" }).stdout) };
}

function table(project: string, rows: readonly Row[]): string[] {
  const head = [`## ${project}`, "", "| situation | tool | median | cordon : this | memory | files |", "|---|---|---|---|---|---|"];
  const own = (situation: Situation): number => rows.find((row) => row.situation === situation && row.tool === "cordon")?.milliseconds ?? rows.find((row) => row.situation === situation && row.tool === "cordon-install alone")?.milliseconds ?? Number.NaN;
  const body = rows.map(({ situation, tool, milliseconds, kilobytes, files }) => {
    const ratio = own(situation) / milliseconds;
    const bound = situation.bounds[tool];
    const verdict = bound === undefined ? "" : ` (at most ${bound}: ${ratio <= bound ? "kept" : "MISSED"})`;
    return `| ${situation.name} | ${tool} | ${milliseconds.toFixed(1)} ms | ${ratio.toFixed(2)}${verdict} | ${(kilobytes / 1024).toFixed(0)} MB | ${files} |`;
  });
  return [...head, ...body, ""];
}

function keep(lines: readonly string[]): void {
  const results = join(import.meta.dirname, "../results");
  mkdirSync(results, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(results, `install-${date}.md`), [`# Installing, measured on ${date}`, "", `\`npm run bench:install\`: ${values.runs} interleaved runs each, a registry on loopback that answers after ${values.latency} ms.`, "", ...lines].join("\n"));
}

/** In a process of its own: this one waits for the installers. */
async function startRegistry(latency: number): Promise<{ url: string; stop(): void }> {
  const upstream = spawnSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).stdout.trim();
  const child = fork(join(import.meta.dirname, "registry-process.ts"), [upstream, String(latency)]);
  const url = await new Promise<string>((done) => child.once("message", (message) => done(String(message))));
  return { url, stop: () => void child.kill() };
}

