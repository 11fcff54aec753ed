// Clients of HTTP/1 that take all the time in the world.
import type { Attack, Connection } from "./attack.ts";

const START = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n";
const CHUNKED = `${START}Transfer-Encoding: chunked\r\n\r\n`;
const slow = { connections: 1000, perSecond: 500, against: ["http", "https"] } as const;

/** Says `start`, then `more` every `milliseconds`. */
async function dribble(connection: Connection, start: string, more: () => string, milliseconds: number): Promise<void> {
  for (let fine = await connection.send(start); fine; fine = await connection.send(more())) {
    if (!(await connection.wait(milliseconds))) return;
  }
}

let count = 0;

export const slowAttacks: readonly Attack[] = [
  { ...slow, name: "slow headers", goneWithin: 12, drive: (one) => dribble(one, "GET / HTTP/1.1\r\nHost: localhost\r\n", () => `X-${count++}: a\r\n`, 500) },
  { ...slow, name: "slow request line", goneWithin: 12, drive: (one) => dribble(one, "GET /", () => "a", 500) },
  { ...slow, name: "slow body", goneWithin: 22, drive: (one) => dribble(one, `${START}Content-Length: 100000\r\n\r\n`, () => "a", 500) },
  { ...slow, name: "slow chunks", goneWithin: 22, drive: (one) => dribble(one, CHUNKED, () => "1\r\na\r\n", 500) },
  { ...slow, name: "slow chunk extension", goneWithin: 22, drive: (one) => dribble(one, `${CHUNKED}5;`, () => "a", 500) },
  { ...slow, name: "slow trailers", goneWithin: 22, drive: (one) => dribble(one, `${CHUNKED}0\r\n`, () => `X-${count++}: a\r\n`, 500) },
  { ...slow, name: "idle connections", goneWithin: 12, drive: (one) => dribble(one, "", () => "", 1000) },
  {
    ...slow,
    connections: 60,
    readsNothing: true,
    name: "slow read",
    goneWithin: 32,
    async drive(one) {
      one.stopReading();
      await one.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
      while (await one.wait(1000));
    },
  },
  {
    ...slow,
    readsNothing: true,
    wellFormed: true,
    name: "pipelining without reading",
    goneWithin: 32,
    async drive(one) {
      one.stopReading();
      const many = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
      for (let fine = true; fine; ) fine = (await Promise.race([one.send(many), one.wait(1000)])) && (await one.wait(10));
    },
  },
  {
    ...slow,
    name: "flood of requests",
    connections: 200,
    goneWithin: Infinity,
    wellFormed: true,
    async drive(one) {
      const many = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10);
      for (let fine = true; fine; ) fine = (await one.send(many)) && (await one.wait(1));
    },
  },
  { ...slow, name: "half-open TLS handshakes", against: ["https", "h2"], withoutTls: true, goneWithin: 12, drive: (one) => dribble(one, "\x16\x03\x01\x02\x00\x01\x00", () => "\x01", 500) },
  { ...slow, name: "silent TLS handshakes", against: ["https", "h2"], withoutTls: true, goneWithin: 12, drive: (one) => dribble(one, "", () => "", 1000) },
];
