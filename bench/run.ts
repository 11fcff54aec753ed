// `npm run bench [-- --only=http,start] [--quick] [--runs=30]`: what the jail costs, in one table. Nothing here is a test:
// figures are for people, who know what else the machine was doing.
import { parseArgs } from "node:util";
import { answer, type Answer } from "./measure.ts";
import { meet, type Need } from "./needs.ts";
import { questions, type Entry } from "./questions/index.ts";
import { keep, machine } from "./results.ts";
import { head, row } from "./table.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, quick: { type: "boolean", default: false }, runs: { type: "string" } } });
const runs = Number(values.runs ?? (values.quick ? 5 : 30));
const chosen = choose(values.only?.split(",") ?? Object.keys(questions));
const missing = meet(new Set(chosen.flatMap(([, { needs = [], sight = [] }]) => [...needs, ...sight])));

function choose(names: readonly string[]): [string, Entry][] {
  return names.map((name) => {
    const entry = questions[name];
    if (entry === undefined) throw new Error(`Cannot measure ${JSON.stringify(name)}; there are ${Object.keys(questions).join(", ")}`);
    return [name, entry];
  });
}

function reasons(needs: readonly Need[]): string {
  return needs.flatMap((need) => missing.get(need) ?? []).join("; ");
}

/** By question; for what is only to be looked at, the question is measured without it. */
const leftOut: Record<string, string> = {};
for (const [name, { needs = [], sight = [] }] of chosen) {
  if (reasons(needs) !== "") leftOut[name] = reasons(needs);
  else if (reasons(sight) !== "") leftOut[`${name}, for sight`] = reasons(sight);
}

function sayWhatIsLeftOut(): void {
  for (const [name, why] of Object.entries(leftOut)) console.error(`LEFT OUT: ${name}: ${why}`);
}

async function measure(name: string, { load }: Entry): Promise<Answer> {
  return answer(await load(), runs, values.quick, (seconds) => console.error(`measuring ${name}: about ${Math.ceil(seconds)} s`));
}

const possible = chosen.filter(([name]) => !(name in leftOut));
sayWhatIsLeftOut();
console.error(`${possible.length} questions, about ${Math.ceil((possible.reduce((sum, [, { seconds }]) => sum + seconds, 0) * runs) / 60)} minutes`);
let file: string | undefined;
const order = await Promise.all(Object.values(questions).map(async ({ load }) => (await load()).name));
if (!values.quick) file = keep({ leftOut }, order);
for (const line of head) console.log(line);
for (const [name, entry] of possible) {
  const one = await measure(name, entry);
  console.log(row(one));
  if (!values.quick) keep({ answer: one }, order);
}
console.log(`\n${machine}`);
sayWhatIsLeftOut();
if (file !== undefined) console.error(`kept in ${file}, and as a table beside it`);
