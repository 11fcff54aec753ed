// `npm run test:frameworks [-- name…]`: real frameworks do under cordon what they do without it, and can make their folders
// again (`-- remade` for that alone).
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { cordon, engine } from "../harness/index.ts";
import { type Case, cases } from "./cases.ts";
import { drive } from "./drive.ts";
import { remade } from "./remade.ts";

const here = import.meta.dirname;

type Seen = { readonly code: number | null; readonly output: string; readonly answers: readonly string[]; readonly made: readonly string[] };

/** What it made, and what it printed or answered. */
async function run(name: string, one: Case, mode: "bare" | "jailed"): Promise<Seen> {
  const folder = join(here, "fixtures", name);
  for (const out of one.keeps === true ? [] : (one.out ?? [])) {
    rmSync(join(folder, out), { recursive: true, force: true });
    mkdirSync(join(folder, out));
  }
  const words = mode === "bare" ? one.words : ["run", "--quiet", ...(one.script === undefined ? one.words : [one.script])];
  const { outcome, ...seen } = await drive(mode === "bare" ? engine : cordon, words, folder, one);
  return { code: outcome.code, ...seen };
}

const wanted = process.argv.slice(2);
const installed = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
if (installed.status !== 0) throw new Error("Cannot install test/frameworks/package.json");

let failures = 0;
for (const [name, one] of cases.filter(([name]) => wanted.length === 0 || wanted.includes(name))) {
  const [bare, jailed] = [await attempt(name, one, "bare"), await attempt(name, one, "jailed")];
  const alike = isDeepStrictEqual(bare, jailed) && typeof bare !== "string";
  if (!alike) failures++;
  console.log(`${alike ? "ok    " : "FAILED"} ${name}`);
  if (!alike) console.log("bare:", bare, "\njailed:", jailed);
}
const packages: unknown = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
console.log(`${cases.length} frameworks and tools of ${Object.keys((packages as { dependencies: object }).dependencies).length} packages, ${failures} differ`);
const unmade = wanted.length === 0 || wanted.includes("remade") ? await remade() : [];
process.exitCode = failures + unmade.length === 0 ? 0 : 1;

async function attempt(name: string, one: Case, mode: "bare" | "jailed"): Promise<Seen | string> {
  try {
    return await run(name, one, mode);
  } catch (error) {
    return String(error);
  }
}
