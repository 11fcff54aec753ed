// What servers are loaded with: wrk for HTTP/1, h2load for HTTP/2.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Protocol } from "../../test/http-load/attacks/attack.ts";
import type { Program } from "../../test/http-load/server.ts";

export type Load = { readonly name: string; readonly program: Program; readonly protocol: Protocol; readonly keepAlive: boolean };

export const loads: readonly Load[] = [
  { name: "node:http, keep-alive", program: "plain", protocol: "http", keepAlive: true },
  { name: "node:http, new connections", program: "plain", protocol: "http", keepAlive: false },
  { name: "node:https, keep-alive", program: "plain", protocol: "https", keepAlive: true },
  { name: "node:https, new connections", program: "plain", protocol: "https", keepAlive: false },
  { name: "node:http2 over TLS", program: "plain", protocol: "h2", keepAlive: true },
  { name: "node:http2 over TCP", program: "plain", protocol: "h2c", keepAlive: true },
  { name: "Express", program: "express", protocol: "http", keepAlive: true },
  { name: "Fastify", program: "fastify", protocol: "http", keepAlive: true },
];

export type Rate = { readonly perSecond: number; readonly requests: number };

const run = promisify(execFile);

export async function rate(load: Load, port: number, seconds: number): Promise<Rate> {
  return load.protocol.startsWith("h2") ? byH2load(load, port, seconds) : byWrk(load, port, seconds);
}

async function byWrk(load: Load, port: number, seconds: number): Promise<Rate> {
  const more = load.keepAlive ? [] : ["-H", "Connection: close"];
  const { stdout } = await run("wrk", ["-t1", "-c64", `-d${seconds}s`, "--timeout", "30s", ...more, `${load.protocol}://127.0.0.1:${port}/`]);
  const [perSecond, requests] = [/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1], /(\d+) requests in/.exec(stdout)?.[1]];
  // wrk counts the end of a connection that was to be closed as an error of reading, in some versions.
  const failed = load.keepAlive ? /Socket errors|Non-2xx/ : /connect [1-9]|timeout [1-9]|Non-2xx/;
  if (perSecond === undefined || failed.test(stdout)) throw new Error(`${load.name}: requests failed: ${stdout}`);
  return { perSecond: Number(perSecond), requests: Number(requests) };
}

async function byH2load(load: Load, port: number, seconds: number): Promise<Rate> {
  const scheme = load.protocol === "h2" ? "https" : "http";
  const { stdout } = await run("h2load", ["-t1", "-c16", "-m10", `-D${seconds}`, "--warm-up-time=0", `${scheme}://127.0.0.1:${port}/`]);
  const [perSecond, requests] = [/finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(stdout)?.[1], /requests: (\d+) total/.exec(stdout)?.[1]];
  if (perSecond === undefined || !/ 0 failed, 0 errored, 0 timeout/.test(stdout)) throw new Error(`${load.name}: requests failed: ${stdout}`);
  return { perSecond: Number(perSecond), requests: Number(requests) };
}
