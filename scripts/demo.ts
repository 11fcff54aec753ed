// `npm run demo`: a program with a dependency that was taken over, on the bare engine and in cordon.
import { join } from "node:path";
import { styleText } from "node:util";
import { Stage, type Ended, type Harm } from "./demo/stage.ts";

const root = join(import.meta.dirname, "..");
const cordon = join(root, "bin/cordon");

function indented(text: string): string {
  return text.trimEnd().split("\n").map((line) => `    ${line}`).join("\n");
}

function show(title: string, ended: Ended, harms: readonly Harm[]): void {
  console.log(styleText("bold", `\n${title}\n`));
  console.log(indented(ended.stdout));
  if (ended.stderr !== "") console.log(`\n${styleText("dim", indented(ended.stderr))}`);
  console.log("\n  What pretty-columns did meanwhile:\n");
  for (const harm of harms) console.log(`    ${harm.done ? styleText("red", `done      ${harm.name}`) : styleText("green", `prevented ${harm.name}`)}`);
}

/** Shorter, to be read on one screen: the home as ~, and without the advice on how to grant what was denied. */
function readable(text: string, stage: Stage): string {
  const lines = text.replaceAll(stage.project, ".").replaceAll(stage.home, "~").split("\n");
  return lines.filter((line) => !line.startsWith("  to grant it")).join("\n");
}

async function inStage(title: string, command: string, args: readonly string[]): Promise<{ ended: Ended; harms: Harm[] }> {
  const stage = await Stage.open();
  try {
    const ended = await stage.run(command, args);
    const harms = stage.harms();
    show(title, { ...ended, stderr: readable(ended.stderr, stage) }, harms);
    return { ended, harms };
  } finally {
    await stage.close();
  }
}

console.log("report.js sums up orders. One of its two packages, pretty-columns, was taken over.");
const bare = await inStage("node report.js: the bare engine", process.execPath, ["report.js"]);
const jailed = await inStage('cordon run report.js: granted is { "write": ["./out"] }', cordon, ["run", "report.js"]);

const count = (harms: readonly Harm[]): string => `${harms.filter((harm) => harm.done).length} of ${harms.length}`;
console.log(`\n${count(bare.harms)} harms done on the bare engine, ${count(jailed.harms)} in cordon; the report is ${bare.ended.stdout === jailed.ended.stdout ? "the same" : "NOT the same"}.`);
console.log("The project: examples/hostile-dependency\n");
const fine = jailed.ended.code === 0 && jailed.ended.stdout === bare.ended.stdout && jailed.harms.every((harm) => !harm.done) && bare.harms.every((harm) => harm.done);
process.exitCode = fine ? 0 : 1;
