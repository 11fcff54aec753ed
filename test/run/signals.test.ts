// Signals sent to cordon reach the program, once each.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cordonRun, makeProject, settingFlags, start, startCordon } from "../harness/index.ts";

const counting = `
  const counts = {};
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGINT', 'SIGQUIT', 'SIGCONT', 'SIGWINCH', 'SIGALRM']) {
    process.on(signal, () => { counts[signal] = (counts[signal] ?? 0) + 1; console.log('got', signal, counts[signal]); });
  }
  setInterval(() => {}, 1000);
  console.log('ready');
`;

for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2", "SIGINT", "SIGQUIT", "SIGALRM"] as const) {
  test(`${signal} is forwarded, and the program may live on`, async (t) => {
    const project = makeProject(t, { "a.js": counting });
    const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder });
    await running.prints("ready");
    running.child.kill(signal);
    await running.prints(`got ${signal} 1`);
    running.child.kill(signal);
    await running.prints(`got ${signal} 2`);
    assert.equal(running.child.exitCode, null);
    running.child.kill("SIGKILL");
    assert.equal((await running.ended).signal, "SIGKILL");
  });

  test(`${signal} ends a program that does not handle it, and cordon in the same way`, async (t) => {
    const project = makeProject(t, { "a.js": "setInterval(() => {}, 1000); console.log('ready')" });
    const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder });
    await running.prints("ready");
    running.child.kill(signal);
    const outcome = await running.ended;
    assert.deepEqual([outcome.code, outcome.signal], [null, signal]);
  });
}

test("SIGUSR1 reaches a program that has a handler of its own", async (t) => {
  const project = makeProject(t, { "a.js": "process.on('SIGUSR1', () => console.log('own handler')); setInterval(() => {}, 1000); console.log('ready')" });
  const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder });
  await running.prints("ready");
  running.child.kill("SIGUSR1");
  await running.prints("own handler");
  running.child.kill("SIGTERM");
  assert.equal((await running.ended).signal, "SIGTERM");
});

test("a program that ends itself in a handler gives its own code", async (t) => {
  const project = makeProject(t, { "a.js": "process.on('SIGTERM', () => setTimeout(() => process.exit(7), 50)); setInterval(() => {}, 1000); console.log('ready')" });
  const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder });
  await running.prints("ready");
  running.child.kill("SIGTERM");
  assert.equal((await running.ended).code, 7);
});

test("a signal to the whole process group arrives", async (t) => {
  const project = makeProject(t, { "a.js": "process.on('SIGINT', () => process.exit(8)); setInterval(() => {}, 1000); console.log('ready')" });
  const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder });
  await running.prints("ready");
  process.kill(-(running.child.pid ?? 0), "SIGINT");
  assert.equal((await running.ended).code, 8);
});

test("a window that changes its size while a program starts does not keep it from starting", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('started')" });
  for (let count = 0; count < 12; count++) {
    const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder });
    const timer = setInterval(() => process.kill(-(running.child.pid ?? 0), "SIGWINCH"), 1);
    // The group is there until its first process was waited for.
    running.child.once("exit", () => clearInterval(timer));
    const outcome = await running.ended;
    assert.deepEqual([outcome.code, outcome.stdout], [0, "started\n"], outcome.stderr);
  }
});

test("a signal that reaches the guardian alone keeps it from nothing, and costs nothing", async (t) => {
  const project = makeProject(t, { "a.js": "process.stdin.on('data', () => process.exit(6)); console.log('ready')" });
  const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder, interactive: true });
  await running.prints("ready");
  const { pid } = running.child;
  const [guardian = ""] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  const ticks = (): number => readFileSync(`/proc/${guardian}/stat`, "utf8").split(" ").slice(13, 15).reduce((sum, part) => sum + Number(part), 0);
  process.kill(Number(guardian), "SIGWINCH");
  const before = ticks();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  // A hundred of them are a second.
  assert.ok(ticks() - before < 5, `${ticks() - before} ticks`);
  running.child.stdin?.write("x");
  assert.equal((await running.ended).code, 6);
});

test("SIGSTOP to cordon and SIGCONT leave the program working", async (t) => {
  const project = makeProject(t, { "a.js": "process.stdin.on('data', (data) => console.log('echo', String(data))).on('end', () => process.exit(5)); console.log('ready')" });
  const running = startCordon(["run", ...settingFlags, "a.js"], { cwd: project.folder, input: "text" });
  await running.prints("ready");
  running.child.kill("SIGSTOP");
  running.child.kill("SIGCONT");
  assert.equal((await running.ended).code, 5);
});

test("a signal to a process outside the jail is refused", async (t) => {
  const canary = start("sleep", ["600"]);
  t.after(() => void canary.child.kill("SIGKILL"));
  const project = makeProject(t, {
    "a.js": "for (const signal of ['SIGTERM', 'SIGKILL']) { try { process.kill(Number(process.argv[2]), signal); console.log('sent') } catch (error) { console.log(error.code) } }",
  });
  const outcome = await cordonRun(["a.js", String(canary.child.pid)], { cwd: project.folder });
  assert.match(outcome.stdout, /^(EPERM|ESRCH|EACCES)\n\1\n$/);
  assert.deepEqual([canary.child.exitCode, canary.child.signalCode], [null, null]);
});
