// Streams of HTTP/2 whose headers the engine rejects while it reads them. It shows them to nobody, and decodes what is left of them: one byte
// may stand for a header, so that the two megabytes that it takes in at once cost a tenth of a second. But when such a stream closes, the
// engine looks for its owner, in JavaScript. What stands there in place of one finds the session and stops the reading.
import { executionAsyncResource } from "node:async_hooks";
import type * as Http2 from "node:http2";
import { performance } from "node:perf_hooks";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { isFlooding } from "./client.ts";
import type { Connection } from "./connection.ts";
import { fieldOf, symbolOf } from "./fields.ts";
import type { Guard } from "./guard.ts";

/** What is kept of a session for this. */
export type Rejections = {
  /** Bytes on the socket at the last search. */
  read: number;
  /** Streams that were rejected lately, and the last of them. */
  count: number;
  last: number;
  /** Since the last turn of the clock: between which two streams none was shown, in pairs. */
  readonly gaps: number[];
};

/** Of a client whose headers are too large now and then, and of one that lost a connection for that lately. */
const MOST = 8;
const MOST_OF_OFFENDERS = 1;
/** In a second. */
const FADING = 2;
const MOST_GAPS = 512;
/** The search goes through all sessions: it may take one part of so many of the time. */
const PARTS = 10;

export function newRejections(): Rejections {
  return { read: 0, count: 0, last: 0, gaps: [] };
}

/** Between `before` and `id` no stream was shown. */
export function noteGap({ gaps }: Rejections, before: number, id: number): void {
  if (gaps.length < MOST_GAPS) gaps.push(before, id);
}

export function fadeRejections(rejections: Rejections, seconds: number): void {
  rejections.count = Math.max(0, rejections.count - FADING * seconds);
  rejections.gaps.length = 0;
}

/** Gives what is to be called when there is a session; `end` ends one. */
export function watchRejected(guard: Guard, end: (connection: Connection) => void): () => void {
  /** Not read from until the next turn of the loop; with true, they end then. */
  const stopped = new Map<Connection, boolean>();
  let current: Connection | undefined;
  let notBefore = 0;
  let isPlaced = false;

  function onRejected(): void {
    const id = (executionAsyncResource() as { id?: () => unknown }).id?.();
    // Those of a client, whose server pushes something, are even.
    if (typeof id !== "number" || id % 2 === 0) return;
    if (current === undefined || !isOf(current, id)) current = search(id);
    if (current !== undefined) count(current, id);
  }

  /** Only a session that something came on since the last search can be the one that is being read. */
  function search(id: number): Connection | undefined {
    const began = performance.now();
    if (began < notBefore) return undefined;
    let found: Connection | undefined;
    for (const connection of guard.sessions) {
      const { http2, handle: { bytesRead = 0 } } = connection;
      if (http2 === undefined || http2.rejections.read === bytesRead) continue;
      http2.rejections.read = bytesRead;
      if (found === undefined && isOf(connection, id)) found = connection;
    }
    const ended = performance.now();
    notBefore = ended + (ended - began) * (PARTS - 1);
    return found;
  }

  function count(connection: Connection, id: number): void {
    const { http2, handle, client } = connection;
    if (http2 === undefined) return;
    const { rejections } = http2;
    rejections.last = id;
    rejections.count++;
    if (stopped.size === 0) setImmediate(goOn);
    if (!stopped.has(connection)) handle.readStop?.();
    stopped.set(connection, rejections.count > (isFlooding(client) && !connection.isProxied ? MOST_OF_OFFENDERS : MOST));
  }

  /** The engine is in the middle of a session when a stream of it closes, and can't end it there. */
  function goOn(): void {
    current = undefined;
    for (const [connection, isOver] of stopped) {
      if (connection.gone) continue;
      if (isOver) end(connection);
      else connection.handle.readStart?.();
    }
    stopped.clear();
  }

  return () => {
    if (!isPlaced) placeOwner(onRejected);
    isPlaced = true;
  };
}

/** Where a stream has no owner of its own, the engine finds one that is destroyed, and does what it does without one. */
function placeOwner(onAsked: () => void): void {
  const handle = anyHandle();
  const owner = handle === undefined ? undefined : symbolOf(handle, "owner_symbol");
  if (handle === undefined || owner === undefined) return;
  const noOwner = {
    get destroyed(): boolean {
      onAsked();
      return true;
    },
  };
  Object.defineProperty(Object.getPrototypeOf(handle), owner, { value: noOwner, writable: true, configurable: true });
}

/** All handles of streams have one prototype, which is found at one of them: that of a request to nowhere. */
function anyHandle(): object | undefined {
  const { connect } = process.getBuiltinModule("node:http2") as typeof Http2;
  const nowhere = new Duplex({ read: ignore, write: (_bytes, _encoding, done) => done() });
  const session = connect("http://localhost", { createConnection: () => nowhere }).on("error", ignore);
  const handle = fieldOf(session.request().on("error", ignore), "kHandle");
  session.destroy();
  return typeof handle === "object" && handle !== null ? handle : undefined;
}

function ignore(): void {}

/** Whether a stream may be one of a session's that were not shown. */
function isOf({ http2 }: Connection, id: number): boolean {
  if (http2 === undefined || id <= http2.rejections.last) return false;
  if (id > http2.shown) return id <= (http2.session.state.lastProcStreamID ?? 0);
  const { gaps } = http2.rejections;
  for (let index = 0; index < gaps.length; index += 2) if (id > (gaps[index] ?? 0) && id < (gaps[index + 1] ?? 0)) return true;
  return false;
}
