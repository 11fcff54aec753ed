// package.json's scripts in the jail: `cordon run <script>` and `cordon <script>`.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { cordon, cordonRun, makeProject, openTerminal, quote, runCordon, type Project } from "../harness/index.ts";

const PRINT = "console.log(process.argv.slice(2).join(' '), process.env.A ?? '-', process.env.npm_lifecycle_event)";

function project(t: TestContext, scripts: Record<string, string>, cordonKey: object = {}): Project {
  return makeProject(t, { "print.js": PRINT, "package.json": { name: "x", version: "1.0.0", scripts, cordon: cordonKey } });
}

test("one plain command starts by itself, with its words and variables", async (t) => {
  const own = project(t, { start: "A=1 node print.js 'a b'" });
  for (const run of [cordonRun(["start", "c"], { cwd: own.folder }), runCordon(["start", "c"], { cwd: own.folder })]) {
    assert.deepEqual(await run, { code: 0, signal: null, stdout: "a b c 1 start\n", stderr: "" });
  }
});

test("scripts run in their package's folder, from wherever they are asked for", async (t) => {
  const own = project(t, { where: "node -p 'process.cwd()'", in: "node where.js" });
  own.write({ "deep/er/x.txt": "", "where.js": "console.log(process.cwd(), process.env.INIT_CWD)" });
  const cwd = own.path("deep/er");
  assert.equal((await cordonRun(["where"], { cwd })).stdout, `${own.folder}\n`);
  assert.equal((await cordonRun(["in"], { cwd })).stdout, `${own.folder} ${cwd}\n`);
});

test("lists, pipes, pre and post run without a grant, in one jail", async (t) => {
  const own = project(t, { prebuild: "echo before", build: "node print.js x | cat && (exit 3) || echo code $?", postbuild: "echo after" });
  const ended = await cordonRun(["build", "y"], { cwd: own.folder });
  assert.deepEqual(ended, { code: 0, signal: null, stdout: "before\nx - build\ncode 3 y\nafter\n", stderr: "" });
});

test("a script has its own grants, and those of the scripts that it names", async (t) => {
  const write = (name: string): string => `node -e "fs.writeFileSync('${name}/file', '')"`;
  const own = project(t, { a: write("one"), b: "npm run a && echo both", c: write("one") }, { scripts: { a: { write: ["./one"] } } });
  assert.equal((await cordonRun(["c"], { cwd: own.folder })).code, 1);
  assert.ok(!existsSync(own.path("one/file")));
  assert.deepEqual((await cordonRun(["b"], { cwd: own.folder })).stdout, "both\n");
  assert.ok(existsSync(own.path("one/file")));
});

test("redirections and files need the grants that they say", async (t) => {
  const own = project(t, { a: "mkdir -p out/a && echo text > out/a/b && cat out/a/b", b: "echo x > elsewhere" }, { permissions: { write: ["./out"] } });
  assert.equal((await cordonRun(["a"], { cwd: own.folder })).stdout, "text\n");
  const denied = await cordonRun(["b"], { cwd: own.folder });
  assert.notEqual(denied.code, 0);
  assert.ok(!existsSync(own.path("elsewhere")));
});

test("no other program starts from a script without a grant", async (t) => {
  const own = project(t, { a: "/bin/cat /etc/hostname", b: "sh -c 'echo x'", c: "node -e \"require('child_process').execFileSync('/bin/echo')\" | cat" });
  for (const name of ["a", "b"]) assert.notEqual((await cordonRun([name], { cwd: own.folder })).code, 0, name);
  assert.match((await cordonRun(["c"], { cwd: own.folder })).stderr, /EACCES|ENOENT/);
});

test("a script wins over a file of its name, a path or an ending means the file", async (t) => {
  const own = project(t, { build: "echo script", other: "echo other" });
  own.write({ build: "console.log('file')", "build.js": "console.log('file with ending')", "dir/index.js": "console.log('folder')", "dir/package.json": {} });
  const run = async (word: string): Promise<string> => (await cordonRun([word], { cwd: own.folder })).stdout;
  assert.equal(await run("build"), "script\n");
  assert.equal(await run("./build"), "file\n");
  assert.equal(await run("build.js"), "file with ending\n");
  assert.equal(await run("dir"), "folder\n");
});

test("a misspelled script suggests the right one", async (t) => {
  const own = project(t, { build: "echo x" });
  const ended = await cordonRun(["biuld"], { cwd: own.folder });
  assert.deepEqual([ended.code, ended.stderr], [125, `cordon: Cannot run "biuld": ${own.path("package.json")} has no such script, and there is no such file; did you mean "build"?\n`]);
});

