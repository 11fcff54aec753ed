// Children that run the engine explain themselves: the pipe for reports goes on to them, unseen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cordonRun, engineRun, makeProject, type Outcome, type Owner } from "../harness/index.ts";

const READS = 'try { require("node:fs").readFileSync("/etc/shadow") } catch (error) { console.log(error.permission) }\nprocess.disconnect?.();\n';
const NODE = { name: "parent", cordon: { permissions: { run: ["node"] } } };

function run(owner: Owner, main: string, child = `\n${READS}`): Promise<Outcome> {
  const project = makeProject(owner, { "package.json": NODE, "main.js": main, "child.js": child });
  return cordonRun(["main.js"], { cwd: project.folder });
}

const STARTS: readonly [name: string, main: string][] = [
  ["fork", 'require("node:child_process").fork("./child.js")'],
  ["spawn", 'require("node:child_process").spawn(process.execPath, ["child.js"], { stdio: "inherit" })'],
  ["a grandchild", 'require("node:child_process").fork("./middle.js")'],
  ["a cluster", 'const cluster = require("node:cluster"); cluster.setupPrimary({ exec: "./child.js" }); cluster.fork()'],
  ["spawnSync", 'require("node:child_process").spawnSync(process.execPath, ["child.js"], { stdio: "inherit" })'],
  ["execFileSync", 'console.log(String(require("node:child_process").execFileSync("node", ["child.js"])).trim())'],
  ["execSync", 'console.log(String(require("node:child_process").execSync("node child.js && echo")).trim())'],
  ["a shell's line", 'require("node:child_process").exec("node child.js", (error, out) => console.log(out.trim()))'],
];

for (const [name, main] of STARTS) {
  test(`a refusal in a child is explained: ${name}`, async (t) => {
    const project = makeProject(t, { "package.json": NODE, "main.js": main, "child.js": `\n${READS}`, "middle.js": 'require("node:child_process").fork("./child.js")' });
    const { stdout, stderr } = await cordonRun(["main.js"], { cwd: project.folder });
    assert.equal(stdout, "read\n", stderr);
    assert.match(stderr, /denied read \/etc\/shadow\n {2}the program says: by its own code, child\.js:2\n/);
  });
}

test("neither the parent nor the child sees the pipe or its variable", async (t) => {
  const main = `const { fork, spawn } = require("node:child_process");
    for (const child of [fork("./child.js"), spawn(process.execPath, ["child.js"]), spawn(process.execPath, ["child.js"], { stdio: ["ignore", "inherit", "ignore", "pipe", "ignore"] })]) {
      console.log(child.stdio.length, child.spawnargs.length, Object.keys(child._handle).join());
    }`;
  const child = 'console.log(Object.keys(process.env).filter((name) => /^CORDON_[PRCL]/.test(name)).join());';
  const project = makeProject(t, { "package.json": NODE, "main.js": main, "child.js": child });
  const [jailed, bare] = [await cordonRun(["main.js"], { cwd: project.folder }), await engineRun(["main.js"], { cwd: project.folder })];
  // Four processes print at once.
  const lines = (text: string): string[] => text.split("\n").toSorted();
  assert.deepEqual(lines(jailed.stdout), lines(bare.stdout));
});

test("a child that watches its files is not told of cordon's own", async (t) => {
  const main = `const watching = require("node:child_process").spawn(process.execPath, ["--watch", "child.js"], { stdio: ["ignore", "pipe", "inherit"] });
    watching.stdout.on("data", (text) => { if (String(text).includes("up")) setTimeout(() => watching.kill(), 300); });`;
  const { stderr } = await run(t, main, 'console.log("up");');
  assert.equal(stderr, "");
});

test("errors of children name the words that the program gave", async (t) => {
  const main = `const { execFileSync, execSync, spawnSync } = require("node:child_process");
    const options = { stdio: "pipe" };
    for (const fails of [() => execFileSync(process.execPath, ["-e", "process.exit(1)"], options), () => execFileSync("node", ["-e", "process.exit(2)"], options), () => execSync("exit 3", options), () => execFileSync("exit", ["4"], { ...options, shell: true })]) {
      try { fails() } catch (error) { console.log(error.status, error.message, error.stack.split("\\n")[0]) }
    }
    const { error } = spawnSync(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { timeout: 1 });
    console.log(error.code, error.spawnargs);`;
  const project = makeProject(t, { "package.json": NODE, "main.js": main });
  const [jailed, bare] = [await cordonRun(["main.js"], { cwd: project.folder }), await engineRun(["main.js"], { cwd: project.folder })];
  assert.equal(jailed.stdout, bare.stdout, jailed.stderr);
});

