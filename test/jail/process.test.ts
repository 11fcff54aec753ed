// What a jailed process is left with: no capabilities, no inherited descriptors, no way to more.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { cordon, cordonRun, makeProject, start, startCordon } from "../harness/index.ts";
import { settings } from "./settings.ts";

const status = `
  const text = require('node:fs').readFileSync('/proc/self/status', 'utf8');
  const line = (name) => text.split('\\n').find((one) => one.startsWith(name + ':')).split(/\\s+/)[1];
  console.log(['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => BigInt('0x' + line(name))).join(' '), line('NoNewPrivs'), line('Seccomp'));
`;

for (const { name, flags } of settings) {
  for (const as of ["self", "ordinary"] as const) {
    test(`no capability is left, ${name}, as ${as === "self" ? "whoever tests" : "an ordinary user"}`, async (t) => {
      const project = makeProject(t, { "a.js": status });
      if (as === "ordinary") project.give();
      const outcome = await cordonRun([...flags, "a.js"], { cwd: project.folder, as });
      // The bounding set only bounds what exec may add, which no_new_privs rules out; without CAP_SETPCAP it stays.
      const [inheritable, permitted, effective, bounding, ambient, noNewPrivileges, seccomp] = outcome.stdout.trim().split(" ");
      assert.deepEqual([inheritable, permitted, effective, ambient, noNewPrivileges, seccomp], ["0", "0", "0", "0", "1", "2"], outcome.stderr);
      if (as === "self" && process.getuid?.() === 0) assert.equal(bounding, "0");
    });
  }

  test(`descriptors that the caller left open are not there, ${name}`, async (t) => {
    const project = makeProject(t, {
      "canary.txt": "canary",
      "code/package.json": {},
      "code/a.js": `
        const fs = require('node:fs');
        const found = [];
        for (let number = 3; number < 256; number++) {
          try { found.push(fs.readlinkSync('/proc/self/fd/' + number)); } catch {}
        }
        console.log(found.filter((target) => target.startsWith('/')).join(' ') || 'none');
      `,
    });
    const line = `exec 5<"$1" 9<"$1" 200<"$1"; shift; exec "$@"`;
    const running = start("bash", ["-c", line, "bash", project.path("canary.txt"), cordon, "run", ...flags, "a.js"], { cwd: project.path("code") });
    const outcome = await running.ended;
    assert.equal(outcome.stdout, "none\n", outcome.stderr);
  });

  test(`other processes of the user can't look into the launcher, ${name}`, async (t) => {
    const project = makeProject(t, { "a.js": "console.log('ready'); setInterval(() => {}, 1000)" });
    project.give();
    const running = startCordon(["run", ...flags, "a.js"], { cwd: project.folder, as: "ordinary" });
    await running.prints("ready");
    // The kernel gives what tells of a process that dumps no memory to root (proc_pid_mem(5)).
    const owner = statSync(`/proc/${running.child.pid}/mem`).uid;
    running.child.kill("SIGTERM");
    await running.ended;
    assert.equal(owner, 0);
  });

  test(`a child knows how much memory it has, ${name}`, async (t) => {
    const project = makeProject(t, {
      "child.js": "const { rss, heapTotal, heapUsed, external } = process.memoryUsage(); console.log(rss > 2e7, heapTotal >= heapUsed, heapUsed > 1e6, external > 0, process.memoryUsage.rss() > 2e7, process.memoryUsage.name, process.memoryUsage.length, Object.keys(process.memoryUsage).join());",
      "a.js": "require('node:child_process').fork('child.js')",
    });
    const outcome = await cordonRun([...flags, "--allow-run=node", "a.js"], { cwd: project.folder });
    assert.deepEqual([outcome.stdout, outcome.stderr], ["true true true true true memoryUsage 0 rss\n", ""]);
  });

  test(`a started program makes no namespaces, ${name}`, async (t) => {
    const tries = "const { status, stderr } = require('node:child_process').spawnSync('unshare', ['--user', 'true'], { encoding: 'utf8' }); console.log(status === 0, /not permitted/.test(stderr));";
    const project = makeProject(t, { "package.json": {}, "a.js": tries });
    const outcome = await cordonRun([...flags, "--allow-run=unshare,true", "a.js"], { cwd: project.folder });
    assert.equal(outcome.stdout, "false true\n", outcome.stderr);
  });
}
