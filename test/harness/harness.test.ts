import assert from "node:assert/strict";
import { test } from "node:test";
import { engine, engineRun, makeProject, openTerminal, ordinary, quote } from "./index.ts";

test("a run gathers output, input and code", async (t) => {
  const project = makeProject(t, { "a.js": "process.stdin.pipe(process.stdout); console.error('e'); process.exitCode = 3" });
  const outcome = await engineRun(["a.js"], { cwd: project.folder, input: "hello" });
  assert.deepEqual(outcome, { code: 3, signal: null, stdout: "hello", stderr: "e\n" });
});

test("an ordinary user is not root", async (t) => {
  const project = makeProject(t, { "a.js": "console.log(process.getuid())" });
  const outcome = await engineRun(["a.js"], { cwd: project.folder, as: "ordinary" });
  assert.equal(outcome.stdout, `${ordinary.uid}\n`);
});

test("a terminal is a terminal, and Ctrl-C interrupts", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('tty', process.stdout.isTTY); setInterval(() => {}, 1000)" });
  const terminal = await openTerminal(t, { cwd: project.folder });
  terminal.type(`${quote(engine)} a.js\n`);
  await terminal.shows("tty true");
  terminal.type("\x03");
  await terminal.shows("ready> ");
  terminal.type('echo "code $?"\n');
  await terminal.shows("code 130");
});
