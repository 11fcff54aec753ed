// `npm run test:model -- --cases=10000 [--seed=1]`: random trees, policies and requests, the model against the kernel.
import { parseArgs } from "node:util";
import { compareMany } from "./many.ts";

const { values } = parseArgs({ options: { cases: { type: "string", default: "10000" }, seed: { type: "string", default: String(Date.now() % 1_000_000) } } });
const seed = Number(values.seed);
const total = await compareMany(Number(values.cases), seed);
for (const { seed: world, flags, attempt, model, jail } of total.differences) {
  const short = (text: string): string => text.replaceAll(/\/[^ "]*\/test-of-cordon-\w+\//g, "@");
  console.log(`world ${world}: ${short(flags.join(" "))}\n    ${short(attempt)}: the model says ${model}, the jail ${jail}`);
}
console.log(`seed ${seed}: ${total.cases} cases in ${total.worlds} worlds, ${total.refused} refused by both, ${total.differences.length} differences`);
process.exitCode = total.differences.length === 0 && total.cases > 0 ? 0 : 1;
