// A program that goes over a limit ends, says why, and the machine goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordonRun, makeProject } from "../harness/index.ts";
import { settings } from "./settings.ts";

const limited = (limits: object, run: string[] = []): object => ({ cordon: { permissions: { run, write: ["./out"] }, limits } });
const files = (program: string): Record<string, string> => ({ "a.js": program, "out/.keep": "" });

for (const { name, flags } of settings) {
  test(`too much memory ends the program, ${name}`, async (t) => {
    const project = makeProject(t, { ...files("const all = []; setInterval(() => all.push(Buffer.alloc(1 << 24, 1)), 5)"), "package.json": limited({ memory: "200MB" }) });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.folder });
    assert.equal(outcome.code, 137);
    assert.match(outcome.stderr, /ended the program: it used more than 200 MiB of memory; raise "memory" in "limits"/);
  });

  test(`too many processes end the program, ${name}`, async (t) => {
    const project = makeProject(t, {
      ...files("const { spawn } = require('node:child_process'); for (let i = 0; i < 2; i++) spawn('node', ['a.js'], { stdio: 'ignore' }); setInterval(() => {}, 1000)"),
      "package.json": limited({ processes: 5 }, ["node"]),
    });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.folder });
    assert.equal(outcome.code, 137, outcome.stderr);
    assert.match(outcome.stderr, /it had more than 5 processes/);
  });

  test(`too much time ends the program, ${name}`, async (t) => {
    const project = makeProject(t, { ...files("setInterval(() => {}, 1000)"), "package.json": limited({ time: "1s" }) });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.folder });
    assert.equal(outcome.code, 137);
    assert.match(outcome.stderr, /it ran longer than 1s/);
  });

  test(`a file larger than the limit can't be written, ${name}`, async (t) => {
    const program = "try { require('node:fs').writeFileSync('out/big', Buffer.alloc(3 << 20)) } catch (error) { console.log(error.code) }";
    const project = makeProject(t, { ...files(program), "package.json": limited({ fileSize: "1MB" }) });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.folder });
    assert.equal(outcome.stdout, "EFBIG\n", outcome.stderr);
  });

  test(`an endless loop ends at the processor time, ${name}`, async (t) => {
    const project = makeProject(t, { ...files("for (;;);"), "package.json": limited({ cpu: "1s" }) });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.folder });
    assert.match(String(outcome.signal), /SIGXCPU|SIGKILL/);
  });

  test(`no more descriptors than the limit, ${name}`, async (t) => {
    const program = `
      const fs = require('node:fs');
      try { for (;;) fs.openSync('a.js'); } catch (error) { console.log(error.code); }
    `;
    const project = makeProject(t, { ...files(program), "package.json": limited({ descriptors: 64 }) });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.folder });
    assert.equal(outcome.stdout, "EMFILE\n", outcome.stderr);
  });
}
