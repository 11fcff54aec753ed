// What holds while a program is learned: the system without its secrets, no program of the system, and every deny.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { makeProject, runCordon } from "../harness/index.ts";
import { attempting, results } from "../jail/settings.ts";

async function learned(t: TestContext, attempts: readonly string[], cordon: object = {}): Promise<unknown[]> {
  const project = makeProject(t, { "package.json": { name: "learned", cordon }, "a.js": attempting(attempts) });
  const env = { XDG_STATE_HOME: makeProject(t).folder, PLAIN: "plain" };
  const outcome = await runCordon(["learn", "--quiet", "a.js"], { cwd: project.folder, env });
  return results(outcome.stdout);
}

const look = (path: string): string => `fs.statSync('${path}').isDirectory() ? fs.readdirSync('${path}').length : fs.readFileSync('${path}').length`;

test("the system's keys and passwords are out of reach while learning", async (t) => {
  const secret = ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/etc/ssl/private", "/etc/security", "/run/user"].filter((path) => existsSync(path));
  const [readable, ...refused] = await learned(t, [look("/etc/passwd"), ...secret.map(look)]);
  assert.equal(typeof readable, "number");
  assert.deepEqual(refused, secret.map(() => "EACCES"));
});

test("no program of the system starts while learning", async (t) => {
  const tried = await learned(t, ["require('node:child_process').execFileSync('/usr/bin/id', { encoding: 'utf8' })", "require('node:child_process').execFileSync(process.execPath, ['-p', '1'], { encoding: 'utf8' })"]);
  assert.deepEqual(tried, ["EACCES", "1\n"]);
});

test("what is denied stays denied while learning", async (t) => {
  const attempts = [look("/etc/passwd"), "process.env.PLAIN ?? 'hidden'"];
  const [file, variable] = await learned(t, attempts);
  assert.deepEqual([typeof file, variable], ["number", "plain"]);
  assert.deepEqual(await learned(t, attempts, { deny: { read: ["/etc/passwd"], env: ["PLAIN"] } }), ["EACCES", "hidden"]);
});
