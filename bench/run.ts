// `npm run bench [-- --only=http,start] [--quick] [--runs=30]`: what the jail costs, in one table. Nothing here is a test:
// figures are for people, who know what else the machine was doing.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installPackages } from "./packages.ts";
import { type Answer, answer, type Question } from "./measure.ts";
import { table } from "./table.ts";
import { hasWrk } from "./wrk.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, quick: { type: "boolean", default: false }, runs: { type: "string" }, packages: { type: "boolean", default: false } } });
const installed = values.packages || values.only?.includes("next") === true ? installPackages() : undefined;

const questions = new Map<string, () => Promise<Question>>([
  ["start", async () => (await import("./questions/start.ts")).startOfHello],
  ["http", async () => (await import("./questions/http.ts")).http],
  ["udp", async () => (await import("./questions/udp.ts")).udp],
  ["cluster", async () => (await import("./questions/http.ts")).clustered],
  ["files", async () => (await import("./questions/files.ts")).files],
  ["modules", async () => (await import("./questions/modules.ts")).modules],
  ["connect", async () => (await import("./questions/connect.ts")).connect],
  ["memory", async () => (await import("./questions/memory.ts")).memory],
  ["denials", async () => (await import("./questions/denials.ts")).denials],
  ["next", async () => (await import("./questions/next.ts")).next],
]);

async function leftOut(name: string): Promise<string | undefined> {
  if ((name === "http" || name === "cluster") && !hasWrk()) return "wrk is not installed (apt-get install wrk)";
  if (name === "next" && !(await import("./questions/next.ts")).hasNext()) return installed ?? "its packages are not installed; add --packages";
  return undefined;
}

const chosen = values.only?.split(",") ?? [...questions.keys()];
const runs = Number(values.runs ?? (values.quick ? 5 : 30));
const answers: Answer[] = [];
const notes: string[] = [];
for (const name of chosen) {
  const find = questions.get(name);
  if (find === undefined) throw new Error(`Cannot measure ${JSON.stringify(name)}; there are ${[...questions.keys()].join(", ")}`);
  const why = await leftOut(name);
  if (why !== undefined) {
    notes.push(`LEFT OUT: ${name}: ${why}`);
    continue;
  }
  console.error(`measuring ${name} …`);
  answers.push(await answer(await find(), runs, values.quick));
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Linux ${release()}, engine ${process.version}`;
const text = [table(answers), "", ...notes, machine, ""].join("\n");
console.log(text);
if (!values.quick) {
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const name = `${new Date().toISOString().slice(0, 10)}${values.only === undefined ? "" : `-${chosen.join("-")}`}.md`;
  writeFileSync(join(folder, name), `# Measured on ${new Date().toISOString().slice(0, 10)}\n\nMedians of interleaved runs; A/A is the bare engine against itself.\n\n${text}`);
}
