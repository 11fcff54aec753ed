// `cordon doctor` says what is true here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordon, cordonRun, makeProject, root, runCordon } from "../harness/index.ts";

type Part = { name: string; state: "enforced" | "weaker" | "missing"; found: string; advice: string };
type Report = { canRun: boolean; parts: Part[] };

const NAMES = ["landlock", "seccomp notifications", "pidfd_getfd", "namespaces"];

for (const as of ["self", "ordinary"] as const) {
  test(`what it says is what cordon run does (${as})`, async (t) => {
    const project = makeProject(t, { "a.js": "console.log('ran', process.ppid === 1)" });
    const examined = await runCordon(["doctor", "--json"], { as, cwd: "/" });
    const report = JSON.parse(examined.stdout) as Report;
    assert.deepEqual(report.parts.map(({ name }) => name), NAMES);
    assert.equal(examined.code, report.canRun ? 0 : 1);
    const ran = await cordonRun(["a.js"], { as, cwd: project.folder });
    assert.equal(ran.code === 0, report.canRun, ran.stderr);
    // In a PID namespace the guardian, the program's parent, is process 1.
    if (report.parts.at(-1)?.state === "enforced") assert.equal(ran.stdout, "ran true\n");
    for (const { state, advice } of report.parts) assert.equal(advice === "", state === "enforced");
  });
}

test("people get a line for each part, and the answer last", async () => {
  const { stdout } = await runCordon(["doctor"], { cwd: "/" });
  for (const name of NAMES) assert.match(stdout, new RegExp(`^(?:enforced|weaker|missing) +${name}: `, "m"));
  assert.match(stdout, /\n\ncordon run (?:works|refuses)[^\n]*\n$/);
});

test("inside a jail it says that cordon run joins that one", async (t) => {
  const project = makeProject(t, { "a.js": "const r = require('child_process').spawnSync(process.argv[2], process.argv.slice(3), { encoding: 'utf8' }); console.log(r.status); console.log(r.stdout + r.stderr)" });
  const inside = (...args: string[]): ReturnType<typeof cordonRun> => cordonRun([`--allow-run=${cordon},node`, `--allow-read=${root}`, "a.js", cordon, ...args], { cwd: project.folder });
  const examined = await inside("doctor");
  assert.match(examined.stdout, /^0\n[\s\S]*weaker +seccomp notifications: a jail of cordon's/, examined.stderr);
  assert.match((await inside("run", "--print", "'joined'")).stdout, /^0\njoined\n/);
});
