// The storm of storm.c, compiled for this run.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { makeLooseProject, start } from "../harness/index.ts";

export type Storm = {
  readonly perSecond: number;
  readonly seconds: number;
  /** How many of 127.0.1.1 and up it comes from. */
  readonly addresses: number;
  /** Milliseconds that a connection is held. */
  readonly hold: number;
  readonly say: "nothing" | "start" | "request";
};

export type Passed = {
  readonly attempted: number;
  readonly established: number;
  readonly refused: number;
  readonly endedByServer: number;
  readonly answered: number;
  readonly heldToTheEnd: number;
  readonly stillOpen: number;
  readonly seconds: number;
};

export async function storm(port: number, { perSecond, seconds, addresses, hold, say }: Storm): Promise<Passed> {
  const project = makeLooseProject();
  try {
    execFileSync("gcc", ["-O2", "-o", project.path("storm"), join(import.meta.dirname, "storm.c")]);
    const { code, stdout, stderr } = await start(project.path("storm"), [port, perSecond, seconds, addresses, hold, say].map(String), { timeout: seconds * 1000 + 120_000 }).ended;
    if (code !== 0) throw new Error(`The storm ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Passed;
  } finally {
    project.remove();
  }
}
