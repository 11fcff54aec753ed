// Programs that scripts use to start other scripts and programs: they work in the jail without a grant.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cordonRun, makeLooseProject, type Outcome, type Project } from "../harness/index.ts";

let project: Project;

const SCRIPTS = {
  a: "node print.js a",
  b: "node print.js b && echo c",
  "many:1": "node print.js 1",
  "many:2": "node print.js 2",
  env: "cross-env A=5 NODE_ENV=production node print.js env",
  "env-script": "cross-env A=6 npm run a",
  "env-shell": "cross-env-shell A=7 \"node print.js shell && echo end\"",
  serial: "run-s a b",
  parallel: "run-p a b",
  pattern: "npm-run-all --serial many:*",
  fails: "run-s fail a",
  fail: "exit 4",
  together: "concurrently --raw \"npm:a\" \"npm run b\" \"node print.js direct\"",
  clean: "rimraf out other && echo cleaned",
};

before(() => {
  const permissions = { write: ["./out"] };
  project = makeLooseProject({ "print.js": "console.log(process.argv[2], process.env.A ?? '-')", "out/x/y": "", "package.json": { name: "x", scripts: SCRIPTS, cordon: { permissions } } });
  const tools = makeLooseProject();
  cpSync(join(import.meta.dirname, "fixtures/tools"), tools.folder, { recursive: true });
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: tools.folder, stdio: ["ignore", "ignore", "inherit"] });
  cpSync(tools.path("node_modules"), project.path("node_modules"), { recursive: true, verbatimSymlinks: true });
  tools.remove();
});

after(() => project.remove());

async function script(name: string): Promise<Outcome> {
  return cordonRun([name], { cwd: project.folder });
}

function lines(outcome: Outcome): string[] {
  return outcome.stdout.split("\n").filter((line) => line !== "").toSorted();
}

test("cross-env sets variables for a program, a script and a line", async () => {
  assert.deepEqual(await script("env"), { code: 0, signal: null, stdout: "env 5\n", stderr: "" });
  assert.deepEqual(await script("env-script"), { code: 0, signal: null, stdout: "a 6\n", stderr: "" });
  assert.deepEqual(await script("env-shell"), { code: 0, signal: null, stdout: "shell 7\nend\n", stderr: "" });
});

test("npm-run-all runs scripts one after the other, at once, and by patterns", async () => {
  assert.deepEqual(await script("serial"), { code: 0, signal: null, stdout: "a -\nb -\nc\n", stderr: "" });
  const parallel = await script("parallel");
  assert.deepEqual([lines(parallel), parallel.code], [["a -", "b -", "c"], 0], parallel.stderr);
  assert.deepEqual((await script("pattern")).stdout, "1 -\n2 -\n");
  const failed = await script("fails");
  assert.deepEqual([failed.stdout, failed.code], ["", 1]);
});

test("concurrently runs scripts and lines", async () => {
  const together = await script("together");
  assert.deepEqual([lines(together), together.code], [["a -", "b -", "c", "direct -"], 0], together.stderr);
});

test("rimraf removes what is granted", async () => {
  const cleaned = await script("clean");
  assert.deepEqual([cleaned.stdout, cleaned.code], ["cleaned\n", 0], cleaned.stderr);
  assert.ok(!existsSync(project.path("out/x")));
});
