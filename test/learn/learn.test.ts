// What `cordon learn` writes is complete and minimal: with it the run is refused nothing, and without any one of the
// grants it fails, prints something else, or reports.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { makeProject, type Outcome, type Project, runCordon } from "../harness/index.ts";
import { type Program, programs } from "./programs.ts";

type Permissions = Record<string, string[]>;

describe("cordon learn", { concurrency: 2 }, () => {
  for (const program of programs) test(program.name, (t) => isLearned(makeProject(t, program.files), program));
});

async function isLearned(project: Project, program: Program): Promise<void> {
  const learned = await runCordon(["learn", "--write", ...program.words], options(project, program));
  assert.equal(learned.code, 0, learned.stderr);
  const file = project.path("package.json");
  const whole = JSON.parse(readFileSync(file, "utf8"));
  const permissions: Permissions = whole.cordon?.permissions ?? {};
  assert.deepEqual(program.needs.filter((name) => permissions[name] === undefined), [], learned.stderr);
  const complete = await isComplete(project, program);
  for (const [name, grants] of Object.entries(permissions)) {
    for (const grant of grants) {
      const rest = { ...permissions, [name]: grants.filter((other) => other !== grant) };
      writeFileSync(file, JSON.stringify({ ...whole, cordon: { permissions: rest } }));
      await isMissed(project, program, complete, `${name} ${grant}`);
    }
  }
}

async function isComplete(project: Project, program: Program): Promise<Outcome> {
  const outcome = await run(project, program);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(denials(project), [], "a run under what was learned is refused nothing");
  return outcome;
}

async function isMissed(project: Project, program: Program, complete: Outcome, grant: string): Promise<void> {
  const outcome = await run(project, program);
  const noticed = outcome.code !== 0 || denials(project).length > 0 || outcome.stdout !== complete.stdout;
  assert.ok(noticed, `nothing happens without ${grant}\n${outcome.stdout}${outcome.stderr}`);
}

function run(project: Project, program: Program): Promise<Outcome> {
  writeFileSync(report(project), "");
  return runCordon(["run", `--report=json:${report(project)}`, ...program.words], options(project, program));
}

/** Outside the project, where the program cannot reach it. */
function report(project: Project): string {
  return `${project.folder}.report`;
}

function denials(project: Project): string[] {
  return readFileSync(report(project), "utf8").split("\n").filter((line) => line !== "");
}

function options(project: Project, program: Program): { cwd: string; env: Record<string, string> } {
  return { cwd: project.folder, env: program.env ?? {} };
}
