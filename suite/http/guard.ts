// The guard of one thread: every connection of every server in it, and the clock that looks at them.
// The program may have put its own in the place of the global ones.
import { performance } from "node:perf_hooks";
import { clearInterval, setImmediate, setInterval } from "node:timers";
import { networkOf } from "./address.ts";
import { block, createClients, isOffender, isSuspect, type Client, type Clients, type Shared } from "./client.ts";
import { newConnection, refuse, reset, type Connection, type Handle } from "./connection.ts";
import { createDrops, type Drops, type Reason } from "./drops.ts";
import { createPressure, type Pressure } from "./pressure.ts";
import { createProxies, type Proxies } from "./proxies.ts";
import { watchFlood } from "./session.ts";
import type { Settings } from "./settings.ts";
import { shareOut } from "./shares.ts";
import { stalled, watch } from "./watch.ts";

export type Guard = {
  readonly settings: Settings;
  readonly clients: Clients;
  readonly drops: Drops;
  readonly pressure: Pressure;
  /** Milliseconds in which the event loop ran: while it stands still, or the machine does, nobody can keep a deadline. */
  now(): number;
  /** Which second it is since the clock started. */
  second: number;
  /** Since the start. */
  requests: number;
  /** Open now. */
  readonly connections: readonly Connection[];
  /** Those that speak HTTP/2. */
  readonly sessions: Set<Connection>;
  /** Those that no request came on yet, the oldest first. */
  readonly fresh: Set<Connection>;
  /** Takes a connection in, or refuses it. */
  admit(handle: Handle): Connection | undefined;
  readonly proxies: Proxies | undefined;
  /** What is counted together with other servers. */
  readonly shared: Shared | undefined;
  /** Gives a connection to the client that a trusted proxy names. */
  introduce(connection: Connection, address: string): void;
  /** Its socket is closed. */
  closed(connection: Connection): void;
  /** Ends a connection at once, for a reason. */
  drop(connection: Connection, reason: Reason): void;
};

/** Milliseconds between two looks. A connection is looked at in each PARTS-th of them. */
const STEP = 100;
const PARTS = 5;
const SECOND = 10;
/** A connection that goes can cost a program much: it hears of a body that never came. */
const AT_ONCE = 8;
/** How many are looked at to make room for one. */
const MOST_LOOKED_AT = 100;
const STANDSTILL = 1000;
/** A client with this part of its connections at one server may have as many at others. */
const CROWD = 20;

/** Makes what is counted together with other servers. */
export type Sharing = (surroundings: { clients: Clients; now(): number; write: ((line: string) => void) | undefined }) => Shared;

