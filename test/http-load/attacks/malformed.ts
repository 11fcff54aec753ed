// Requests of HTTP/1 that no honest client makes: each must be answered with 400 (or the code of its kind) and closed.
import type { Attack, Connection } from "./attack.ts";

const get = (rest: string, line = "GET / HTTP/1.1"): string => `${line}\r\nHost: localhost\r\n${rest}\r\n`;
const post = (rest: string): string => get(rest, "POST / HTTP/1.1");

/** By name, what is sent. */
export const malformed: Readonly<Record<string, string>> = {
  "Content-Length and Transfer-Encoding": post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
  "two Content-Lengths": post("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello!",
  "a signed Content-Length": post("Content-Length: +5\r\n") + "hello",
  "a Content-Length list": post("Content-Length: 5, 5\r\n") + "hello",
  "an enormous Content-Length": post("Content-Length: 99999999999999999999\r\n") + "hello",
  "chunked twice": post("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n",
  "chunked not last": post("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n",
  "an unknown Transfer-Encoding": post("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n",
  "a vertical tab before chunked": post("Transfer-Encoding: \vchunked\r\n") + "0\r\n\r\n",
  "a space before the colon": get("X-A : b\r\n"),
  "obsolete line folding": get("X-A: b\r\n c\r\n"),
  "folding before the first header": "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n",
  "a bare CR in a value": get("X-A: b\rX-B: c\r\n"),
  "a bare LF between headers": get("X-A: b\nX-B: c\r\n"),
  "a NUL in a value": get("X-A: b\0c\r\n"),
  "a control character in a name": get("X\x01A: b\r\n"),
  "an empty name": get(": b\r\n"),
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "two Hosts": get("Host: elsewhere\r\n"),
  "a bad chunk size": post("Transfer-Encoding: chunked\r\n") + "zz\r\nhello\r\n0\r\n\r\n",
  "a negative chunk size": post("Transfer-Encoding: chunked\r\n") + "-5\r\nhello\r\n0\r\n\r\n",
  "a chunk size with 0x": post("Transfer-Encoding: chunked\r\n") + "0x5\r\nhello\r\n0\r\n\r\n",
  "a chunk size of 17 digits": post("Transfer-Encoding: chunked\r\n") + "10000000000000005\r\nhello\r\n0\r\n\r\n",
  "a chunk longer than its size": post("Transfer-Encoding: chunked\r\n") + "3\r\nhello\r\n0\r\n\r\n",
  "LF alone after a chunk size": post("Transfer-Encoding: chunked\r\n") + "5\nhello\r\n0\r\n\r\n",
  "an absurdly long URL": get("", `GET /${"a".repeat(70_000)} HTTP/1.1`),
  "a control character in the URL": get("", "GET /a\x01b HTTP/1.1"),
  "a space in the URL": get("", "GET /a b HTTP/1.1"),
  "a URL that is none": get("", "GET http://[::1 HTTP/1.1"),
  "a method that is none": get("", "G@T / HTTP/1.1"),
  "a version that is none": get("", "GET / HTTP/9.9"),
  "no version": "GET /\r\n\r\n",
  "TLS where there is none": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "ten thousand headers": get(Array.from({ length: 10_000 }, (_, index) => `X-${index}: a\r\n`).join("")),
  "a megabyte of header": get(`X-A: ${"a".repeat(1 << 20)}\r\n`),
};

async function sayAndWait(connection: Connection, bytes: string): Promise<void> {
  await connection.send(Buffer.from(bytes, "latin1"));
  while (await connection.wait(1000));
}

const all = Object.values(malformed);
let turn = 0;

/** Each connection sends the next of them. */
export const malformedFlood: Attack = {
  name: "malformed requests",
  against: ["http", "https"],
  goneWithin: 12,
  connections: 200,
  perSecond: 400,
  drive: (connection) => sayAndWait(connection, all[turn++ % all.length] ?? ""),
};
