// Reads what a proxy says ahead of a connection, before the server sees any of it.
import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";
import type { Guard } from "./guard.ts";
import { readProxyHeader } from "./proxy-header.ts";

export type Named = Socket & { _peername?: { address: string; port: number; family: string } };

/** Calls `next` when the header is read and taken off; a connection without one is dropped. */
export function readAhead(guard: Guard, connection: Connection, socket: Named, next: () => void): void {
  let bytes = Buffer.alloc(0);
  const onData = (part: Buffer): void => {
    bytes = Buffer.concat([bytes, part]);
    const header = readProxyHeader(bytes);
    if (header === "more") return;
    socket.pause().off("data", onData).off("error", ignore);
    if (header === "wrong") return guard.drop(connection, "bad proxy header");
    if (header.address !== undefined) {
      // What the program sees as the other side.
      socket._peername = { address: header.address, port: header.port, family: header.address.includes(":") ? "IPv6" : "IPv4" };
      guard.introduce(connection, header.address);
    }
    if (connection.gone) return;
    if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
    next();
    // The engine's parser takes what was put back as data; sessions and TLS have read it themselves.
    if (connection.web?.parser) socket.resume();
  };
  socket.on("error", ignore).on("data", onData);
}

/** Nobody else listens yet. */
function ignore(): void {}
