// Looks at one connection: what it does, and whether it takes too long for that. Several times a second for each, so that a
// deadline is met within one.
import type { Connection, Incoming, WebSocketLike } from "./connection.ts";
import type { Reason } from "./drops.ts";
import type { Guard } from "./guard.ts";
import { takenOf, watchReader } from "./reader.ts";
import { watchSession } from "./session.ts";

/** Under strain slow clients get a third of their time. */
const HASTE = 3;

export function watch(guard: Guard, connection: Connection, now: number): void {
  const { web } = connection;
  const haste = guard.pressure.isStrained || guard.connections.length >= guard.settings.connections / 2 ? HASTE : 1;
  if (web === undefined) return watchHandshake(guard, connection, now, haste);
  if (connection.http2 !== undefined) return watchSession(guard, connection, connection.http2, now, haste);
  const { parser } = web;
  // Without a parser it is no longer the guard's: a WebSocket, or what the program makes of it.
  if (parser === undefined || parser === null) return;
  const incoming = parser.incoming ?? undefined;
  if (incoming === undefined) watchHeaders(guard, connection, now, haste);
  else if (!incoming.complete) watchBody(guard, connection, web, incoming, now, haste);
  else rest(connection, "response", now);
  if (!connection.gone) watchReader(guard, connection, web, now, haste);
}

function watchHandshake(guard: Guard, connection: Connection, now: number, haste: number): void {
  if (now - connection.mark > guard.settings.handshakeTimeout / haste) guard.drop(connection, "slow handshake");
}

function rest(connection: Connection, phase: Connection["phase"], now: number): void {
  connection.phase = phase;
  connection.mark = now;
  connection.seen = connection.requests;
  connection.bytes = connection.handle.bytesRead ?? 0;
  connection.body = undefined;
}

/** Between two requests it is idle, until the first byte of the next: from there the headers' time runs, for all of them. */
function watchHeaders(guard: Guard, connection: Connection, now: number, haste: number): void {
  const { settings } = guard;
  const isFirst = connection.requests === 0;
  if (!isFirst && (connection.seen !== connection.requests || connection.phase === "body" || connection.phase === "response")) rest(connection, "idle", now);
  if (connection.phase === "idle" && (connection.handle.bytesRead ?? 0) > connection.bytes) {
    connection.phase = "headers";
    connection.mark = now;
  }
  const time = now - connection.mark;
  if (connection.phase === "idle") {
    if (time > settings.idleTimeout) guard.drop(connection, "idle");
  } else if (time > settings.headersTimeout / haste) guard.drop(connection, "slow headers");
}

/** While the program does not read, the client can't be blamed for what it does not send. */
function watchBody(guard: Guard, connection: Connection, web: WebSocketLike, incoming: Incoming, now: number, haste: number): void {
  const { settings } = guard;
  const message = web._httpMessage;
  const isAsked = message?._expect_continue !== true || message._sent100 === true;
  if (connection.body !== incoming || web._handle?.reading === false || !isAsked) {
    rest(connection, "body", now);
    connection.body = incoming;
    return;
  }
  const time = now - connection.mark;
  if (time < settings.bodyTimeout / haste) return;
  const bytes = connection.handle.bytesRead ?? 0;
  if ((bytes - connection.bytes) * 1000 < settings.bodyRate * time) return guard.drop(connection, "slow body");
  connection.mark = now;
  connection.bytes = bytes;
}

/** Long before its deadline: enough to go first where room is scarce. */
const STALLED = 5000;

export function stalled({ settings }: Guard, { handle, phase, mark, bytes, waiting, taken }: Connection, now: number): Reason | undefined {
  const takes = takenOf(handle) - taken;
  if (waiting >= 0 && now - waiting > STALLED && takes * 1000 < settings.sendRate * (now - waiting)) return "slow reader";
  const sends = (handle.bytesRead ?? 0) - bytes;
  return phase === "body" && now - mark > STALLED && sends * 1000 < settings.bodyRate * (now - mark) ? "slow body" : undefined;
}
