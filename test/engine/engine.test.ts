// The engine is whole: each module of its documentation does under cordon, with grants, what it does without cordon.
// CORDON_TEST_BARE=1 compares the bare engine with itself: whether the programs are deterministic.
import assert from "node:assert/strict";
import { cpSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { cordonRun, engineRun, makeProject, type Outcome, type Owner, type RunOptions } from "../harness/index.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const wholly = ["--allow-net=localhost", "--allow-net=127.0.0.1", "--allow-net=[::1]", "--allow-listen=0", "--allow-listen=1024-65535", "--allow-run=node", "--allow-run=sh", "--allow-read=/etc/passwd"];
const loopback = ["--allow-net=239.0.0.0/8"];
const programs = globSync("*.{cjs,mjs}", { cwd: fixtures }).toSorted();

/** What is bound to differ from run to run. */
function normalise(text: string, folder: string): string {
  return text
    .replaceAll(folder, "<project>")
    .replaceAll(/\(node:\d+\)/g, "(node)")
    .replaceAll(/ws:\/\/127.0.0.1:[-/\w]+/g, "<inspector>")
    .replaceAll(/(Heap|report|node_trace)\.[\d.a-z]+/g, "$1.<name>");
}

async function seen(owner: Owner, program: string, mode: "bare" | "jailed"): Promise<Outcome> {
  const project = makeProject(owner);
  cpSync(fixtures, project.folder, { recursive: true });
  mkdirSync(project.path("out"));
  const env = { NODE_ENV: "test" };
  const options: RunOptions = { cwd: project.folder, env, input: "", timeout: 120_000 };
  const flags = [...wholly, ...loopback, "--allow-write=./out", "--allow-env=*"];
  const outcome = mode === "bare" ? await engineRun([program, "argument"], options) : await cordonRun([...flags, program, "argument"], options);
  return { ...outcome, stdout: normalise(outcome.stdout, project.folder), stderr: normalise(outcome.stderr, project.folder) };
}

for (const program of programs) {
  test(`${program} prints the same`, async (t) => {
    const bare = await seen(t, program, "bare");
    assert.notEqual(bare.stdout, "", bare.stderr);
    const jailed = await seen(t, program, process.env["CORDON_TEST_BARE"] === "1" ? "bare" : "jailed");
    assert.deepEqual(jailed, bare);
  });
}

/** cordon turns it off: what it calls is native code that no grant named. */
const OFF = ["ffi"];
const IMPORT = /(?:from\s*|require\(|import\(|import\s+|getBuiltinModule\()\s*["'](?:node:)?([\w/]+)["']/g;

test("every module of the engine has a program that uses it", () => {
  const used = new Set(programs.flatMap((program) => [...readFileSync(join(fixtures, program), "utf8").matchAll(IMPORT)].map(([, name]) => name)));
  const modules = builtinModules.map((name) => name.replace("node:", "")).filter((name) => !name.startsWith("_") && !OFF.includes(name));
  assert.ok(modules.length > 50);
  assert.deepEqual(modules.filter((name) => !used.has(name)), []);
});
