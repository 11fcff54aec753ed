// One connection of a guarded server. What is in here is filled in when it comes and looked at by the clock: a request costs
// a count, whatever it is watched for.
import type { Socket } from "node:net";
import type { Client } from "./client.ts";
import type { Session } from "./session.ts";

/** The engine's own object below a socket. */
export type Handle = {
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  readonly writeQueueSize?: number;
  readonly reading?: boolean;
  getpeername?(out: { address?: string; port?: number }): number;
  reset?(): number;
  readStop?(): number;
  readStart?(): number;
  close(): void;
};

/** What the engine hangs on a socket that speaks HTTP/1. */
export type WebSocketLike = Socket & {
  parser?: { incoming?: Incoming | null; onIncoming?: unknown } | null;
  _handle?: Handle | null;
  _parent?: Socket | null;
  _httpMessage?: { _expect_continue?: boolean; _sent100?: boolean } | null;
};

export type Incoming = { complete: boolean };

/** What a connection is doing, as it was seen last. */
export type Phase = "headers" | "idle" | "body" | "response";

export type Connection = {
  client: Client;
  /** A trusted proxy made it: its requests are its clients'. */
  isProxied: boolean;
  readonly handle: Handle;
  /** The socket below TLS, when it is there. */
  socket: Socket | undefined;
  /** The socket that the server reads from: with TLS, once the handshake is done. */
  web: WebSocketLike | undefined;
  /** Closed, or told to. */
  gone: boolean;
  requests: number;
  /** Requests in this second, and which second that is. */
  second: number;
  stamp: number;
  /** Requests that came before the one ahead of them was answered, without a pause. */
  ahead: number;
  phase: Phase;
  /** When the phase began, and what had been read by then. */
  mark: number;
  bytes: number;
  /** The requests that there had been. */
  seen: number;
  body: Incoming | undefined;
  /** Since when something waits to be taken, and how much was taken by then; -1 for nothing. */
  waiting: number;
  taken: number;
  checked: object | undefined;
  http2: Session | undefined;
  place: number;
};

export function newConnection(client: Client, handle: Handle, isProxied: boolean, now: number): Connection {
  return {
    client, isProxied, handle, socket: undefined, web: undefined, gone: false, requests: 0, second: 0, stamp: 0, ahead: 0, phase: "headers", mark: now, bytes: 0, seen: 0,
    body: undefined, waiting: -1, taken: 0, checked: undefined, http2: undefined, place: -1,
  };
}

class Given {
  constructor(object: object) {
    return object;
  }
}

/** A private field on an object of the engine's: nobody who prints or walks it meets the field, and reading it is quick. */
class Marked extends Given {
  #connection: Connection;

  constructor(object: object, connection: Connection) {
    super(object);
    this.#connection = connection;
  }

  static of(object: object): Connection | undefined {
    return #connection in object ? object.#connection : undefined;
  }
}

/** Remembers the connection of a socket or session. */
export function mark(object: object, connection: Connection): void {
  if (Marked.of(object) === undefined) new Marked(object, connection);
}

export function connectionOf(object: unknown): Connection | undefined {
  return typeof object === "object" && object !== null ? Marked.of(object) : undefined;
}

/** A reset, below TLS where there is that, which ends with it: nothing is kept for the other side, neither here nor in the kernel. */
export function reset(connection: Connection): void {
  connection.gone = true;
  const { socket, web, handle } = connection;
  // The engine would go on with what it has read: thousands of requests. This makes its parser fail at the next one.
  if (web?.parser) web.parser.onIncoming = failing;
  if (socket === undefined) return refuse(handle);
  try {
    socket.resetAndDestroy();
  } catch {
    // A unix socket knows no reset.
    socket.destroy();
  }
}

function failing(): number {
  return -1;
}

/** The same before there is a socket, which is what costs. */
export function refuse(handle: Handle): void {
  if (handle.reset === undefined || handle.reset() !== 0) handle.close();
}