export function createGuard(settings: Settings, write: ((line: string) => void) | undefined, sharing?: Sharing): Guard {
  const connections: Connection[] = [];
  const fresh = new Set<Connection>();
  const sessions = new Set<Connection>();
  const clients = createClients();
  const proxies = createProxies(settings.trustedProxies);
  const drops = createDrops(write);
  const pressure = createPressure(settings.loopDelay);
  /** New connections that were let in since the second began. */
  let opened = 0;
  let ticks = 0;
  let cursor = 0;
  /** Connections of this turn of the clock that were not looked at yet. */
  let toLookAt = 0;
  /** Where the search for one that stalls goes on. */
  let stalledFrom = 0;
  let due = 0;
  let paused = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  const shared = sharing?.({ clients, now, write });
  const guard: Guard = { settings, clients, drops, pressure, connections, sessions, fresh, now, second: 0, requests: 0, proxies, shared, admit, introduce, closed, drop };

  function now(): number {
    return performance.now() - paused;
  }

  function admit(handle: Handle): Connection | undefined {
    const address = addressOf(handle);
    const isProxied = proxies?.isTrusted(address) === true;
    const client = clients.of(networkOf(address));
    const reason = isProxied ? shortage() : refusal(client);
    if (reason !== undefined) {
      offend(client, reason);
      refuse(handle);
      return undefined;
    }
    opened++;
    join(client);
    const connection = newConnection(client, handle, isProxied, now());
    connection.place = connections.push(connection) - 1;
    fresh.add(connection);
    start();
    return connection;
  }

  /** Room is made for a client that behaves, at the cost of the connection that has waited longest for its first request. */
  function refusal(client: Client): Reason | undefined {
    client.opened++;
    client.openedNow++;
    const scarce = connections.length >= settings.connections / 2;
    const strained = pressure.isStrained || scarce || opened >= settings.newConnectionsPerSecond;
    if (strained && client.blockedUntil > now()) return "blocked";
    if ((opened >= settings.newConnectionsPerSecond && isSuspect(client)) || client.openedNow > client.share) return "too many new connections";
    if (strained && client.connections + client.connectionsElsewhere >= settings.connectionsPerAddress && !makeRoom(client)) return "too many connections";
    return shortage();
  }

  function shortage(): Reason | undefined {
    return connections.length >= settings.connections && !makeRoom(undefined) ? "too many connections" : undefined;
  }

  /** By what its proxy said ahead of it. */
  function introduce(connection: Connection, address: string): void {
    const client = clients.of(networkOf(address));
    leave(connection.client);
    connection.client = client;
    connection.isProxied = false;
    join(client);
    const reason = refusal(client);
    if (reason !== undefined) drop(connection, reason);
  }

  function join(client: Client): void {
    client.connections++;
    tellOf(client);
  }

  function leave(client: Client): void {
    client.connections--;
    tellOf(client);
  }

  function tellOf(client: Client): void {
    if (shared === undefined) return;
    const wasCrowd = client.isCrowd;
    client.isCrowd = client.connections >= settings.connectionsPerAddress / CROWD;
    if (client.isCrowd || wasCrowd) shared.crowd(client);
  }

  function makeRoom(client: Client | undefined): boolean {
    let looked = 0;
    for (const connection of fresh) {
      if (client === undefined || connection.client === client) {
        drop(connection, "too many connections");
        return true;
      }
      if (++looked > MOST_LOOKED_AT) break;
    }
    return makeRoomByStalled(client);
  }

  /** Whoever comes and asks is worth more than one who has been taking nothing, or sending hardly anything, for a while. */
  function makeRoomByStalled(client: Client | undefined): boolean {
    const time = now();
    for (let looked = 0; looked < Math.min(MOST_LOOKED_AT, connections.length); looked++) {
      const connection = connections[(stalledFrom += 1) % connections.length];
      if (connection === undefined || (client !== undefined && connection.client !== client)) continue;
      const reason = stalled(guard, connection, time);
      if (reason === undefined) continue;
      drop(connection, reason);
      return true;
    }
    return false;
  }

  function closed(connection: Connection): void {
    const { place, client } = connection;
    if (place < 0) return;
    connection.gone = true;
    connection.place = -1;
    fresh.delete(connection);
    sessions.delete(connection);
    leave(client);
    const last = connections.pop();
    if (last === undefined || last === connection) return;
    connections[place] = last;
    last.place = place;
  }

  function drop(connection: Connection, reason: Reason): void {
    if (connection.gone) return;
    offend(connection.client, reason);
    reset(connection);
    closed(connection);
  }

  function offend(client: Client, reason: Reason): void {
    drops.note(reason, client);
    client.offences++;
    const blocked = isOffender(client) ? block(client, now()) : 0;
    if (blocked > 0) shared?.block(client, blocked);
  }

  function start(): void {
    if (timer !== undefined) return;
    due = now() + STEP;
    timer = setInterval(tick, STEP);
    timer.unref?.();
    shared?.start();
  }

  function tick(): void {
    const late = now() - due;
    if (late > STANDSTILL) paused += late;
    pressure.look(late);
    due = now() + STEP;
    for (const connection of sessions) if (connection.http2 !== undefined) watchFlood(guard, connection, connection.http2, now());
    const isWorking = toLookAt > 0;
    toLookAt += Math.ceil(connections.length / PARTS);
    if (!isWorking) lookAround();
    if (++ticks % SECOND !== 0) return;
    opened = 0;
    guard.second++;
    shareOut(clients, pressure);
    clients.fade(now());
    if (connections.length > 0 || clients.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    shared?.stop();
  }

  /** From the last to the first, as one that goes makes the last take its place. Thousands that go at once let others have their turn. */
  function lookAround(): void {
    const time = now();
    let dropped = 0;
    for (; toLookAt > 0 && connections.length > 0; toLookAt--) {
      cursor = cursor <= 0 || cursor > connections.length ? connections.length - 1 : cursor - 1;
      const connection = connections[cursor];
      if (connection === undefined) continue;
      watch(guard, connection, time);
      if (connection.gone && ++dropped >= AT_ONCE) return void setImmediate(lookAround);
    }
    toLookAt = 0;
  }

  return guard;
}

function addressOf(handle: Handle): string {
  if (handle.getpeername === undefined) return "unix";
  const out: { address?: string } = {};
  handle.getpeername(out);
  return out.address?.replace(/^::ffff:(?=\d+\.)/, "") ?? "unknown";
}
