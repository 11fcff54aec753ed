// Runs one attack in a process of its own: `attacker.ts <name> <target as JSON> <seconds>`; prints what became of it.
import { setMaxListeners } from "node:events";
import { type Attack, newTally, open, type Tally, type Target } from "./attack.ts";
import { findAttack } from "./all.ts";

const [name = "", targetText = "", secondsText = ""] = process.argv.slice(2);
setMaxListeners(0);

/** Keeps the attack's connections open, and opens new ones in place of those that ended, until the time is up. */
async function attack(one: Attack, target: Target, seconds: number): Promise<Tally> {
  const tally = newTally();
  const held = new Map<object, number>();
  const withTls = (target.protocol === "https" || target.protocol === "h2") && one.withoutTls !== true;
  let opening = 0;
  const openOne = (): void => {
    opening++;
    let began = 0;
    open(target, withTls, (connection, socket) => {
      opening--;
      tally.opened++;
      began = performance.now();
      held.set(socket, began);
      one.drive(connection, target).catch(() => {});
    }, (wasOpen, socket, answer) => {
      if (!wasOpen) opening--;
      tally.bytesSent += socket.bytesWritten;
      if (wasOpen) tally.lived.push(performance.now() - began);
      else tally.refused++;
      held.delete(socket);
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
      if (status !== undefined) tally.answers[status] = (tally.answers[status] ?? 0) + 1;
    });
  };
  const perTick = one.perSecond / 20;
  let due = 0;
  const timer = setInterval(() => {
    for (due += perTick; due >= 1; due--) if (held.size + opening < one.connections) openOne();
  }, 50);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  clearInterval(timer);
  const now = performance.now();
  tally.held = [...held.values()].map((began) => now - began);
  return tally;
}

const tally = await attack(findAttack(name), JSON.parse(targetText) as Target, Number(secondsText));
const longest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
process.stdout.write(`${JSON.stringify({ ...tally, lived: tally.lived.length, longestLived: longest(tally.lived), held: tally.held.length, longestHeld: longest(tally.held) })}\n`, () => process.exit(0));
