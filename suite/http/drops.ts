// What was refused: counted, told to whoever listens, and logged once per offender and minute.
import type { Client } from "./client.ts";

/** Why something was dropped. */
export type Reason =
  | "too many connections" | "too many new connections" | "blocked" | "slow headers" | "slow handshake" | "slow body" | "slow reader" | "idle"
  | "too many headers" | "headers too large" | "long url" | "large body" | "too many requests" | "malformed" | "overloaded" | "pipelining"
  | "stream resets" | "control frames" | "bad streams" | "bad proxy header";

export type Drop = { readonly reason: Reason; readonly address: string; readonly at: Date };
export type DropListener = (drop: Drop) => void;

export type Drops = {
  note(reason: Reason, client: Client): void;
  readonly counts: ReadonlyMap<Reason, number>;
  /** Gives what takes the listener away again. */
  listen(listener: DropListener): () => void;
};

const MINUTE = 60_000;
/** Lines of one minute, whoever offends: a log is no better than the disk that it fills. */
const MOST_LINES = 60;

export function createDrops(write: ((line: string) => void) | undefined): Drops {
  const counts = new Map<Reason, number>();
  const listeners = new Set<DropListener>();
  const log = write === undefined ? undefined : createLog(write);
  return {
    counts,
    note(reason, client) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      log?.(reason, client.address);
      if (listeners.size > 0) tell(listeners, { reason, address: client.address, at: new Date() });
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function tell(listeners: Iterable<DropListener>, drop: Drop): void {
  for (const listener of listeners) {
    try {
      listener(drop);
    } catch (error) {
      // The guard stands between the engine and the program: what goes wrong in a listener is shown as the program's.
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

function createLog(write: (line: string) => void): (reason: Reason, address: string) => void {
  let minute = 0;
  let lines = 0;
  const seen = new Set<string>();
  return (reason, address) => {
    const now = Math.floor(Date.now() / MINUTE);
    if (now !== minute) {
      minute = now;
      lines = 0;
      seen.clear();
    }
    if (lines >= MOST_LINES || seen.has(address)) return;
    seen.add(address);
    lines++;
    write(`cordon: HTTP guard dropped ${address}: ${reason}${lines === MOST_LINES ? "; more in this minute are not shown" : ""}\n`);
  };
}