test("exit codes and signals are the script's", async (t) => {
  const own = project(t, { three: "exit 3", killed: "node -e \"process.kill(process.pid, 'SIGTERM')\" || exit $?" });
  assert.equal((await cordonRun(["three"], { cwd: own.folder })).code, 3);
  assert.equal((await cordonRun(["killed"], { cwd: own.folder })).code, 143);
});

test("Ctrl-C ends a list of commands, and a question of a script reaches its keyboard", async (t) => {
  const own = project(t, { both: "node -e \"setTimeout(() => {}, 60000); console.log('waiting')\"; echo went on", ask: "node ask.js && echo done" });
  own.write({ "ask.js": "const r = require('readline').createInterface({ input: process.stdin, output: process.stdout }); r.question('name? ', (n) => { console.log('hello ' + n); r.close(); })" });
  const terminal = await openTerminal(t, { cwd: own.folder });
  terminal.type(`${quote(cordon)} both; echo "code $?"\n`);
  await terminal.shows("waiting");
  terminal.type("\x03");
  await terminal.shows("ready> ");
  assert.doesNotMatch(terminal.shown(), /\nwent on/);
  terminal.type(`${quote(cordon)} ask\n`);
  await terminal.shows("name? ");
  terminal.type("Ada\n");
  await terminal.shows("hello Ada");
  await terminal.shows("done");
});

test("node --run needs no /bin/sh, and has the grants of the script that it names", async (t) => {
  const scripts = { a: "node --run b", c: "echo first && node --no-warnings --run=b -- x 'y z' | cat", none: "node --run nothing || echo code $?", preb: "echo never", b: "node -e \"fs.writeFileSync('out/file', ''); console.log(process.env.NODE_RUN_SCRIPT_NAME, process.argv.slice(1).join())\" --", d: "node start.js" };
  const own = project(t, scripts, { permissions: { run: ["node"] }, scripts: { b: { write: ["./out"] } } });
  own.write({ "start.js": "const cp = require('child_process'); console.log(cp.spawnSync('node', ['--run', 'none'], { encoding: 'utf8' }).stdout); cp.spawn(process.execPath, ['--run=none'], { stdio: 'inherit' });" });
  assert.deepEqual(await cordonRun(["a"], { cwd: own.folder }), { code: 0, signal: null, stdout: "b \n", stderr: "" });
  assert.equal((await cordonRun(["c"], { cwd: own.folder })).stdout, "first\nb x,y z\n");
  assert.equal((await cordonRun(["d"], { cwd: own.folder })).stdout, "code 1\n\ncode 1\n");
  const none = await cordonRun(["none"], { cwd: own.folder });
  assert.equal(none.stdout, "code 1\n");
  assert.match(none.stderr, /Cannot run script "nothing" of .*package\.json/);
});

test("permissions shows what a script may do", async (t) => {
  const own = project(t, { build: "node a.js && node b.js" }, { scripts: { build: { net: ["api.example:443"] } } });
  const shown = await runCordon(["permissions", "build"], { cwd: own.folder });
  assert.match(shown.stdout, /net\s+api\.example:443/);
  assert.doesNotMatch((await runCordon(["permissions", "print.js"], { cwd: own.folder })).stdout, /api\.example/);
});

test("the engine's package.json of a script's grants is the nearest that counts", async (t) => {
  const own = project(t, { go: "node print.js root" });
  own.write({ "node_modules/evil/package.json": { scripts: { go: "node evil.js" }, cordon: { permissions: { read: ["/etc"] } } }, "node_modules/evil/evil.js": "console.log(fs.readdirSync('/etc').length)" });
  const ended = await cordonRun(["go"], { cwd: own.path("node_modules/evil") });
  assert.notEqual(ended.code, 0);
  assert.doesNotMatch(readFileSync(own.path("package.json"), "utf8"), /evil/);
});

test("a program of a node_modules above the project is named, and runs where the project belongs to a workspace there", async (t) => {
  const outer = makeProject(t, { "node_modules/.bin/tool": "#!/usr/bin/env node\nconsole.log('tool ran')", "app/package.json": { name: "app", scripts: { build: "tool" } } });
  const refused = await cordonRun(["build"], { cwd: outer.path("app") });
  assert.deepEqual([refused.code, refused.stdout], [125, ""]);
  assert.match(refused.stderr, /^cordon: Cannot run "build": it starts .*\/node_modules\/\.bin\/tool, which the program may not read; .*workspaces.*grant read\n$/);
  assert.equal((await cordonRun([`--allow-read=${outer.path("node_modules")}`, "build"], { cwd: outer.path("app") })).stdout, "tool ran\n");
  outer.write({ "package.json": { private: true, workspaces: ["app"] } });
  assert.equal((await cordonRun(["build"], { cwd: outer.path("app") })).stdout, "tool ran\n");
});
