// bench/results: one file a day with the last answer to each question, as JSON and as a table. It is written after each
// answer, so that an interrupted run loses none, and a run of some questions leaves the other rows as they were.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import type { Answer } from "./measure.ts";
import { table } from "./table.ts";

export type Results = { readonly date: string; readonly machine: string; readonly answers: readonly Answer[]; readonly leftOut: Readonly<Record<string, string>> };

export const machine: string = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Linux ${release()}, engine ${process.version}`;

export type Change = { readonly answer: Answer } | { readonly leftOut: Readonly<Record<string, string>> };

/** `order` is that of the table, by the questions' names; gives the JSON file. */
export function keep(change: Change, order: readonly string[], folder: string = join(import.meta.dirname, "results")): string {
  const date = new Date().toISOString().slice(0, 10);
  const file = join(folder, `${date}.json`);
  const before = existsSync(file) ? read(file) : { date, machine, answers: [], leftOut: {} };
  const rank = ({ name }: Answer): number => order.indexOf(name);
  const answers = "answer" in change ? [...before.answers.filter(({ name }) => name !== change.answer.name), change.answer] : before.answers;
  const leftOut = "leftOut" in change ? change.leftOut : before.leftOut;
  const results = { date, machine, answers: answers.toSorted((one, other) => rank(one) - rank(other)), leftOut };
  mkdirSync(folder, { recursive: true });
  write(file, `${JSON.stringify(results, null, 1)}\n`);
  write(join(folder, `${date}.md`), document(results));
  return file;
}

/** What was written by `keep`, and is not looked at any closer. */
export function read(file: string): Results {
  return JSON.parse(readFileSync(file, "utf8")) as Results;
}

export function document({ date, machine, answers, leftOut }: Results): string {
  const missing = Object.entries(leftOut).map(([name, why]) => `LEFT OUT: ${name}: ${why}`);
  return [`# Measured on ${date}`, "", "`npm run bench`: medians of interleaved runs; A/A is what is compared with, against itself.", "", table(answers), "", ...missing, machine, ""].join("\n");
}

function write(path: string, text: string): void {
  writeFileSync(`${path}.next`, text);
  renameSync(`${path}.next`, path);
}
