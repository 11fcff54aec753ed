// What a program can see of its guard: the module cordon:http.
import type { Reason, DropListener } from "./drops.ts";
import type { Guard } from "./guard.ts";

/** Numbers of this thread, since it started unless they say otherwise. */
export type HttpStats = {
  /** False where the manifest says `"http": false`. */
  readonly guarded: boolean;
  /** Open now. */
  readonly connections: number;
  /** Addresses known now, and those of them that are blocked while there is strain. */
  readonly clients: number;
  readonly blocked: number;
  readonly requests: number;
  readonly dropped: Readonly<Partial<Record<Reason, number>>>;
  /** Delay of the event loop, in milliseconds. */
  readonly loopDelay: number;
  readonly strained: boolean;
  readonly overloaded: boolean;
};

export type Seen = {
  httpStats(): HttpStats;
  /** Calls `listener` for each drop, and gives what ends that. */
  onDrop(listener: DropListener): () => void;
  /** The same numbers in Prometheus' text format, version 0.0.4. */
  prometheus(): string;
};

export function createSeen(guard: Guard, isOn: boolean): Seen {
  const httpStats = (): HttpStats => ({
    guarded: isOn,
    connections: guard.connections.length,
    clients: guard.clients.size,
    blocked: [...guard.clients.all()].filter(({ blockedUntil }) => blockedUntil > guard.now()).length,
    requests: guard.requests,
    dropped: Object.fromEntries(guard.drops.counts),
    loopDelay: guard.pressure.delay,
    strained: guard.pressure.isStrained,
    overloaded: guard.pressure.isOverloaded,
  });
  return { httpStats, onDrop: (listener) => guard.drops.listen(listener), prometheus: () => textOf(httpStats()) };
}

function textOf(stats: HttpStats): string {
  const one = (name: string, kind: "gauge" | "counter", what: string, values: readonly string[]): string =>
    `# HELP cordon_http_${name} ${what}\n# TYPE cordon_http_${name} ${kind}\n${values.map((value) => `cordon_http_${name}${value}\n`).join("")}`;
  return [
    one("connections", "gauge", "Open connections.", [` ${stats.connections}`]),
    one("clients", "gauge", "Known addresses.", [` ${stats.clients}`]),
    one("blocked_clients", "gauge", "Addresses that are blocked under strain.", [` ${stats.blocked}`]),
    one("requests_total", "counter", "Requests.", [` ${stats.requests}`]),
    one("dropped_total", "counter", "Connections and requests that were refused.", Object.entries(stats.dropped).map(([reason, count]) => `{reason="${reason}"} ${count}`)),
    one("loop_delay_seconds", "gauge", "Delay of the event loop.", [` ${stats.loopDelay / 1000}`]),
    one("overloaded", "gauge", "Whether requests are refused for everybody.", [` ${stats.overloaded ? 1 : 0}`]),
  ].join("");
}
