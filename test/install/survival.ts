// Kills installations in every phase: `npm run test:survival -- --times=10 --only=link`.
import { parseArgs } from "node:util";
import { killOne, PHASES } from "./killing.ts";

const { values } = parseArgs({ options: { times: { type: "string", default: "10" }, only: { type: "string" } } });
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) throw new Error(`Cannot kill ${JSON.stringify(values.times)} times; write a whole number`);

const phases = PHASES.filter((phase) => values.only === undefined || phase === values.only);
if (phases.length === 0) throw new Error(`Cannot kill in the phase ${JSON.stringify(values.only)}; write one of ${PHASES.join(", ")}`);
for (const phase of phases) {
  let [killed, tried] = [0, 0];
  while (killed < times && tried < times * 10) {
    const steps: (() => void | Promise<void>)[] = [];
    if (await killOne({ after: (step) => void steps.push(step) }, phase, tried)) killed += 1;
    tried += 1;
    for (const step of steps.toReversed()) await step();
  }
  console.log(`${phase}: killed ${killed} times of ${tried} installations; the old tree or the new one each time, and the next one succeeded`);
  if (killed < times) process.exitCode = 1;
}
