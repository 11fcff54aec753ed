// What a program can see of its guard: the module cordon:http, whose types are in contract/.
import type { HttpStats } from "cordon:http";
import type { Guard } from "./guard.ts";

export type Seen = typeof import("cordon:http");

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
    shared: guard.shared?.isOn ?? false,
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
    one("shared", "gauge", "Whether limits are shared with other servers.", [` ${stats.shared ? 1 : 0}`]),
  ].join("");
}
