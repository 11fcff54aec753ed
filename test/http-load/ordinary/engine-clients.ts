// Clients of the engine: pools of kept connections, a crowd behind one address.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./clients.ts";

export function get(port: number, path: string, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, ...(agent === undefined ? {} : { agent }) }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("error", reject).on("end", () => resolve(`${response.statusCode} ${body}`));
    });
    sent.on("error", reject).end();
  });
}

/** What was seen, with how often. */
export function counted(values: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));
}

const settle = async (asked: readonly Promise<string>[]): Promise<string[]> => (await Promise.allSettled(asked)).map((one) => (one.status === "fulfilled" ? one.value : String(one.reason)));

/** 500 people, each with a connection of their own, who ask once in a while. */
async function crowd(port: number, seconds: number): Promise<unknown> {
  const agents = Array.from({ length: 500 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const seen: string[] = [];
  await Promise.all(agents.map(async (agent, index) => {
    await sleep(index * 4);
    for (let round = 0; round < Math.ceil(seconds / 2); round++) {
      seen.push(...(await settle([get(port, "/hello", agent)])));
      await sleep(2000);
    }
  }));
  for (const agent of agents) agent.destroy();
  return counted(seen);
}

export const engineClients: readonly Client[] = [
  {
    name: "a pool of kept connections, idle between",
    program: "ordinary",
    async see(port) {
      const agent = new Agent({ keepAlive: true, maxSockets: 50 });
      const first = await settle(Array.from({ length: 200 }, () => get(port, "/hello", agent)));
      await sleep(2500); // The engine itself keeps idle connections for 5 s.
      const second = await settle(Array.from({ length: 200 }, () => get(port, "/hello", agent)));
      agent.destroy();
      return [counted(first), counted(second)];
    },
  },
  {
    name: "a burst of 300 new connections",
    program: "ordinary",
    see: async (port) => counted(await settle(Array.from({ length: 300 }, () => get(port, "/hello", new Agent({ keepAlive: false }))))),
  },
  { name: "500 clients behind one address", program: "ordinary", see: (port, size) => crowd(port, size.seconds) },
  {
    name: "100 long polls",
    program: "ordinary",
    see: async (port, size) => counted(await settle(Array.from({ length: 100 }, () => get(port, `/poll?after=${size.seconds * 1000}`)))),
  },
  { name: "fetch", program: "ordinary", see: async (port) => Promise.all(["/hello", "/absent"].map((path) => fetch(`http://127.0.0.1:${port}${path}`).then(async (answer) => [answer.status, await answer.text()]))) },
  {
    name: "server-sent events",
    program: "ordinary",
    // Twenty events, and long silences between a few.
    see: async (port, size) => Promise.all([get(port, `/events?count=20&every=${size.seconds * 50}`), get(port, `/events?count=2&every=${size.seconds * 500}`)]),
  },
];
