// Inside of a jail cordon doctor says that cordon run refuses, and cordon run does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordon, cordonRun, makeProject, root } from "../harness/index.ts";

test("inside of a jail both say that another supervisor listens", async (t) => {
  const project = makeProject(t, {
    "package.json": {},
    "a.js": `
      const { spawnSync } = require('node:child_process');
      for (const args of [['doctor'], ['run', 'a.js']]) {
        const { status, stdout, stderr } = spawnSync(process.argv[2], args, { encoding: 'utf8' });
        console.log(JSON.stringify({ status, text: stdout + stderr }));
      }
    `,
  });
  const outcome = await cordonRun([`--allow-run=${cordon}`, `--allow-read=${root}`, "--quiet", "a.js", cordon], { cwd: project.folder });
  const [doctor, run] = outcome.stdout.trim().split("\n").map((line) => JSON.parse(line) as { status: number; text: string });
  assert.equal(doctor?.status, 1, outcome.stderr);
  assert.match(doctor?.text ?? "", /missing +seccomp notifications: another supervisor listens/);
  assert.equal(run?.status, 125);
  assert.match(run?.text ?? "", /Cannot start a jail here: another supervisor listens/);
});
