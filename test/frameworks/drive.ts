// Starts a framework's program, does with it what its user would, and gathers what came of it.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, start } from "../harness/index.ts";
import type { Case } from "./cases.ts";

export type Driven = {
  readonly outcome: Outcome;
  /** Without times. */
  readonly output: string;
  readonly answers: readonly string[];
  /** Names of files in the folders that it fills. */
  readonly made: readonly string[];
};

export async function drive(program: string, words: readonly string[], folder: string, one: Case): Promise<Driven> {
  const env = { NODE_ENV: "production", CI: "1", NEXT_TELEMETRY_DISABLED: "1", ...one.env };
  const running = start(program, words, { cwd: folder, env, timeout: 300_000 });
  const answers: string[] = [];
  if (one.requests !== undefined) {
    await running.prints(one.ready ?? /port (\d+)/);
    const port = (one.ready ?? /port (\d+)/).exec(running.output.stdout)?.[1] ?? "";
    for (const { path, method = "GET", body } of one.requests) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }) });
      answers.push(`${response.status} ${response.headers.get("content-type")} ${one.bodies === "ignored" ? "" : await response.text()}`);
    }
    running.child.kill("SIGTERM");
  }
  const outcome = await running.ended;
  const printed = one.requests === undefined && one.prints !== "times" ? `${outcome.stdout}${outcome.stderr}` : "";
  return { outcome, output: withoutTimes(printed), answers, made: made(folder, one.out ?? []) };
}

export function withoutTimes(text: string): string {
  return text.replaceAll(/\b\d+(\.\d+)? ?m?s\b/g, "<time>").replaceAll(/\d\d:\d\d:\d\d/g, "<clock>");
}

function made(folder: string, out: readonly string[]): string[] {
  const folders = out.filter((name) => existsSync(join(folder, name)));
  return folders.flatMap((name) => readdirSync(join(folder, name), { recursive: true, encoding: "utf8" }).toSorted()).filter((name) => !/cache|trace|-[\w-]{8,}\.|[\w-]{20}/.test(name));
}
