import { isDeepStrictEqual } from "node:util";
import { type Kind, type Program, type Server, startServer } from "../server.ts";
import type { Client, Size } from "./clients.ts";

export type Result = { readonly name: string; readonly alike: boolean; readonly guarded: unknown; readonly off: unknown; readonly seconds: number };

/** All clients at once, as a server has them; first on a guarded server of each program, then on one that is not. */
export async function compare(chosen: readonly Client[], size: Size, sides: readonly Kind[] = ["guarded", "guard off"]): Promise<Result[]> {
  const [first = "guarded", second = first] = sides;
  const [guarded, off] = [await seeAll(first, chosen, size), await seeAll(second, chosen, size)];
  return chosen.map(({ name }, index) => {
    const [one, other] = [guarded[index], off[index]];
    return { name, alike: one?.failed === false && isDeepStrictEqual(one.seen, other?.seen), guarded: one?.seen, off: other?.seen, seconds: one?.seconds ?? 0 };
  });
}

type Saw = { readonly seen: unknown; readonly failed: boolean; readonly seconds: number };

async function seeAll(kind: Kind, chosen: readonly Client[], size: Size): Promise<Saw[]> {
  const servers = new Map<Program, Server>();
  for (const program of new Set(chosen.map((one) => one.program))) servers.set(program, await startServer(kind, program, "http"));
  try {
    return await Promise.all(chosen.map((one) => see(one, servers.get(one.program)?.port ?? 0, size)));
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

async function see(client: Client, port: number, size: Size): Promise<Saw> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  try {
    return { seen: await client.see(port, size), failed: false, seconds: seconds() };
  } catch (error) {
    return { seen: String(error), failed: true, seconds: seconds() };
  }
}
