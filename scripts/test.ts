// All tests, from the quickest to the slowest. `npm test` builds first; `node scripts/test.ts run examples` runs the
// named folders of test/ only.
import { join } from "node:path";
import { groups } from "./test/groups.ts";
import { fetchPackages } from "./test/packages.ts";
import { add, NOTHING, runCargo, runChecks, runGroup, type Count } from "./test/steps.ts";

const root = join(import.meta.dirname, "..");
const chosen = process.argv.slice(2);

type Step = { name: string; run: () => Count | Promise<Count> };

function steps(): Step[] {
  const tests = groups(root).map((group) => ({ name: `${group.name} (${group.files.length} files)`, folder: group.name, run: () => runGroup(root, group) }));
  if (chosen.length > 0) return tests.filter((step) => chosen.some((name) => step.folder === join("test", name)));
  return [{ name: "checks", run: () => runChecks(root) }, { name: "the launcher", run: () => runCargo(root, "launcher") }, { name: "the installer", run: () => runCargo(root, "installer") }, ...tests];
}

function heading(text: string): void {
  console.log(`\n━━━ ${text} ${"━".repeat(Math.max(3, 90 - text.length))}\n`);
}

const leftOut = fetchPackages();
let total = NOTHING;
for (const step of steps()) {
  heading(step.name);
  const started = performance.now();
  const count = await step.run();
  console.log(`\n${step.name}: ${count.passed} passed, ${count.failed} failed, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  total = add(total, count);
}

heading("result");
for (const failure of total.failures) console.log(`failed: ${failure}`);
for (const line of leftOut) console.log(`LEFT OUT: ${line}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
