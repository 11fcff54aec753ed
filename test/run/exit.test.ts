// How a program ends is how cordon ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { behavesAlike, makeProject, quote, cordon, settingFlags, start } from "../harness/index.ts";

for (const code of [0, 1, 3, 125, 127, 255]) {
  test(`exit code ${code} is passed on`, async (t) => {
    const outcome = await behavesAlike(t, { "a.js": `process.exit(${code})` }, ["a.js"]);
    assert.equal(outcome.code, code);
  });
}

for (const signal of ["SIGTERM", "SIGKILL", "SIGINT", "SIGHUP", "SIGUSR2", "SIGALRM", "SIGSEGV", "SIGABRT"]) {
  test(`a program that dies by ${signal} lets cordon die by it`, async (t) => {
    const outcome = await behavesAlike(t, { "a.js": `process.kill(process.pid, '${signal}'); setTimeout(() => {}, 60000)` }, ["a.js"]);
    assert.deepEqual([outcome.code, outcome.signal], [null, signal]);
  });
}

test("an abort is passed on", async (t) => {
  const outcome = await behavesAlike(t, { "a.js": "process.abort()" }, ["a.js"], { normalise: () => "" });
  assert.equal(outcome.signal, "SIGABRT");
});

test("a shell sees 128 and the signal's number", async (t) => {
  const project = makeProject(t, { "a.js": "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60000)" });
  const command = [cordon, "run", ...settingFlags, "a.js"].map(quote).join(" ");
  const outcome = await start("sh", ["-c", `${command}; echo "code $?"`], { cwd: project.folder }).ended;
  assert.match(outcome.stdout, /code 143/);
});

test("an uncaught error and a rejected promise end with the engine's text and code", async (t) => {
  const text = { normalise: (seen: string) => seen };
  assert.equal((await behavesAlike(t, { "a.js": "throw new Error('thrown')" }, ["a.js"], text)).code, 1);
  assert.equal((await behavesAlike(t, { "a.mjs": "await Promise.reject(new TypeError('rejected'))" }, ["a.mjs"], text)).code, 1);
  assert.equal((await behavesAlike(t, { "a.mjs": "await new Promise(() => {})" }, ["a.mjs"], text)).code, 13);
});

test("handlers of exit and beforeExit run", async (t) => {
  const program = "process.on('beforeExit', () => console.log('before')); process.on('exit', (code) => console.log('exit', code)); process.exitCode = 9";
  const outcome = await behavesAlike(t, { "a.js": program }, ["a.js"]);
  assert.deepEqual([outcome.code, outcome.stdout], [9, "before\nexit 9\n"]);
});
