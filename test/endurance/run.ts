// `npm run test:endurance -- [--starts=10000] [--seconds=60] [--only=kills,bombs,load,starts]`: the long form of
// endurance.test.ts.
import { parseArgs } from "node:util";
import { bombs, explode } from "./bombs.ts";
import { killLauncher } from "./killed.ts";
import { load } from "./load.ts";
import { startAndEnd } from "./starts.ts";

const { values } = parseArgs({ options: { starts: { type: "string", default: "10000" }, seconds: { type: "string", default: "60" }, only: { type: "string" } } });
const settings = [[], ["--namespaces=off"]];
let failures = 0;

function report(fine: boolean, text: string): void {
  console.log(`${fine ? "ok    " : "FAILED"} ${text}`);
  if (!fine) failures++;
}

const parts: Record<string, (flags: readonly string[], setting: string) => Promise<void>> = {
  async kills(flags, setting) {
    for (let round = 0; round < 20; round++) {
      const { after, left } = await killLauncher(flags);
      report(left.length === 0 && after < 1000, `kill -9 of the launcher, ${setting}: the tree was gone after ${after.toFixed(0)} ms`);
    }
  },
  async bombs(flags, setting) {
    for (const bomb of bombs) {
      const { code, signal, stdout, left } = await explode(bomb, flags);
      report(stdout.startsWith("0") && code !== 0 && left.length === 0, `${bomb.name} bomb, ${setting}: exit code ${code ?? signal}, ${left.length} processes left`);
    }
  },
  async load(flags, setting) {
    const { by, requests, failed, how } = await load(Number(values.seconds), flags);
    report(failed === 0 && requests > 0, `${values.seconds} s of ${by}, ${setting}: ${requests} requests, ${failed} failed ${how}`);
  },
  async starts(flags, setting) {
    const starts = Math.ceil(Number(values.starts) / settings.length);
    const { left } = await startAndEnd(starts, flags);
    report(Object.keys(left).length === 0, `${starts} starts and ends, ${setting}: left behind ${JSON.stringify(left)}`);
  },
};

const chosen = values.only?.split(",") ?? Object.keys(parts);
for (const flags of settings) {
  for (const name of chosen) {
    const part = parts[name];
    if (part === undefined) throw new Error(`Cannot test ${JSON.stringify(name)}; there are ${Object.keys(parts).join(", ")}`);
    const began = performance.now();
    await part(flags, flags.join(" ") || "with namespaces where possible");
    console.log(`       ${name} took ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
}
console.log(failures === 0 ? "endurance: nothing failed" : `endurance: ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
