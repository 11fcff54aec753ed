// The short form of run.ts, for `npm test`.
import assert from "node:assert/strict";
import type { Attack } from "./attacks/attack.ts";
import { startHonest } from "./honest.ts";
import { ELSEWHERE, OFFENDERS, offenceOf } from "./measure.ts";
import type { Server } from "./server.ts";

/** Milliseconds that a machine with other things to do may be late, and that the guard looks only once in a second. */
const SLACK = 3000;

/** Attacks a little longer than the `deadline` in milliseconds, and sees that no connection lived longer. */
export async function endsInTime(attack: Attack, server: Server, deadline: number): Promise<void> {
  const honest = await startHonest(server.protocol, server.port, [ELSEWHERE, OFFENDERS], 20);
  const gone = await offenceOf(attack)(server, (deadline + SLACK) / 1000 + 0.5);
  const seen = await honest.stop();
  assert.ok(gone.opened > 0, "the attack did not get through to the server");
  const longest = Math.max(gone.longestHeld, gone.longestLived);
  assert.ok(longest <= deadline + SLACK, `a connection lived ${longest.toFixed(0)} ms, ${gone.held} of ${gone.opened} were open at the end`);
  assert.deepEqual(seen.map((client) => client.losses), [{}, {}], "an honest client at an address of its own, and one at the offenders'");
}
