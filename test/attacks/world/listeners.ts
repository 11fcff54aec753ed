// Canaries that hear who reaches them.
import { createSocket } from "node:dgram";
import { chmodSync } from "node:fs";
import { once } from "node:events";
import { createServer, type ListenOptions } from "node:net";
import type { Raw } from "../inside/raw.ts";
import { sockaddrUnix } from "../inside/raw.ts";

/** What was heard at one place: text, or "" for a connection that said nothing. */
export type Heard = { place: string; texts: string[] };

/** A listener of TCP or of a stream unix socket. */
export async function hearStream(place: string, where: ListenOptions): Promise<Heard> {
  const heard: Heard = { place, texts: [] };
  const server = createServer((socket) => {
    const index = heard.texts.push("") - 1;
    socket.on("data", (bytes) => {
      heard.texts[index] += bytes.toString("latin1").slice(0, 65536);
      if (/^(?:GET|POST|PUT) /.test(String(heard.texts[index]))) socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    });
    socket.on("error", () => socket.destroy());
  });
  server.listen(where);
  await once(server, "listening");
  if (where.path !== undefined && !where.path.startsWith("\0")) chmodSync(where.path, 0o777);
  return heard;
}

export async function hearDatagrams(place: string, host: string, port: number): Promise<Heard> {
  const heard: Heard = { place, texts: [] };
  const socket = createSocket("udp4");
  socket.on("message", (bytes) => heard.texts.push(bytes.toString("latin1")));
  socket.bind(port, host);
  await once(socket, "listening");
  return heard;
}

/** A datagram unix socket, which the engine's API does not know. `collect` takes in what waits in it. */
export function hearUnixDatagrams(place: string, path: string, raw: Raw): { heard: Heard; collect: () => void } {
  const heard: Heard = { place, texts: [] };
  const socket = raw.socket(1, 2);
  const address = sockaddrUnix(path);
  raw.call("bind", socket, address, address.length);
  chmodSync(path, 0o777);
  const collect = (): void => {
    const buffer = Buffer.alloc(4096);
    for (;;) {
      const length = raw.try("recvfrom", socket, buffer, buffer.length, 0x40 /* MSG_DONTWAIT */, 0, 0);
      if (length < 0) return;
      heard.texts.push(buffer.toString("latin1", 0, length));
    }
  };
  return { heard, collect };
}
