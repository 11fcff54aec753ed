// What starting a program comes down to, whether its end is waited for or not.
import type { Files } from "../engine.ts";
import type { Attempt } from "../explanation/attempt.ts";
import { identity } from "../explanation/report.ts";
import type { Start } from "./index.ts";

/** The number of the pipe for reports, as long as it is open. */
export type OpenReport = () => number | undefined;

/** Gives the pipe for reports as long as it is that: the program may close it, and open a file under its number. */
export function watchReport(report: number | undefined, files: Files): OpenReport {
  const pipe = report === undefined ? undefined : identity(report, files);
  return () => (report !== undefined && pipe !== undefined && identity(report, files) === pipe ? report : undefined);
}

export function programAttempt(call: string, program: unknown, caller?: object): Attempt {
  return { kind: "program", call, args: [program], caller };
}

export function withRuntime(args: readonly unknown[], start: Start): unknown[] {
  return args.includes(start.bundle) ? [...args] : [...start.own, ...args];
}
