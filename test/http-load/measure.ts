// One attack on one server: what honest clients see before and during it, and what becomes of the offenders.
import { join } from "node:path";
import { engine, start } from "../harness/index.ts";
import type { Attack } from "./attacks/attack.ts";
import { type Seen, startHonest } from "./honest.ts";
import { memoryOf, type Report, type Server } from "./server.ts";

export const OFFENDERS = "127.0.0.1";
export const ELSEWHERE = "127.0.0.9";
const RATE = 50;

export type Offenders = {
  readonly opened: number;
  readonly refused: number;
  /** How many connections the server ended, and how many were open at the end; the milliseconds that the oldest of each lived. */
  readonly lived: number;
  readonly longestLived: number;
  /** Open at once, where that is known. */
  readonly most?: number;
  readonly held: number;
  readonly longestHeld: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly bytesSent: number;
};

/** Honest clients at an address of their own and at the offenders'. */
export type Clients = { readonly elsewhere: Seen; readonly beside: Seen };

export type Measured = {
  readonly quiet: Clients;
  readonly under: Clients;
  readonly offenders: Offenders;
  readonly before: Report;
  readonly during: Report;
  /** Bytes, of all of the server's processes: before, and the most that was seen. */
  readonly memoryBefore: number;
  readonly memoryMost: number;
};

export type Length = { readonly quiet: number; readonly attack: number };

/** Something that attacks for some seconds and tells how it went. */
export type Offence = (server: Server, seconds: number) => Promise<Offenders>;

export const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export async function measure(server: Server, offence: Offence, length: Length): Promise<Measured> {
  await clientsFor(server, 1); // Warms the server; not counted.
  server.begin();
  const quiet = await clientsFor(server, length.quiet);
  const before = await server.report();
  const memoryBefore = memoryOf(server.pid);
  let memoryMost = memoryBefore;
  const timer = setInterval(() => (memoryMost = Math.max(memoryMost, memoryOf(server.pid))), 500);
  server.begin();
  const honest = await startHonest(server.protocol, server.port, [ELSEWHERE, OFFENDERS], RATE);
  const offenders = await offence(server, length.attack);
  const under = clientsOf(await honest.stop());
  clearInterval(timer);
  return { quiet, under, offenders, before, during: await server.report(), memoryBefore, memoryMost };
}

async function clientsFor(server: Server, seconds: number): Promise<Clients> {
  const honest = await startHonest(server.protocol, server.port, [ELSEWHERE, OFFENDERS], RATE);
  await wait(seconds);
  return clientsOf(await honest.stop());
}

function clientsOf([elsewhere, beside]: readonly Seen[]): Clients {
  if (elsewhere === undefined || beside === undefined) throw new Error("An honest client said nothing");
  return { elsewhere, beside };
}

/** An attack of attacks/ in a process of its own. */
export function offenceOf(attack: Attack): Offence {
  return async (server, seconds) => {
    const target = JSON.stringify({ protocol: server.protocol, port: server.port, from: OFFENDERS });
    const running = start(engine, [join(import.meta.dirname, "attacks/attacker.ts"), attack.name, target, String(seconds), String(attack.connections)], { timeout: seconds * 1000 + 400_000 });
    const { code, stdout, stderr } = await running.ended;
    if (code !== 0) throw new Error(`The attack ${attack.name} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Offenders;
  };
}

export type Verdict = { readonly fine: boolean; readonly why: readonly string[] };

const TIMES = 3;
/** Below this p99 the machine's own noise is larger than three times the quiet one. */
const NOISE = 20;

/** The promises: nothing lost, p99 at most three times the quiet one, offenders gone within their deadline, memory bounded. */
export function judge(measured: Measured, goneWithin: number, places: readonly (keyof Clients)[] = ["elsewhere", "beside"]): Verdict {
  const why: string[] = [];
  for (const place of places) {
    const [quiet, under] = [measured.quiet[place], measured.under[place]];
    if (under.lost > 0) why.push(`${under.lost} of ${under.sent} lost ${place} (${Object.entries(under.losses).map(([reason, count]) => `${count} ${reason}`).join(", ")})`);
    const most = Math.max(NOISE, TIMES * (quiet.p99 ?? 0));
    if ((under.p99 ?? Infinity) > most) why.push(`p99 ${under.p99?.toFixed(1)} ms ${place}, more than ${most.toFixed(1)}`);
  }
  const oldest = Math.max(measured.offenders.longestHeld, measured.offenders.longestLived) / 1000;
  if (oldest > goneWithin) why.push(`an offender lived ${oldest.toFixed(1)} s, more than ${goneWithin}`);
  const growth = (measured.memoryMost - measured.memoryBefore) / 2 ** 20;
  if (growth > MOST_GROWTH) why.push(`memory grew by ${growth.toFixed(0)} MB, more than ${MOST_GROWTH}`);
  return { fine: why.length === 0, why };
}

/** Megabytes. */
const MOST_GROWTH = 256;
