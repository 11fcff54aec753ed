// The short form of run.ts: nothing is left behind, nothing gets away, nothing takes the machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bombs, explode } from "./bombs.ts";
import { killLauncher } from "./killed.ts";
import { load } from "./load.ts";
import { startAndEnd } from "./starts.ts";

for (const flags of [[], ["--namespaces=off"]]) {
  const setting = flags.join(" ") || "with namespaces where possible";

  test(`starts and ends leave nothing behind, ${setting}`, async () => {
    const { left } = await startAndEnd(66, flags);
    assert.deepEqual(left, {});
  });

  test(`kill -9 of the launcher ends its whole tree, ${setting}`, async () => {
    const { left } = await killLauncher(flags);
    assert.deepEqual(left, []);
  });
}

for (const bomb of bombs) {
  test(`a ${bomb.name} bomb ends at its limit`, async () => {
    const { code, stdout, stderr, left } = await explode(bomb, []);
    assert.equal(stdout.trim(), "0", `it got through; ${stderr}`);
    assert.notEqual(code, 0, stderr);
    assert.deepEqual(left, []);
  });
}

test("a server under load answers every request", async () => {
  const { requests, failed } = await load(3);
  assert.equal(failed, 0);
  assert.ok(requests > 100);
});
