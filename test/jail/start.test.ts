// What stays of a start, in which launcher, guardian and target work at the same time.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cordonRun, makeProject, patience, type Running, startCordon, type Owner } from "../harness/index.ts";
import { settings } from "./settings.ts";

/** A program that runs until its input ends. */
async function waiting(owner: Owner, flags: readonly string[]): Promise<{ running: Running; launcher: string; guardian: string }> {
  const project = makeProject(owner, { "a.js": "process.stdin.resume(); console.log('ready')" });
  const running = startCordon(["run", ...flags, "a.js"], { cwd: project.folder, interactive: true });
  await running.prints("ready");
  const launcher = String(running.child.pid);
  const [guardian = ""] = readFileSync(`/proc/${launcher}/task/${launcher}/children`, "utf8").split(" ");
  return { running, launcher, guardian };
}

async function end(running: Running): Promise<void> {
  running.child.stdin?.end();
  assert.equal((await running.ended).code, 0);
}

function status(pid: string, name: string): string {
  const [, value = ""] = new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return value;
}

for (const { name, flags } of settings) {
  test(`the guardian holds no capability, ${name}`, async (t) => {
    const { running, guardian } = await waiting(t, flags);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) assert.equal(status(guardian, set), "0000000000000000", set);
    await end(running);
  });

  test(`launcher and guardian give back what only the start needed, ${name}`, async (t) => {
    const { running, launcher, guardian } = await waiting(t, flags);
    const isSmall = (pid: string): boolean => Number(status(pid, "VmRSS")) < 0.8 * Number(status(pid, "VmHWM"));
    const until = Date.now() + patience;
    while (!(isSmall(launcher) && isSmall(guardian)) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([isSmall(launcher), isSmall(guardian)], [true, true]);
    await end(running);
  });
}

test("nothing of the machine's root lies over or behind the jail's", async (t) => {
  const outside = makeProject(t, { secret: "" });
  const project = makeProject(t, {
    "a.js": `
      const fs = require("node:fs");
      const [, , path] = process.argv;
      const seen = [path, "/.." + path, "/../.." + path].map((name) => fs.existsSync(name));
      process.chdir("/");
      process.chdir("..");
      seen.push(fs.existsSync("." + path));
      const roots = fs.readFileSync("/proc/self/mountinfo", "utf8").split("\\n").filter((line) => line.split(" ")[4] === "/");
      console.log(JSON.stringify([seen, roots.length]));`,
  });
  const outcome = await cordonRun(["a.js", outside.path("secret")], { cwd: project.folder });
  assert.deepEqual(JSON.parse(outcome.stdout), [[false, false, false, false], 1], outcome.stderr);
});
