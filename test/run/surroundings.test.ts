// Strange places to start from: missing variables, lost folders, package.json of every kind, names of every kind.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { asOrdinary, cordon, cordonRun, makeProject, ordinaryInstallation, start } from "../harness/index.ts";
import { settings } from "../jail/settings.ts";

const PRINT = { "a.js": "console.log('ran')" };
const USERS = ["self", "ordinary"] as const;

for (const as of USERS) {
  for (const { name, flags } of settings) {
    test(`without HOME, or any variable, a program runs (${as}, ${name})`, async (t) => {
      const project = makeProject(t, PRINT);
      const none = Object.fromEntries(["PATH", "HOME", "LANG", "TZ", "CORDON_TRUST"].map((variable) => [variable, undefined]));
      for (const env of [{ HOME: undefined }, { HOME: "relative" }, none, { LC_ALL: "C", LANG: "C" }]) {
        const { code, stdout, stderr } = await cordonRun([...flags, "a.js"], { cwd: project.folder, as, env });
        assert.deepEqual([code, stdout, stderr], [0, "ran\n", ""]);
      }
    });
  }

  test(`in a folder that can't be listed a program runs (${as})`, async (t) => {
    const [project, closed] = [makeProject(t, PRINT), makeProject(t)];
    chmodSync(closed.folder, 0o711);
    const { stdout, stderr } = await cordonRun([project.path("a.js")], { cwd: closed.folder, as });
    assert.equal(stdout, "ran\n", stderr);
  });
}

test("in a folder that is gone nothing starts, and it is said why", async (t) => {
  const project = makeProject(t, PRINT);
  const gone = project.path("gone");
  mkdirSync(gone);
  const program = `process.chdir(${JSON.stringify(gone)}); require('node:fs').rmdirSync(${JSON.stringify(gone)}); const { status, stderr } = require('node:child_process').spawnSync(${JSON.stringify(cordon)}, ['run', ${JSON.stringify(project.path("a.js"))}], { encoding: 'utf8' }); console.log(status, stderr);`;
  const { stdout } = await start(process.execPath, ["-e", program]).ended;
  assert.equal(stdout, "125 cordon: Cannot find the current folder: No such file or directory (os error 2); change to one that is there\n\n");
});

test("a package.json that is no file, empty or huge is an error, or not there", async (t) => {
  const project = makeProject(t, { "empty/package.json": "", "empty/a.js": "", "huge/package.json": "{}", "huge/a.js": "", "pipe/a.js": "", "folder/a.js": PRINT["a.js"], "folder/package.json/x": "" });
  truncateSync(project.path("huge/package.json"), 1 << 30);
  execFileSync("mkfifo", [project.path("pipe/package.json")]);
  for (const [folder, message] of [["empty", /1:1: it is not JSON, the text ends/], ["huge", /it has more than 16 MiB; make it smaller/], ["pipe", /it is not a file; remove it/]] as const) {
    const { code, stderr } = await cordonRun([`${folder}/a.js`], { cwd: project.folder });
    assert.equal(code, 125, folder);
    assert.match(stderr, message);
  }
  assert.equal((await cordonRun(["folder/a.js"], { cwd: project.folder })).stdout, "ran\n");
});

test("names with line breaks and escapes run, and can write no line of their own", async (t) => {
  const name = "a\nb\u001b[2J\r";
  const project = makeProject(t, { [`${name}/a.js`]: `try { require('node:fs').readFileSync('/etc/' + ${JSON.stringify(name)}); } catch {} console.log('ran')` });
  const { stdout, stderr } = await cordonRun([`${name}/a.js`], { cwd: project.folder });
  assert.equal(stdout, "ran\n");
  assert.ok([...stderr].every((letter) => letter === "\n" || letter >= " "), JSON.stringify(stderr));
  assert.match(stderr, /^denied read \/etc\/a\\nb\\u\{1b\}\[2J\\r\n/);
  const refused = await cordonRun([`--allow-read=${project.path(name)}\u0007/none`, "a.js"], { cwd: project.folder });
  assert.ok([...refused.stderr].every((letter) => letter === "\n" || letter >= " "), JSON.stringify(refused.stderr));
});

test("as many arguments and variables as the kernel takes arrive", async (t) => {
  const project = makeProject(t, { "a.js": "console.log(process.argv.length, process.env.LONG.length, process.argv[2].length)" });
  const long = "x".repeat(120_000);
  const { stdout, stderr } = await cordonRun(["--allow-env=LONG", "a.js", long, ...Array.from({ length: 20_000 }, (_, index) => `${index}`)], { cwd: project.folder, env: { LONG: long } });
  assert.equal(stdout, "20003 120000 120000\n", stderr);
});

test("a project with thousands of secrets starts, and none of them is read", async (t) => {
  const project = makeProject(t, { ...PRINT, "package.json": {} });
  for (let number = 0; number < 2000; number++) {
    const folder = project.path(`a-folder-with-a-long-name-that-takes-some-space-${number}`);
    mkdirSync(folder);
    writeFileSync(`${folder}/.env`, "secret");
  }
  project.write({ "a.js": "const fs = require('node:fs'); let read = 0; for (const name of fs.readdirSync('.')) try { fs.readFileSync(name + '/.env'); read++; } catch {} console.log('ran', read)" });
  const { stdout, stderr } = await cordonRun(["--quiet", "a.js"], { cwd: project.folder });
  assert.equal(stdout, "ran 0\n", stderr);
});

test("reports on a full disk do not stop the program", async (t) => {
  const project = makeProject(t, { "a.js": "try { require('node:fs').readFileSync('/etc/shadow') } catch {} console.log('ran')" });
  const { code, stdout } = await cordonRun(["--report=json:/dev/full", "--quiet", "a.js"], { cwd: project.folder });
  assert.deepEqual([code, stdout], [0, "ran\n"]);
});

test("with stdin, stdout and stderr closed in every way a program runs as an ordinary user", async (t) => {
  const project = makeProject(t, { "a.js": "process.exitCode = 3; console.log('x'); console.error('y')" });
  for (const closed of ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"]) {
    const { command, args } = asOrdinary("/bin/sh", ["-c", `exec "$0" run a.js ${closed}`, ordinaryInstallation().cordon]);
    const { code } = await start(command, args, { cwd: project.folder }).ended;
    assert.equal(code, 3, closed);
  }
});
