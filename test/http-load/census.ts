// Which connections a server has, by the kernel: slowhttptest does not notice the end of one that it does not read from.
import { readFileSync } from "node:fs";

export type Census = {
  /** Open at once, open at the end, and the seconds that the oldest of all lived. */
  stop(): { most: number; left: number; longest: number };
};

const EVERY = 500;
/** Connections that an honest client keeps from that address. */
const HONEST = 4;
/** Looks: whoever attacks closes everything when it ends itself. */
const BEFORE_THE_END = 4;

/** Counts connections from `address` to `port` that were not there before; short ones are honest clients'. */
export function takeCensus(port: number, address: string): Census {
  const before = portsOf(port, address);
  const born = new Map<number, number>();
  let most = 0;
  const lives: number[] = [];
  const lefts: number[] = [];
  const look = (): void => {
    const now = performance.now();
    const open = portsOf(port, address).difference(before);
    for (const [one, since] of born) {
      if (open.has(one)) continue;
      lives.push(now - since);
      born.delete(one);
    }
    for (const one of open) if (!born.has(one)) born.set(one, now);
    lefts.push([...born.values()].filter((since) => now - since > 2 * EVERY).length);
    most = Math.max(most, open.size);
  };
  const timer = setInterval(look, EVERY);
  return {
    stop() {
      clearInterval(timer);
      const all = [...lives, ...[...born.values()].map((since) => performance.now() - since)].toSorted((one, other) => other - one);
      return { most, left: Math.max(0, (lefts.at(-BEFORE_THE_END) ?? 0) - HONEST), longest: (all[HONEST] ?? 0) / 1000 };
    },
  };
}

/** The ports of `address` with an established connection to `port` (proc_net_tcp(5)). */
function portsOf(port: number, address: string): Set<number> {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(4, "0");
  const there = address.split(".").toReversed().map((part) => hex(Number(part)).slice(2)).join("");
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return new Set(lines.flatMap((line) => {
    const [, local = "", remote = "", state] = line.trim().split(/\s+/);
    return state === "01" && local.endsWith(`:${hex(port)}`) && remote.startsWith(`${there}:`) ? [Number.parseInt(remote.slice(9), 16)] : [];
  }));
}
