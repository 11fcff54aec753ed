// wrk, the load generator, from Debian's package.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Requests per second with 64 connections. */
export async function requestsPerSecond(port: number, seconds: number): Promise<number> {
  const { stdout } = await promisify(execFile)("wrk", ["-t1", "-c64", `-d${seconds}s`, `http://127.0.0.1:${port}/`]);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined || /Socket errors|Non-2xx/.test(stdout)) throw new Error(`Requests failed: ${stdout}`);
  return Number(rate);
}
