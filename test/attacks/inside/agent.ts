// Runs inside the jail: does the attacks that it is told of, each once, and says what each brought.
// The plan comes as one JSON text on standard input; each line of output that starts with MARK is for the battery.
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { nodeAccess, rawAccess, type Access } from "./access.ts";
import { findAttack } from "./catalogue.ts";
import type { Place, Target } from "./attack.ts";

const MARK = "@attack ";
const PATIENCE = 15_000;

/** `control`: the harmless manifest is in force, so first show that its grants are good for something. */
export type Plan = { place: Place; control: boolean; targets: Target[] };

/** Synchronously: an attack may end the process right after. */
function say(news: object): void {
  let rest = Buffer.from(`${MARK}${JSON.stringify(news)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}

async function attackAll(plan: Plan): Promise<void> {
  const access = plan.place === "addon" ? rawAccess() : nodeAccess();
  if (plan.control) say({ control: await useGrants(plan.targets[0], access) });
  for (const target of plan.targets) {
    const start = performance.now();
    say({ begin: target.id });
    const end = (news: object): void => say({ end: target.id, milliseconds: Math.round(performance.now() - start), ...news });
    try {
      const name = target.id.slice(0, target.id.indexOf("#"));
      const running = Promise.resolve(findAttack(name).run(target, access));
      end({ evidence: asText(await Promise.race([running, giveUp()])) });
    } catch (error) {
      end({ refused: String(error instanceof Error ? error.message : error).slice(0, 2000), evidence: asText(error) });
    }
  }
}

/** Were the grants useless, refusals would prove nothing. */
async function useGrants(target: Target | undefined, access: Access): Promise<string> {
  if (target === undefined) return "fine";
  const { granted, out } = target;
  try {
    access.write(`${out}/control`, "x");
    access.read(`${dirname(granted.unix)}/readable`);
    await access.tcp(granted.tcp.host, granted.tcp.port, "control");
    await access.udp(granted.udp.host, granted.udp.port, "control");
    await access.unix(granted.unix, "control");
    return process.env["HARMLESS_VALUE"] === "1" ? "fine" : "HARMLESS_VALUE is not there";
  } catch (error) {
    return asText(error);
  }
}

async function giveUp(): Promise<string> {
  await new Promise((wake) => setTimeout(wake, PATIENCE).unref());
  throw new Error("no answer in time");
}

/** An error's text may hold what was read: the battery looks for its secrets in all of it. */
function asText(value: unknown): string {
  if (value instanceof Error) return `${value.stack ?? value.message} ${value.cause === undefined ? "" : asText(value.cause)}`;
  if (Buffer.isBuffer(value)) return value.toString("latin1");
  if (typeof value === "object" && value !== null) return JSON.stringify(value) ?? "";
  return String(value);
}

function inWorker(plan: Plan): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: plan });
  return new Promise((done, failed) => worker.on("error", failed).on("exit", () => done()));
}

function inChild(plan: Plan): Promise<void> {
  const child = spawn(process.execPath, [import.meta.filename, "--here"], { stdio: ["pipe", "inherit", "inherit"] });
  child.stdin.end(JSON.stringify(plan));
  return new Promise((done, failed) => child.on("error", failed).on("exit", () => done()));
}

async function main(): Promise<void> {
  if (!isMainThread) return attackAll(workerData);
  const plan: Plan = JSON.parse(await text(process.stdin));
  if (plan.place === "worker") await inWorker(plan);
  else if (plan.place === "child" && process.argv[2] !== "--here") await inChild(plan);
  else await attackAll(plan);
  if (process.argv[2] !== "--here") say({ done: true });
}

process.on("uncaughtException", (error) => say({ stray: asText(error) }));
process.on("unhandledRejection", (error) => say({ stray: asText(error) }));
await main();
process.exit(0);
