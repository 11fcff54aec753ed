// The tree ends with its launcher, and with its first process.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { makeProject, startCordon } from "../harness/index.ts";
import { settings } from "./settings.ts";

// A grandchild in a session of its own writes the time into a file again and again.
const files = {
  "package.json": { cordon: { permissions: { run: ["node"], write: ["./beats"] } } },
  "beat.js": "const fs = require('node:fs'); setInterval(() => fs.writeFileSync('beats/' + process.argv[2], String(Date.now())), 10)",
  "child.js": `
    const { spawn } = require('node:child_process');
    spawn('node', ['beat.js', 'grandchild'], { detached: true, stdio: 'ignore' }).unref();
    setTimeout(() => process.exit(), 200);
  `,
  "a.js": `
    const { spawn } = require('node:child_process');
    const fs = require('node:fs');
    spawn('node', ['child.js'], { detached: true, stdio: 'ignore' });
    spawn('node', ['beat.js', 'child'], { detached: true, stdio: 'ignore' });
    const timer = setInterval(() => {
      if (!fs.existsSync('beats/child') || !fs.existsSync('beats/grandchild')) return;
      clearInterval(timer);
      setTimeout(() => { console.log('ready'); if (process.argv[2] === 'end') process.exit(3); setInterval(() => {}, 1000); }, 500);
    }, 10);
  `,
  "beats/.keep": "",
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

for (const { name, flags } of settings) {
  test(`kill -9 of the launcher ends children and detached grandchildren within a second, ${name}`, async (t) => {
    const project = makeProject(t, files);
    const running = startCordon(["run", ...flags, "a.js"], { cwd: project.folder });
    await running.prints("ready");
    running.child.kill("SIGKILL");
    // Not until its output ends: who is left in the jail holds that.
    await once(running.child, "exit");
    await pause(1000);
    const beats = await beatsDuring(project.path("beats"), 300);
    await running.ended;
    assert.deepEqual(beats, []);
  });

  test(`the end of the first process ends the rest before cordon ends, ${name}`, async (t) => {
    const project = makeProject(t, files);
    const running = startCordon(["run", ...flags, "a.js", "end"], { cwd: project.folder });
    const outcome = await running.ended;
    assert.equal(outcome.code, 3, outcome.stderr);
    assert.deepEqual(await beatsDuring(project.path("beats"), 300), []);
  });
}

/** Who writes in the folder meanwhile. */
async function beatsDuring(folder: string, milliseconds: number): Promise<string[]> {
  const names = ["child", "grandchild"];
  const read = (): string[] => names.map((name) => (existsSync(`${folder}/${name}`) ? readFileSync(`${folder}/${name}`, "utf8") : ""));
  const before = read();
  await pause(milliseconds);
  const after = read();
  return names.filter((_, index) => before[index] !== after[index]);
}
