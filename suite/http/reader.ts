// Looks whether a client takes what it asked for, as far as its socket shows that.
import type { Connection, Handle, WebSocketLike } from "./connection.ts";
import type { Guard } from "./guard.ts";

/** Bytes of answers that the kernel has taken. */
export function takenOf({ bytesWritten = 0, writeQueueSize = 0 }: Handle): number {
  return bytesWritten - writeQueueSize;
}

/** Whoever leaves in the kernel's and our buffers what was asked for. */
export function watchReader(guard: Guard, connection: Connection, web: WebSocketLike, now: number, haste: number): void {
  const { handle } = connection;
  const queued = handle.writeQueueSize ?? 0;
  if (queued === 0 && web.writableLength === 0) {
    connection.waiting = -1;
    return;
  }
  const taken = takenOf(handle);
  if (connection.waiting < 0) {
    connection.waiting = now;
    connection.taken = taken;
    return;
  }
  const time = now - connection.waiting;
  if (time < guard.settings.sendTimeout / haste) return;
  if ((taken - connection.taken) * 1000 < guard.settings.sendRate * time) return guard.drop(connection, "slow reader");
  connection.waiting = now;
  connection.taken = taken;
}
