// A storm of new connections from 200 addresses: honest clients are served, and nothing of it stays.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { startHonest } from "./honest.ts";
import { ELSEWHERE } from "./measure.ts";
import { startServer } from "./server.ts";
import { storm } from "./storm.ts";

const STORM = { perSecond: 4000, seconds: 4, addresses: 200, hold: 500, say: "nothing" } as const;

test("a storm of connections passes", { timeout: 120_000 }, async () => {
  const server = await startServer("guarded", "plain", "http");
  try {
    const honest = await startHonest("http", server.port, [ELSEWHERE], 20);
    const passed = await storm(server.port, STORM);
    const [seen] = await honest.stop();
    assert.ok(passed.established > 1000, `only ${passed.established} connections were made`);
    assert.deepEqual(seen?.losses, {});
    let left = Infinity;
    for (let tries = 0; left > 0 && tries < 100; tries++) {
      await sleep(100);
      left = (await server.report()).connections;
    }
    assert.equal(left, 0, "connections of the storm are still open");
  } finally {
    await server.stop();
  }
});
