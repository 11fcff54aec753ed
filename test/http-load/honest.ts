// Honest clients, in a process of their own so that nobody's work but the server's shows in their times.
import { engine, makeLooseProject, start } from "../harness/index.ts";
import { bundled } from "./server.ts";
import type { Protocol } from "./attacks/attack.ts";

export type Seen = {
  readonly sent: number;
  readonly lost: number;
  /** Neither lost nor answered as far as that is known: the client itself was stopped meanwhile. */
  readonly disturbed: number;
  readonly losses: Readonly<Record<string, number>>;
  /** Milliseconds from a request to the end of its answer; null where none was answered. */
  readonly middle: number | null;
  readonly p99: number | null;
  readonly worst: number | null;
};

export type Honest = { /** One for each address. */ stop(): Promise<Seen[]> };

export async function startHonest(protocol: Protocol, port: number, addresses: readonly string[], rate: number): Promise<Honest> {
  const project = makeLooseProject({ "package.json": { type: "module" }, "honest.js": bundled("honest") });
  const running = start(engine, ["honest.js", JSON.stringify({ protocol, port, addresses, rate })], { cwd: project.folder, timeout: 3_600_000, interactive: true });
  await running.prints("honest");
  return {
    async stop() {
      running.child.stdin?.end();
      const { stdout, stderr } = await running.ended;
      project.remove();
      const report = /report (.*)/.exec(stdout)?.[1];
      if (report === undefined) throw new Error(`The honest client ended early: ${stderr}`);
      return JSON.parse(report) as Seen[];
    },
  };
}
