// Slow clients are gone within their deadline and a second; an honest client loses nothing meanwhile. The deadlines are short ones of the manifest.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { slowAttacks } from "./attacks/slow.ts";
import { endsInTime } from "./quick.ts";
import { type Server, startServer } from "./server.ts";

const DEADLINES = { headersTimeout: "1s", handshakeTimeout: "1s", bodyTimeout: "1s", sendTimeout: "1s" };
const servers = new Map<string, Server>();

before(async () => {
  for (const protocol of ["http", "https"] as const) servers.set(protocol, await startServer("guarded", "plain", protocol, DEADLINES));
});
after(async () => {
  for (const server of servers.values()) await server.stop();
});

const slow = slowAttacks.filter((one) => one.wellFormed !== true);

describe("slow clients", { concurrency: slow.length }, () => {
  for (const attack of slow) {
    test(`${attack.name}: gone in time`, { timeout: 120_000 }, async () => {
      const server = servers.get(attack.against[0] ?? "");
      assert.ok(server !== undefined);
      // What the kernel takes off the server at first counts as reading.
      await endsInTime({ ...attack, connections: Math.min(50, attack.connections) }, server, attack.readsNothing === true ? 4000 : 1000);
    });
  }
});
