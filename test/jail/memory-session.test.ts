// With namespaces, and without a TMPDIR of the user's, HOME and TMPDIR are in memory: nothing of a run touches a disk.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { test } from "node:test";
import { cordon, cordonRun, makeProject, startCordon } from "../harness/index.ts";

const env = { TMPDIR: undefined };
const program = `
  const fs = require('node:fs');
  const { HOME, TMPDIR } = process.env;
  console.log(fs.readdirSync(HOME).length + fs.readdirSync(TMPDIR).length, fs.statSync(HOME + '/..').mode & 0o777);
  for (const folder of [HOME, TMPDIR]) fs.writeFileSync(folder + '/file', 'x');
  for (const file of [HOME + '/../file', '/file']) try { fs.writeFileSync(file, ''); console.log('written'); } catch (error) { console.log(error.code); }
  console.log(HOME);
`;

test("HOME and TMPDIR are the program's own and writable, what is around them is not, and no disk has them", async (t) => {
  const project = makeProject(t, { "a.js": `${program} setInterval(() => {}, 1000);` });
  const running = startCordon(["run", "a.js"], { cwd: project.folder, env });
  await running.prints(/\/home\n/);
  const [first, beside, root, home = ""] = running.output.stdout.split("\n");
  assert.deepEqual([first, beside, root], [`0 ${0o700}`, "EACCES", "EROFS"], running.output.stderr);
  assert.match(home, /^\/tmp\/cordon-[0-9a-f]{16}\/home$/);
  assert.equal(existsSync(home), false);
  running.child.kill("SIGKILL");
  await running.ended;
  assert.equal(existsSync(home), false);
});

test("what a program keeps in TMPDIR counts as its memory", async (t) => {
  const project = makeProject(t, {
    "a.js": "const fs = require('node:fs'); for (let n = 0; n < 400; n++) { fs.writeFileSync(process.env.TMPDIR + '/' + n, Buffer.alloc(1 << 20, 1)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2); } console.log('kept');",
    "package.json": { cordon: { limits: { memory: "250MB" } } },
  });
  const outcome = await cordonRun(["a.js"], { cwd: project.folder, env });
  assert.match(outcome.stderr, /ended the program: it used more than 250 MiB of memory/);
  assert.equal(outcome.stdout, "");
});

for (const [limits, room] of [[{}, totalmem() / 4], [{ memory: "200MB" }, 200 << 20]] as const) {
  test(`HOME and TMPDIR have room for ${limits.memory ?? "a quarter of the machine's memory"}`, async (t) => {
    const project = makeProject(t, {
      "a.js": "const { blocks, bsize, files } = require('node:fs').statfsSync(process.env.TMPDIR); console.log(blocks * bsize, files);",
      "package.json": { cordon: { limits } },
    });
    const outcome = await cordonRun(["a.js"], { cwd: project.folder, env });
    const [bytes = 0, files = 0] = outcome.stdout.trim().split(" ").map(Number);
    // In whole pages.
    assert.ok(Math.abs(bytes - room) < 65_536, outcome.stdout);
    assert.equal(files, Math.floor(room / 4096));
    assert.equal(outcome.stderr, "");
  });
}

test("a program that fills TMPDIR hears ENOSPC, and its user why", async (t) => {
  const program = `
    const fs = require('node:fs');
    let made = 0;
    try { for (; made < 100_000; made++) fs.closeSync(fs.openSync(process.env.TMPDIR + '/' + made, 'w')); } catch (error) { console.log(error.code, made > 40_000); }
  `;
  const project = makeProject(t, { "a.js": program, "package.json": { cordon: { limits: { memory: "200MB" } } } });
  const outcome = await cordonRun(["a.js"], { cwd: project.folder, env });
  assert.equal(outcome.stdout, "ENOSPC true\n", outcome.stderr);
  assert.match(outcome.stderr, /^cordon: HOME and TMPDIR are full, .*TMPDIR=\/var\/tmp/);
  const quiet = await cordonRun(["--quiet", "a.js"], { cwd: project.folder, env });
  assert.deepEqual([quiet.stdout, quiet.stderr], ["ENOSPC true\n", ""]);
});

test("where the machine makes no more PID namespaces, the run goes without, on a disk", (t) => {
  const project = makeProject(t, { "a.js": program });
  const script = 'echo 0 > /proc/sys/user/max_pid_namespaces && exec "$0" run a.js';
  const outcome = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", script, cordon], { cwd: project.folder, encoding: "utf8", env: { PATH: process.env.PATH } });
  assert.equal(outcome.status, 0, outcome.stderr);
  assert.match(outcome.stdout, /^0 448\nEACCES\nEACCES\n\/tmp\/cordon-[0-9a-f]{16}\/home\n$/);
});
