// `npm run test:endurance -- [--starts=10000] [--seconds=60]`: the long form of endurance.test.ts.
import { parseArgs } from "node:util";
import { bombs, explode } from "./bombs.ts";
import { killLauncher } from "./killed.ts";
import { load } from "./load.ts";
import { startAndEnd } from "./starts.ts";

const { values } = parseArgs({ options: { starts: { type: "string", default: "10000" }, seconds: { type: "string", default: "60" } } });
const settings = [[], ["--namespaces=off"]];
let failures = 0;

function report(fine: boolean, text: string): void {
  console.log(`${fine ? "ok    " : "FAILED"} ${text}`);
  if (!fine) failures++;
}

for (const flags of settings) {
  const setting = flags.join(" ") || "with namespaces where possible";
  for (let round = 0; round < 20; round++) {
    const { after, left } = await killLauncher(flags);
    report(left.length === 0 && after < 1000, `kill -9 of the launcher, ${setting}: the tree was gone after ${after.toFixed(0)} ms`);
  }
  for (const bomb of bombs) {
    const { code, signal, stdout, left } = await explode(bomb, flags);
    report(stdout.startsWith("0") && code !== 0 && left.length === 0, `${bomb.name} bomb, ${setting}: exit code ${code ?? signal}, ${left.length} processes left`);
  }
  const { by, requests, failed } = await load(Number(values.seconds), flags);
  report(failed === 0 && requests > 0, `${values.seconds} s of ${by}, ${setting}: ${requests} requests, ${failed} failed`);
  const starts = Math.ceil(Number(values.starts) / settings.length);
  const { left } = await startAndEnd(starts, flags);
  report(Object.keys(left).length === 0, `${starts} starts and ends, ${setting}: left behind ${JSON.stringify(left)}`);
}
console.log(failures === 0 ? "endurance: nothing failed" : `endurance: ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
