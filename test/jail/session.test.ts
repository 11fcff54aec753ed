// HOME and TMPDIR: private to one run, empty before it, gone after it.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { cordonRun, makeProject, startCordon } from "../harness/index.ts";
import { settings } from "./settings.ts";

for (const { name, flags } of settings) {
  test(`HOME and TMPDIR are empty folders of the program's own, and gone after, ${name}`, async (t) => {
    const project = makeProject(t, {
      "tmp/.keep": "",
      "code/a.js": `
        const fs = require('node:fs');
        const { HOME, TMPDIR } = process.env;
        console.log(fs.readdirSync(HOME).length + fs.readdirSync(TMPDIR).length, fs.statSync(HOME + '/..').mode & 0o777);
        fs.writeFileSync(HOME + '/file', 'x');
        fs.mkdirSync(TMPDIR + '/a/b/c', { recursive: true });
        console.log(HOME);
      `,
    });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.path("code"), env: { TMPDIR: project.path("tmp") } });
    const [first, home] = outcome.stdout.split("\n");
    assert.equal(first, `0 ${0o700}`, outcome.stderr);
    assert.ok(home?.startsWith(project.path("tmp/cordon-")));
    assert.deepEqual(readdirSync(project.path("tmp")), [".keep"]);
  });

  test(`nothing is left behind, whatever the modes, the depth and the symlinks in it, ${name}`, async (t) => {
    const project = makeProject(t, {
      "tmp/.keep": "",
      "canary/file.txt": "canary",
      "code/a.js": `
        const fs = require('node:fs');
        const { HOME, TMPDIR } = process.env;
        fs.mkdirSync(HOME + '/locked/inner', { recursive: true });
        fs.writeFileSync(HOME + '/locked/inner/file', '');
        fs.chmodSync(HOME + '/locked/inner', 0);
        fs.chmodSync(HOME + '/locked', 0);
        fs.symlinkSync(${JSON.stringify("CANARY")}, TMPDIR + '/link');
        process.chdir(TMPDIR);
        for (let depth = 0; depth < 3000; depth++) { fs.mkdirSync('a-folder-with-a-name'); process.chdir('a-folder-with-a-name'); }
      `,
    });
    const code = readFileSync(project.path("code/a.js"), "utf8").replace("CANARY", project.path("canary"));
    project.write({ "code/a.js": code });
    const outcome = await cordonRun([...flags, "a.js"], { cwd: project.path("code"), env: { TMPDIR: project.path("tmp") } });
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.deepEqual(readdirSync(project.path("tmp")), [".keep"]);
    assert.equal(readFileSync(project.path("canary/file.txt"), "utf8"), "canary");
  });

  test(`the folder of a launcher that was killed is removed by the next run, that of a living one is not, ${name}`, async (t) => {
    const project = makeProject(t, { "tmp/.keep": "", "code/wait.js": "console.log('ready'); setInterval(() => {}, 1000)", "code/a.js": "" });
    const here = { cwd: project.path("code"), env: { TMPDIR: project.path("tmp") } };
    const killed = startCordon(["run", ...flags, "wait.js"], here);
    await killed.prints("ready");
    const left = readdirSync(project.path("tmp")).find((entry) => entry.startsWith("cordon-"));
    killed.child.kill("SIGKILL");
    await killed.ended;
    const living = startCordon(["run", ...flags, "wait.js"], here);
    await living.prints("ready");
    // The sweep goes on beside the program: give it its time.
    const swept = async (): Promise<boolean> => {
      for (let tries = 0; tries < 50; tries++) {
        if (!existsSync(project.path("tmp", left ?? ""))) return true;
        await cordonRun([...flags, "a.js"], here);
      }
      return false;
    };
    assert.ok(await swept());
    assert.equal(readdirSync(project.path("tmp")).filter((entry) => entry.startsWith("cordon-")).length, 1);
    living.child.kill("SIGTERM");
    await living.ended;
    assert.deepEqual(readdirSync(project.path("tmp")), [".keep"]);
  });
}

test("a temporary folder that can't be written is named, and nothing starts", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('started')" });
  mkdirSync(project.path("tmp"));
  const outcome = await cordonRun(["a.js"], { cwd: project.folder, env: { TMPDIR: "/proc" } });
  assert.equal(outcome.code, 125);
  assert.match(outcome.stderr, /Cannot make a private folder in "\/proc".*set TMPDIR/);
  assert.equal(outcome.stdout, "");
  assert.ok(statSync(project.path("tmp")).isDirectory());
});
