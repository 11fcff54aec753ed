// Several servers count together. Twenty times a second this one tells what it counted and hears what the others did; a request
// looks at numbers that are there already, and waits for nothing. While nobody answers, the others count as nothing.
import { performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";
import { LONGEST_BLOCK, type Client, type Clients, type Shared } from "../client.ts";
import type { Link } from "./link.ts";
import { readAnswer, type Answer, type Count } from "./script.ts";

export type Surroundings = {
  readonly link: Link;
  readonly clients: Clients;
  /** This server among the others. */
  readonly name: string;
  /** For messages. */
  readonly place: string;
  /** The guard's clock, in which blocks are. */
  now(): number;
  readonly write: ((line: string) => void) | undefined;
};

const STEP = 50;
/** How long what the others counted is good for, in milliseconds. */
const PATIENCE = 50;
/** Who does not answer for so long has lost the connection. */
const DEAD = 5000;
/** When there is nothing to tell. */
const HEARTBEAT = 250;
/** Connections are told this often. */
const CENSUS = 500;
const MOST_CLIENTS = 256;
/** Clients that wait to be told of; with more, the others count only here. */
const MOST_COUNTED = 10_000;
const MOST_BLOCKS = 64;
/** What others count of a client that asks nothing here any more. */
const STALE = 1000;
/** A moment without an answer is not worth a line. */
const WORTH_A_LINE = 1000;
const PREFIX = "cordon:http:";

/** What this server itself has told of a client. */
type Own = { second: number; current: number; before: number };

export function createExchange({ link, clients, name, place, now, write }: Surroundings): Shared {
  const counted = new Set<Client>();
  const crowds = new Set<Client>();
  const blocks: { address: string; milliseconds: number }[] = [];
  const own = new WeakMap<Client, Own>();
  /** When each client was last heard of. */
  const told = new Map<Client, number>();
  let known = "";
  let waitsSince: number | undefined;
  let last = -Infinity;
  let census = -Infinity;
  let due = 0;
  let isOn = false;
  let awaySince = performance.now();
  let isSaid = false;
  let timer: ReturnType<typeof setInterval> | undefined;

  function step(): void {
    const time = performance.now();
    const isLate = time > due + STEP;
    due = time + STEP;
    forget(time);
    if (waitsSince !== undefined) {
      // When the loop comes late, the answer may be waiting behind this very step.
      if (!isLate && time - waitsSince >= PATIENCE) lose(time);
      if (!isLate && time - waitsSince >= DEAD) link.drop("it does not answer");
    } else if (!link.isReady) {
      lose(time);
      link.connect(time);
    } else {
      send(time);
    }
    if (!isOn && !isSaid && time - awaySince > WORTH_A_LINE) {
      isSaid = true;
      write?.(`cordon: HTTP guard: no answer from ${place} (${waitsSince === undefined ? link.trouble : "it does not answer"}): limits hold for this process alone\n`);
    }
  }

  function send(time: number): void {
    const isCensus = crowds.size > 0 && time - census >= CENSUS;
    if (counted.size === 0 && blocks.length === 0 && !isCensus && time - last < HEARTBEAT) return;
    if (isCensus) census = time;
    const batch = take(isCensus);
    const tells = blocks.splice(0, MOST_BLOCKS);
    const words = [name, known, String(tells.length), ...tells.flatMap(({ address, milliseconds }) => [address, String(milliseconds)])];
    for (const client of batch) words.push(String(client.unsent), String(crowds.has(client) ? client.connections : -1));
    if (isCensus) for (const client of crowds) if (!client.isCrowd) crowds.delete(client);
    const sent = batch.map((client) => client.unsent);
    for (const client of batch) client.unsent = 0;
    last = time;
    waitsSince = time;
    const keys = [`${PREFIX}blocks`, ...batch.map(({ address }) => `${PREFIX}client:${address}`)];
    link.run(keys, words).then(
      (reply) => hear(batch, sent, readAnswer(reply, batch.length)),
      (error: unknown) => fail(error instanceof Error ? error.message : "it failed"),
    );
  }

  /** Those that are told of this time; the others wait for the next. */
  function take(isCensus: boolean): Client[] {
    const batch = new Set<Client>();
    for (const client of counted) {
      if (batch.size >= MOST_CLIENTS) break;
      counted.delete(client);
      batch.add(client);
    }
    if (isCensus) for (const client of crowds) if (batch.size < MOST_CLIENTS) batch.add(client);
    return [...batch];
  }

  function hear(batch: readonly Client[], sent: readonly number[], answer: Answer | undefined): void {
    waitsSince = undefined;
    if (answer === undefined) return fail("it answered something else than was asked");
    const time = performance.now();
    if (!isOn) find();
    for (const { id, address, milliseconds } of answer.blocks) {
      known = id;
      if (address === "" || milliseconds === 0) continue;
      const client = clients.of(address);
      client.blockedUntil = Math.max(client.blockedUntil, now() + Math.min(milliseconds, LONGEST_BLOCK));
    }
    for (const [index, client] of batch.entries()) {
      const count = answer.counts[index];
      if (count === undefined) continue;
      client.elsewhere = elsewhere(client, sent[index] ?? 0, answer, count);
      client.connectionsElsewhere = count.connections;
      told.set(client, time);
    }
  }

  /** What the others let through within one second: of the second before as much as still lies in it. */
  function elsewhere(client: Client, sent: number, { second, part }: Answer, { current, before }: Count): number {
    const mine = own.get(client) ?? { second, current: 0, before: 0 };
    if (mine.second !== second) {
      mine.before = mine.second === second - 1 ? mine.current : 0;
      mine.current = 0;
      mine.second = second;
    }
    mine.current += sent;
    own.set(client, mine);
    return Math.max(0, current - mine.current) + Math.max(0, before - mine.before) * (1 - part);
  }

  function fail(why: string): void {
    waitsSince = undefined;
    link.drop(why);
    lose(performance.now());
  }

  function lose(time: number): void {
    if (!isOn) return;
    isOn = false;
    awaySince = time;
    for (const client of told.keys()) client.elsewhere = client.connectionsElsewhere = 0;
    told.clear();
    // Nobody can be told of them, and their number has no end.
    for (const client of counted) client.unsent = 0;
    counted.clear();
    for (const client of crowds) if (!client.isCrowd) crowds.delete(client);
  }

  function find(): void {
    isOn = true;
    if (isSaid) write?.(`cordon: HTTP guard: ${place} answers again: limits are shared\n`);
    isSaid = false;
  }

  function forget(time: number): void {
    for (const [client, heard] of told) {
      if (time - heard < STALE) continue;
      client.elsewhere = client.connectionsElsewhere = 0;
      told.delete(client);
    }
  }

  return {
    get isOn() {
      return isOn;
    },
    count(client) {
      if (!isOn || (client.unsent === 0 && counted.size >= MOST_COUNTED)) return;
      if (client.unsent++ === 0) counted.add(client);
    },
    crowd(client) {
      if (isOn || client.isCrowd) crowds.add(client);
      else crowds.delete(client);
    },
    block({ address }, milliseconds) {
      if (blocks.length < MOST_BLOCKS) blocks.push({ address, milliseconds });
    },
    start() {
      if (timer !== undefined) return;
      due = performance.now() + STEP;
      timer = setInterval(step, STEP);
      timer.unref?.();
      link.connect(performance.now());
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
