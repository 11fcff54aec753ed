// `npm run test:frameworks [-- name…]`: real frameworks do under cordon what they do without it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { cordon, engine, start } from "../harness/index.ts";
import { type Case, cases } from "./cases.ts";

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
  const env = { NODE_ENV: "production", CI: "1", NEXT_TELEMETRY_DISABLED: "1", ...one.env };
  const running = start(mode === "bare" ? engine : cordon, words, { cwd: folder, env, timeout: 300_000 });
  const answers: string[] = [];
  if (one.requests !== undefined) {
    await running.prints(one.ready ?? /port (\d+)/);
    const port = (one.ready ?? /port (\d+)/).exec(running.output.stdout)?.[1] ?? "";
    for (const { path, method = "GET", body } of one.requests) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }) });
      answers.push(`${response.status} ${response.headers.get("content-type")} ${one.bodies === "ignored" ? "" : await response.text()}`);
    }
    running.child.kill("SIGTERM");
  }
  const { code, stdout, stderr } = await running.ended;
  const output = one.requests === undefined && one.prints !== "times" ? `${stdout}${stderr}` : "";
  return { code, output: output.replaceAll(/\b\d+(\.\d+)? ?m?s\b/g, "<time>").replaceAll(/\d\d:\d\d:\d\d/g, "<clock>"), answers, made: made(folder, one.out ?? []) };
}

function made(folder: string, out: readonly string[]): string[] {
  return out.flatMap((name) => readdirSync(join(folder, name), { recursive: true, encoding: "utf8" }).toSorted()).filter((name) => !/cache|trace|-[\w-]{8,}\.|[\w-]{20}/.test(name));
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
process.exitCode = failures === 0 ? 0 : 1;

async function attempt(name: string, one: Case, mode: "bare" | "jailed"): Promise<Seen | string> {
  try {
    return await run(name, one, mode);
  } catch (error) {
    return String(error);
  }
}
