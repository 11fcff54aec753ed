// Variables that no grant names: the launcher's environment holds CANARY_SECRET_TOKEN with a secret in it.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Worker, SHARE_ENV } from "node:worker_threads";
import { runInNewContext } from "node:vm";
import { EVERYWHERE, NODE, RAW, type Attack, type Target } from "../attack.ts";

const NAME = "CANARY_SECRET_TOKEN";

export const attacks: Attack[] = [
  variable("process-env", "reads process.env", () => process.env[NAME]),
  variable("enumerate", "goes through all names of process.env", () => JSON.stringify(process.env)),
  variable("report", "reads the environment in a diagnostic report", () => JSON.stringify(process.report.getReport())),
  variable("new-context", "reads it from another vm context", () => runInNewContext("JSON.stringify(p.env)", { p: process })),
  variable("worker-share", "reads it in a worker that shares the environment", () => inWorker()),
  { name: "environment/proc-self", tries: "reads /proc/self/environ", places: EVERYWHERE, run: (_at, by) => by.read("/proc/self/environ") },
  { name: "environment/proc-thread-self", tries: "reads /proc/thread-self/environ", places: EVERYWHERE, run: (_at, by) => by.read("/proc/thread-self/environ") },
  { name: "environment/child", tries: "a child prints its environment", places: ["child"], run: () => spawnSync(process.execPath, ["-p", "JSON.stringify(process.env)"], { encoding: "latin1" }).stdout },
  { name: "environment/getenv", tries: "reads the C library's environment", places: RAW, run: (_at, by) => by.raw.addon.environment() },
  { name: "environment/stack", tries: "reads the start of its stack, where exec put the environment", places: RAW, run: (_at, by) => fromStack(by.raw.addon.memory) },
];

function variable(name: string, tries: string, run: (at: Target) => unknown): Attack {
  return { name: `environment/${name}`, tries, places: NODE, run };
}

function inWorker(): Promise<string> {
  const worker = new Worker(`require("node:worker_threads").parentPort.postMessage(JSON.stringify(process.env))`, { eval: true, env: SHARE_ENV });
  return new Promise((done, failed) => worker.on("message", done).on("error", failed));
}

/** Fields 50 and 51 of stat(5): where the environment begins and ends. */
function fromStack(memory: (address: bigint, length: number) => Buffer): string {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [start, end] = [BigInt(fields[47] ?? 0), BigInt(fields[48] ?? 0)];
  return memory(start, Number(end - start)).toString("latin1");
}
