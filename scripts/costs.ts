// Fills README.md's "What it costs" from the newest of bench/results; costs.test.ts notices when that was forgotten.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "../bench/measure.ts";
import { read, type Results } from "../bench/results.ts";
import { relation, text } from "../bench/table.ts";

const root = join(import.meta.dirname, "..");
const START = "<!-- costs: written by scripts/costs.ts from bench/results -->";
const END = "<!-- end of costs -->";

/** README.md with the figures in it, or with none where nothing was measured. */
export function fill(readme: string, results: Results | undefined): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`Cannot write the costs: README.md lacks "${START}" or, behind it, "${END}"`);
  return `${readme.slice(0, start + START.length)}\n${results === undefined ? "" : `${section(results)}\n`}${readme.slice(end)}`;
}

function section({ date, machine, answers }: Results): string {
  const head = ["| | measured : compared with | noise | promise |", "|---|---|---|---|"];
  return [...head, ...answers.map(row), "", `\`npm run bench\` on ${date}: ${machine}. The noise is what is compared with, against itself.`].join("\n");
}

function row(answer: Answer): string {
  const { ratio, difference, noise } = relation(answer);
  const { name, unit, compare, medians, bound } = answer;
  const isGrowth = bound.kind === "at most more";
  const sides = medians[compare.to] === undefined ? compare.measured : `${compare.measured} : ${compare.to}`;
  const figure = isGrowth ? `+ ${difference.toFixed(1)} ${unit}` : `${ratio.toFixed(2)} (${sides})`;
  return `| ${name} | ${figure} | ${noise?.toFixed(2) ?? ""} | ${text(bound)} |`;
}

export function newest(): Results | undefined {
  const file = globSync("bench/results/*.json", { cwd: root }).toSorted().at(-1);
  return file === undefined ? undefined : read(join(root, file));
}

if (import.meta.main) {
  const file = join(root, "README.md");
  const results = newest();
  if (results === undefined) throw new Error("Cannot write the costs: bench/results is empty; run npm run bench");
  writeFileSync(file, fill(readFileSync(file, "utf8"), results));
}
