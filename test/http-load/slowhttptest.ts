// slowhttptest from Debian in its four modes: slow headers, slow bodies, ranges, slow reading.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { makeLooseProject, start } from "../harness/index.ts";
import type { Offenders } from "./measure.ts";
import type { Server } from "./server.ts";

export type Mode = { readonly flag: "-H" | "-B" | "-R" | "-X"; readonly name: string; readonly path: string; readonly options: readonly string[]; /** Seconds. */ readonly goneWithin: number };

export const modes: readonly Mode[] = [
  { flag: "-H", name: "slow headers", path: "/", options: ["-i", "5", "-x", "24", "-t", "GET"], goneWithin: 12 },
  { flag: "-B", name: "slow bodies", path: "/", options: ["-i", "5", "-x", "10", "-s", "8192"], goneWithin: 22 },
  { flag: "-R", name: "ranges", path: "/big", options: ["-t", "HEAD", "-a", "1", "-b", "3000"], goneWithin: 12 },
  { flag: "-X", name: "slow reading", path: "/big", options: ["-n", "5", "-w", "16", "-y", "64", "-z", "32", "-k", "3"], goneWithin: 122 },
];

/** Seconds since the start, and its connections then. */
type Second = { readonly at: number; readonly closed: number; readonly connected: number };

export function slowhttptestIsThere(): boolean {
  return spawnSync("slowhttptest", ["-h"], { stdio: "ignore" }).error === undefined;
}

/** `perSecond` of `connections` are opened until all are; it opens none anew. */
export async function slowhttptest(mode: Mode, connections: number, perSecond: number, server: Server, seconds: number): Promise<Offenders> {
  const project = makeLooseProject();
  const url = `http://127.0.0.1:${server.port}${mode.path}`;
  const args = [mode.flag, ...mode.options, "-c", String(connections), "-r", String(perSecond), "-l", String(seconds), "-p", "5", "-g", "-o", project.path("seen"), "-u", url];
  const { stdout, stderr } = await start("slowhttptest", args, { cwd: project.folder, timeout: seconds * 1000 + 120_000 }).ended;
  const lines = readSeconds(readFileSync(project.path("seen.csv"), "utf8"));
  project.remove();
  if (lines.length === 0) throw new Error(`slowhttptest told nothing: ${stdout}${stderr}`);
  return offenders(lines);
}

/** Its columns are Seconds, Closed, Pending, Connected, Service Available. */
function readSeconds(csv: string): Second[] {
  return csv.split("\n").slice(1).filter((line) => /^\d/.test(line)).map((line) => {
    const [at = 0, closed = 0, , connected = 0] = line.split(",").map(Number);
    return { at, closed, connected };
  });
}

/** The first that was opened is taken for the first that was ended. */
function offenders(lines: readonly Second[]): Offenders {
  const last = lines.at(-1) ?? { at: 0, closed: 0, connected: 0 };
  const openedBy = (count: number): number => lines.find((line) => line.closed + line.connected >= count)?.at ?? last.at;
  const oldest = (line: Second): number => (line.connected === 0 ? 0 : line.at - openedBy(line.closed + 1));
  const longest = lines.reduce((most, line) => Math.max(most, oldest(line)), 0);
  const most = lines.reduce((highest, line) => Math.max(highest, line.connected), 0);
  return { opened: last.closed + last.connected, refused: 0, lived: last.closed, longestLived: longest * 1000, held: last.connected, longestHeld: oldest(last) * 1000, most, answers: {}, bytesSent: 0 };
}
