// What can be run: files of each kind, folders, stdin, and code on the command line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { behavesAlike, cordonRun, makeProject, runCordon } from "../harness/index.ts";

const show = "console.log(JSON.stringify(process.argv.slice(1)));";

test("a CommonJS file runs", async (t) => {
  const outcome = await behavesAlike(t, { "a.cjs": "console.log('cjs', typeof require, __filename)" }, ["a.cjs"]);
  assert.equal(outcome.stdout, "cjs function <project>/a.cjs\n");
});

test("a module runs, with top-level await", async (t) => {
  const outcome = await behavesAlike(t, { "a.mjs": "await null; console.log('esm', typeof require, import.meta.filename)" }, ["a.mjs"]);
  assert.equal(outcome.stdout, "esm undefined <project>/a.mjs\n");
});

test("package.json's type says what a .js file is", async (t) => {
  const file = { "a.js": "console.log(typeof require)" };
  assert.equal((await behavesAlike(t, { ...file, "package.json": { type: "module" } }, ["a.js"])).stdout, "undefined\n");
  assert.equal((await behavesAlike(t, { ...file, "package.json": { type: "commonjs" } }, ["a.js"])).stdout, "function\n");
  assert.equal((await behavesAlike(t, file, ["a.js"])).stdout, "function\n");
});

test("a folder runs by its package.json's main", async (t) => {
  const files = { "app/package.json": { main: "lib/start.js" }, "app/lib/start.js": `${show} require('./more')`, "app/lib/more.js": "console.log('more')" };
  const outcome = await behavesAlike(t, files, ["app", "x"]);
  assert.match(outcome.stdout, /"x".*\nmore\n/);
});

test("a folder without main runs by its index.js, and the current folder by its dot", async (t) => {
  const files = { "index.js": "console.log('index')", "package.json": {} };
  assert.equal((await behavesAlike(t, files, ["."])).stdout, "index\n");
});

test("a path without its ending, an absolute path and a path above work", async (t) => {
  const files = { "a.js": show, "sub/b.txt": "" };
  await behavesAlike(t, files, ["./a"]);
  const project = makeProject(t, files);
  assert.equal((await cordonRun([project.path("a.js")])).stdout, `["${project.path("a.js")}"]\n`);
  assert.equal((await cordonRun(["../a.js"], { cwd: project.path("sub") })).stdout, `["${project.path("a.js")}"]\n`);
});

test("code from stdin runs, with arguments", async (t) => {
  const outcome = await behavesAlike(t, {}, ["-", "one", "--two"], { input: show });
  assert.equal(outcome.stdout, '["-","one","--two"]\n');
});

test("code on the command line runs, with arguments, and sees modules of its folder", async (t) => {
  const files = { "node_modules/dep/index.js": "module.exports = 'dep'" };
  const outcome = await behavesAlike(t, files, ["-e", "console.log(require('dep'), process.argv.slice(1))", "one"]);
  assert.equal(outcome.stdout, "dep [ 'one' ]\n");
});

test("arguments arrive untouched", async (t) => {
  const args = ["a.js", "--allow-read=/", "-e", "--", "", "a b", "*", "$HOME", "ü\n'\"", "--help", "-"];
  const outcome = await behavesAlike(t, { "a.js": show }, args);
  assert.deepEqual(JSON.parse(outcome.stdout).slice(1), args.slice(1));
});

test("flags of cordon may stand before the entry only", async (t) => {
  const secret = makeProject(t, { "secret.txt": "secret" });
  const project = makeProject(t, { "a.js": `require('fs').readFileSync(${JSON.stringify(secret.path("secret.txt"))})` });
  const outcome = await cordonRun(["a.js", `--allow-read=${secret.folder}`], { cwd: project.folder });
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /EACCES|ENOENT/);
});

test("a file that is not there is said to be missing, and nothing starts", async (t) => {
  const project = makeProject(t);
  const outcome = await cordonRun(["missing.js"], { cwd: project.folder });
  assert.notEqual(outcome.code, 0);
  assert.match(outcome.stderr, /missing\.js/);
  assert.equal(outcome.stdout, "");
});

test("a syntax error reads as the engine says it", async (t) => {
  const outcome = await behavesAlike(t, { "a.js": "let let = 1" }, ["a.js"]);
  assert.equal(outcome.code, 1);
});

test("nothing is run for an empty name, and a flag that took the file for its value is named", async (t) => {
  const project = makeProject(t, { "a.js": "console.log('ran')" });
  for (const words of [["run", ""], [""], ["run"]]) {
    const outcome = await runCordon(words, { cwd: project.folder, input: "console.log('from stdin')" });
    assert.deepEqual([outcome.code, outcome.stdout], [125, ""], words.join());
  }
  const swallowed = await runCordon(["run", "--allow-read", "a.js"], { cwd: project.folder });
  assert.deepEqual([swallowed.code, swallowed.stderr], [125, "cordon: Cannot run nothing; --allow-read=a.js took the file for its value; write --allow-read=<paths>\n"]);
  assert.match((await runCordon(["run", "--run", "build"], { cwd: project.folder })).stderr, /write cordon run <script>/);
});
