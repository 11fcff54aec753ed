// Runs one attack in a process of its own: `attacker.ts <name> <target as JSON> <seconds> <connections>`; prints what became of it.
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { type Attack, newTally, open, type Tally, type Target } from "./attack.ts";
import { findAttack } from "./all.ts";

const [name = "", targetText = "", secondsText = "", connections = ""] = process.argv.slice(2);
setMaxListeners(0);

/** Milliseconds, without those in which this process was stopped by a machine that had other things to do. */
function startClock(): { now(): number } {
  const MOST = 250;
  let [elapsed, last] = [0, performance.now()];
  const advance = (): number => {
    const now = performance.now();
    elapsed += Math.min(MOST, now - last);
    last = now;
    return elapsed;
  };
  setInterval(advance, 20);
  return { now: advance };
}

/** Ports of this machine that are one end of an open connection. */
function openPorts(): Set<number> {
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  return new Set(lines.flatMap((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === "01" ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
  }));
}

const clock = startClock();

/** Keeps the attack's connections open, and opens new ones in place of those that ended, until the time is up. */
async function attack(one: Attack, target: Target, seconds: number): Promise<Tally> {
  const tally = newTally();
  const held = new Map<Socket, number>();
  const withTls = (target.protocol === "https" || target.protocol === "h2") && one.withoutTls !== true;
  let opening = 0;
  const openOne = (): void => {
    opening++;
    let began = 0;
    open(target, withTls, (connection, socket) => {
      opening--;
      tally.opened++;
      began = clock.now();
      held.set(socket, began);
      one.drive(connection, target).catch(() => {});
    }, (wasOpen, socket, answer) => {
      if (!wasOpen) opening--;
      tally.bytesSent += socket.bytesWritten;
      if (wasOpen) tally.lived.push(clock.now() - began);
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
  // The engine does not notice the end of a connection that it does not read from.
  const looking = setInterval(() => {
    if (one.readsNothing !== true) return;
    const ports = openPorts();
    for (const socket of held.keys()) if (!ports.has(socket.localPort ?? 0)) socket.destroy();
  }, 500);
  while (clock.now() < seconds * 1000) await new Promise((resolve) => setTimeout(resolve, 50));
  clearInterval(timer);
  clearInterval(looking);
  const now = clock.now();
  tally.held = [...held.values()].map((began) => now - began);
  return tally;
}

const tally = await attack({ ...findAttack(name), connections: Number(connections) }, JSON.parse(targetText) as Target, Number(secondsText));
const longest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
process.stdout.write(`${JSON.stringify({ ...tally, lived: tally.lived.length, longestLived: longest(tally.lived), held: tally.held.length, longestHeld: longest(tally.held) })}\n`, () => process.exit(0));