/** Each way to start a program and wait for it, told by what comes of it. */
const SYNC = `const cp = require("node:child_process"), util = require("node:util");
const show = (call, ...args) => {
  const tell = (told) => console.log(call, util.inspect(told, { depth: 4 }).replace(/pid: \\d+/g, "pid").replace(/^ +at .*node:.*\\n/gm, ""));
  try { tell(cp[call](...args)) } catch (error) { tell([error.message, { ...error }]) }
};
const words = ["child.js", "a"], utf8 = { encoding: "utf8" };
show("spawnSync", process.execPath, words);
show("spawnSync", "node", words, { stdio: "inherit" });
show("spawnSync", "node", words, { ...utf8, stdio: ["ignore", "pipe"] });
show("spawnSync", "node", words, { ...utf8, stdio: ["ignore", "pipe", "pipe", "pipe", "ignore"] });
show("spawnSync", "node", ["-p", "Object.keys(process.env).sort().join()"], { ...utf8, env: { A: 1, PATH: process.env.PATH, U: undefined } });
show("spawnSync", "node", { ...utf8, input: "console.log(process.argv.length)" });
for (const options of [{ stdio: "wrong" }, { stdio: 7 }, { cwd: 1 }, { cwd: "/none" }, 3]) show("spawnSync", "node", words, options);
for (const options of [{}, utf8, { stdio: "pipe" }, { stdio: ["ignore", "ignore", "pipe"] }]) {
  show("execFileSync", "node", words, options);
  show("execFileSync", "node", [...words, "fail"], options);
}
show("execFileSync", "node", ["-e", "setInterval(() => {}, 1000)"], { timeout: 500 });
show("execFileSync", "node", words, { cwd: "/none" });`;

test("calls that wait for the child give what they give without a jail", async (t) => {
  const child = 'console.log(process.argv.slice(2).join(), process.execArgv.join()); console.error("said", Object.keys(process.env).filter((name) => /^CORDON_[PRCU]/.test(name)).join()); if (process.argv[3]) process.exit(3);';
  const project = makeProject(t, { "package.json": NODE, "main.js": SYNC, "child.js": child });
  const [jailed, bare] = [await cordonRun(["main.js"], { cwd: project.folder }), await engineRun(["main.js"], { cwd: project.folder })];
  assert.deepEqual([jailed.stdout, jailed.stderr, jailed.code], [bare.stdout, bare.stderr, 0]);
});

test("a program that reuses the pipe's number hands nothing of its own to children", async (t) => {
  const main = `const fs = require("node:fs"), { fork } = require("node:child_process");
    const pipes = Array.from({ length: 64 }, (_, n) => { try { const { ino } = fs.fstatSync(n); return fs.fstatSync(n).isFIFO() ? ino : 0 } catch { return 0 } });
    for (let n = 3; n < 64; n++) if (pipes[n] !== 0 && pipes.indexOf(pipes[n]) === pipes.lastIndexOf(pipes[n])) fs.closeSync(n);
    const files = Array.from({ length: 20 }, (_, n) => fs.openSync(process.env.TMPDIR + "/" + n, "w"));
    fork("./child.js").on("exit", () => console.log(files.reduce((sum, file) => sum + fs.fstatSync(file).size, 0)));`;
  assert.equal((await run(t, main, READS)).stdout, "read\n0\n");
});

test("programs that tools look for and do without are absent, without a word", async (t) => {
  const main = 'require("node:child_process").spawn("watchman", ["--version"]).on("error", (error) => console.log(error.message)).on("close", (code) => console.log(code))';
  for (const run of [[], ["node"]]) {
    const project = makeProject(t, { "package.json": { cordon: { permissions: { run } } }, "main.js": main });
    assert.deepEqual(await cordonRun(["main.js"], { cwd: project.folder }), { code: 0, signal: null, stdout: "spawn watchman ENOENT\n-2\n", stderr: "" });
  }
});

test("a tool that only asks whether it may write beside package.json is told so, without a word", async (t) => {
  const main = 'const fs = require("node:fs");\nfor (const path of [__dirname, "node_modules"]) try { fs.accessSync(path, fs.constants.W_OK); console.log("may") } catch (error) { console.log(error.permission) }';
  const project = makeProject(t, { "package.json": {}, "main.js": main, "node_modules/keep": "" });
  const { stdout, stderr } = await cordonRun(["main.js"], { cwd: project.folder });
  assert.deepEqual([stdout, stderr], ["write\nwrite\n", ""]);
});
