// The same few accesses by two doors: the engine's API, and system calls from C. Most attacks are written once.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { kill } from "node:process";
import { once } from "node:events";
import { Raw, sockaddr4, sockaddr6, sockaddrUnix } from "./raw.ts";

export type Access = {
  read: (path: string) => string;
  list: (path: string) => string;
  write: (path: string, data: string) => void;
  tcp: (host: string, port: number, data: string) => Promise<void>;
  udp: (host: string, port: number, data: string) => Promise<void>;
  /** A stream socket at a path; a leading NUL makes it abstract. */
  unix: (path: string, data: string) => Promise<void>;
  signal: (pid: number, signal: number) => void;
  /** Only in the place `addon`. */
  raw: Raw;
};

export function nodeAccess(): Access {
  return {
    read: (path) => readFileSync(path, "latin1"),
    list: (path) => readdirSync(path).join("\n"),
    write: (path, data) => writeFileSync(path, data),
    tcp: (host, port, data) => deliver(createConnection({ host, port }), data),
    udp: sendDatagram,
    unix: (path, data) => deliver(createConnection({ path }), data),
    signal: (pid, signal) => void kill(pid, signal),
    get raw(): Raw {
      throw new Error("this attack belongs to the place addon");
    },
  };
}

async function deliver(socket: ReturnType<typeof createConnection>, data: string): Promise<void> {
  try {
    await once(socket, "connect");
    await new Promise<void>((done) => socket.write(data, () => done()));
  } finally {
    socket.destroySoon();
  }
}

async function sendDatagram(host: string, port: number, data: string): Promise<void> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  socket.unref();
  try {
    await new Promise<void>((done, failed) => {
      socket.on("error", failed);
      socket.send(data, port, host, (error) => (error === null ? done() : failed(error)));
    });
  } finally {
    socket.close();
  }
}

export function rawAccess(): Access {
  const raw = new Raw();
  return {
    raw,
    read: (path) => raw.readFile(path),
    list: (path) => raw.list(path),
    write: (path, data) => raw.writeFile(path, data),
    tcp: async (host, port, data) => {
      const address = socketAddress(host, port);
      raw.close(raw.connectStream(address.readUInt16LE(0), address, data));
    },
    udp: async (host, port, data) => {
      const address = socketAddress(host, port);
      const socket = raw.socket(address.readUInt16LE(0), 2);
      raw.call("sendto", socket, Buffer.from(data), data.length, 0, address, address.length);
      raw.close(socket);
    },
    unix: async (path, data) => raw.close(raw.connectStream(1, sockaddrUnix(path), data)),
    signal: (pid, signal) => void raw.call("kill", pid, signal),
  };
}

/** Of `1.2.3.4`, `::`, `::1` or `::ffff:1.2.3.4`. */
export function socketAddress(host: string, port: number): Buffer {
  if (host === "::") return sockaddr6([0, 0, 0, 0, 0, 0, 0, 0], port);
  if (host === "::1") return sockaddr6([0, 0, 0, 0, 0, 0, 0, 1], port);
  if (!host.startsWith("::ffff:")) return sockaddr4(host, port);
  const [a = 0, b = 0, c = 0, d = 0] = host.slice(7).split(".").map(Number);
  return sockaddr6([0, 0, 0, 0, 0, 0xffff, (a << 8) | b, (c << 8) | d], port);
}
