// `npm run test:engine-tree -- [--only=pattern] [--part=1/10]`: the engine's own tests, in a jail with every grant. Each that
// passes on the bare engine has to pass here too, or stand in known.ts with the reason.
import { globSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { known } from "./known.ts";
import { readProgram, runProgram, verdict, type Program, type Verdict } from "./program.ts";
import { fetchTree } from "./source.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, part: { type: "string", default: "1/1" }, folder: { type: "string", default: join(tmpdir(), "cordon-engine-tree") } } });
const LANES = 2;
const ATTEMPTS = 3;

type Result = { readonly file: string; readonly bare: Verdict; readonly jailed: Verdict; readonly said: string };

/** Tests that fail now and then do so without a jail too: what differs is run again. */
async function compare(tree: string, program: Program, lane: number): Promise<Result> {
  const { file } = program;
  const bare = verdict(await runProgram(tree, program, "bare", lane));
  if (bare !== "passed") return { file, bare, jailed: bare, said: "" };
  let said = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const outcome = await runProgram(tree, program, "jailed", lane);
    if (verdict(outcome) === bare) return { file, bare, jailed: bare, said: "" };
    said = `${outcome.stdout.slice(-600)}${outcome.stderr.slice(0, 2000)}`;
  }
  return { file, bare, jailed: "failed", said };
}

const tree = fetchTree(values.folder);
// A package of its own: what a program may read is its own code.
writeFileSync(join(tree, "package.json"), '{ "name": "engine-tree", "private": true }\n');
const [part = 1, parts = 1] = values.part.split("/").map(Number);
const files = globSync("test/{parallel,sequential,es-module}/test-*.{js,mjs,cjs}", { cwd: tree }).toSorted();
const chosen = files.filter((file, index) => index % parts === part - 1 && (values.only === undefined || new RegExp(values.only).test(file)));

const left = new Map<string, number>();
const results: Result[] = [];
let next = 0;
async function lane(number: number): Promise<void> {
  for (let file = chosen[next++]; file !== undefined; file = chosen[next++]) {
    const program = readProgram(tree, file);
    if ("left" in program) left.set(program.left, (left.get(program.left) ?? 0) + 1);
    else results.push(await compare(tree, program, number));
  }
}
await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number + 1)));

const count = (want: (result: Result) => boolean): number => results.filter(want).length;
const differ = results.filter(({ bare, jailed }) => bare !== jailed);
const unexpected = differ.filter(({ file }) => !(file in known));
const stale = results.filter(({ file, bare, jailed }) => file in known && bare === "passed" && jailed === "passed");
for (const { file, said } of unexpected) console.log(`FAILED ${file}\n${said.replaceAll(/^/gm, "    ")}`);
for (const { file } of stale) console.log(`FAILED ${file}: passes, and stands in known.ts`);
const leftOut = [...left].toSorted(([, one], [, other]) => other - one);
console.log(`${chosen.length} programs; left out ${leftOut.reduce((sum, [, n]) => sum + n, 0)}: ${leftOut.slice(0, 5).map(([why, n]) => `${n} × ${why}`).join(", ")}${leftOut.length > 5 ? " …" : ""}`);
console.log(`without a jail ${count(({ bare }) => bare === "passed")} pass, ${count(({ bare }) => bare === "skipped")} skip themselves, ${count(({ bare }) => bare === "failed")} fail`);
console.log(`in a jail ${differ.length - unexpected.length} fail for a known reason, ${unexpected.length} for none`);
console.log(`${count(({ bare, jailed }) => bare === "passed" && jailed === "passed")} passed, ${unexpected.length + stale.length} failed`);
process.exitCode = unexpected.length + stale.length === 0 && results.length > 0 ? 0 : 1;
