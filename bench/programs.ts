// How each side starts a program.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cordon, engine, start, type Running } from "../test/harness/index.ts";
import type { Side } from "./measure.ts";
import { bun, deno } from "./needs.ts";

export type Command = { readonly command: string; readonly args: readonly string[] };

/** Other runtimes, where bench/package.json was installed. */
export function peers(): Side[] {
  return [...(existsSync(bun) ? (["bun"] as const) : []), ...(existsSync(deno) ? (["deno"] as const) : [])];
}

export function command(side: Side, file: string, flags: readonly string[] = [], args: readonly string[] = []): Command {
  switch (side) {
    case "bare":
    case "bare again":
      return { command: engine, args: [file, ...args] };
    case "jailed":
      return { command: cordon, args: ["run", ...flags, file, ...args] };
    case "no namespaces":
      return { command: cordon, args: ["run", "--namespaces=off", ...flags, file, ...args] };
    case "bun":
      return { command: bun, args: [file, ...args] };
    case "deno":
      return { command: deno, args: ["run", "--allow-all", file, ...args] };
    default:
      throw new Error(`Cannot start a program as ${side}`);
  }
}

/** Milliseconds from a command's start to its end, its output thrown away. */
export function spawned({ command: program, args }: Command, folder: string, variables: Record<string, string> = {}): number {
  const env = { ...process.env, ...variables };
  const before = performance.now();
  const ended = spawnSync(program, args, { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
  const took = performance.now() - before;
  if (ended.status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${ended.status ?? ended.signal ?? String(ended.error)}`);
  return took;
}

/** Runs a program that measures itself and prints one number last. */
export async function selfMeasured(side: Side, file: string, folder: string, flags: readonly string[] = [], args: readonly string[] = []): Promise<number> {
  return selfMeasuredBy(command(side, file, flags, args), folder);
}

export async function selfMeasuredBy({ command: program, args }: Command, folder: string): Promise<number> {
  const outcome = await start(program, args, { cwd: folder, timeout: 600_000 }).ended;
  const value = Number(outcome.stdout.trim().split("\n").at(-1));
  if (outcome.code !== 0 || Number.isNaN(value)) throw new Error(`${program} ${args.join(" ")} failed: ${outcome.stdout}${outcome.stderr}`);
  return value;
}

export type Server = { readonly port: number; readonly pid: number; stop(): Promise<void> };

/** Starts a program that prints `port <number>` when it serves. */
export async function serve(side: Side, file: string, folder: string, flags: readonly string[]): Promise<Server> {
  const { command: program, args } = command(side, file, flags);
  const running: Running = start(program, args, { cwd: folder, timeout: 3_600_000 });
  await running.prints(/port \d+/);
  const stop = async (): Promise<void> => {
    running.child.kill("SIGTERM");
    await running.ended;
  };
  return { port: Number(/port (\d+)/.exec(running.output.stdout)?.[1]), pid: running.child.pid ?? 0, stop };
}

/** Servers of all sides, up together; only one is under load at a time. */
export async function serveAll(sides: readonly Side[], file: string, folder: string, flags: readonly string[]): Promise<Map<Side, Server>> {
  const servers = new Map<Side, Server>();
  for (const side of sides) servers.set(side, await serve(side, file, folder, flags));
  return servers;
}

export async function stopAll(servers: ReadonlyMap<Side, Server>): Promise<void> {
  for (const server of servers.values()) await server.stop();
}
