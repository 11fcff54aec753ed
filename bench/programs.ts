// How each side starts a program.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cordon, engine, root, start, type Running } from "../test/harness/index.ts";
import type { Side } from "./measure.ts";

export type Command = { readonly command: string; readonly args: readonly string[] };

const packages = join(root, "bench/node_modules");
const bun = join(packages, "@oven/bun-linux-x64/bin/bun");
const deno = join(packages, "@deno/linux-x64-glibc/deno");

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
  }
}

/** Runs a program that measures itself and prints one number last. */
export async function selfMeasured(side: Side, file: string, folder: string, flags: readonly string[] = [], args: readonly string[] = []): Promise<number> {
  const { command: program, args: words } = command(side, file, flags, args);
  const outcome = await start(program, words, { cwd: folder, timeout: 600_000 }).ended;
  const value = Number(outcome.stdout.trim().split("\n").at(-1));
  if (outcome.code !== 0 || Number.isNaN(value)) throw new Error(`${side} failed: ${outcome.stdout}${outcome.stderr}`);
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
