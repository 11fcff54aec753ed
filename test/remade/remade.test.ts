// Granted folders that programs remove and make again, as build tools do with their output, keep their grants.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { cordonRun, engine, engineRun, makeProject } from "../harness/index.ts";

/** The program starts with a full folder, three times over, and tells what it saw. */
function program(attempts: string): string {
  return `
    const fs = require("node:fs"), path = require("node:path");
    const fill = () => { fs.mkdirSync("dist/a/b", { recursive: true }); fs.writeFileSync("dist/a/b/old", "old"); fs.writeFileSync("dist/.hidden", ""); };
    const use = (name) => { fs.writeFileSync("dist/" + name, name); console.log(name, fs.readdirSync("dist").join()); };
    const code = (step) => { try { return step() ?? "done"; } catch (error) { return error.code + " " + error.syscall; } };
    (async () => { for (let round = 0; round < 3; round++) { fill(); ${attempts} } })();`;
}

const PROGRAMS: Readonly<Record<string, string>> = {
  "rmSync": `fs.rmSync("dist", { recursive: true }); fs.mkdirSync("dist"); use("new");`,
  "rmSync by an absolute path, with a slash, with ..": `
    for (const name of [path.resolve("dist"), "dist/", "data/../dist"]) { fs.rmSync(name, { recursive: true, force: true }); fs.mkdirSync(name); use("new"); }`,
  "rmSync by a URL and a buffer": `
    const url = require("node:url").pathToFileURL("dist");
    fs.rmSync(url, { recursive: true }); fs.mkdirSync(url); use("new");
    fs.rmSync(Buffer.from("dist"), { recursive: true }); fs.mkdirSync(Buffer.from("dist")); use("newer");`,
  "rm with a callback": `
    await new Promise((resolve) => fs.rm("dist", { recursive: true, force: true }, (...args) => { console.log(args); fs.mkdir("dist", (...args) => { console.log(args); use("new"); resolve(); }); }));`,
  "fs.promises.rm": `
    console.log(await fs.promises.rm("dist", { recursive: true })); console.log(await fs.promises.mkdir("dist")); use("new");`,
  "mkdir with recursive, and deeper": `
    fs.rmSync("dist", { recursive: true, force: true }); fs.mkdirSync("dist/x/y", { recursive: true }); use("new");
    fs.rmSync("dist", { recursive: true, force: true }); fs.mkdirSync("dist", { recursive: true }); use("newer");`,
  "entry by entry": `
    (function empty(folder) {
      for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const name = path.join(folder, entry.name);
        if (entry.isDirectory()) empty(name); else fs.unlinkSync(name);
      }
      fs.rmdirSync(folder);
    })("dist");
    fs.mkdirSync("dist"); use("new");`,
  "old rimraf: unlink first": `
    console.log(code(() => fs.unlinkSync("dist")), code(() => fs.rmdirSync("dist")));
    await new Promise((resolve) => fs.unlink("dist", (error) => resolve(console.log(error.code, error.errno, error.message))));
    await fs.promises.unlink("dist").catch((error) => console.log(error.code, error.message, error instanceof Error));
    await fs.promises.rmdir("dist").catch((error) => console.log(error.code, error.errno, error.syscall, error.path, error.message));
    try { fs.rmdirSync("dist"); } catch (error) { console.log(error.stack.split("\\n")[0]); }`,
  "made without having been removed": `
    console.log(code(() => fs.mkdirSync("dist")));
    fs.rmSync("dist", { recursive: true }); fs.mkdirSync("dist"); console.log(code(() => fs.mkdirSync("dist")));`,
  "a link to it is only a link": `
    fs.rmSync("links/dist", { force: true }); fs.symlinkSync("../dist", "links/dist");
    console.log(code(() => fs.rmdirSync("links/dist")), code(() => fs.mkdirSync("links/dist")));
    fs.rmSync("links/dist", { recursive: true }); use("old");`,
  "rm without recursive": `console.log(code(() => fs.rmSync("dist")));`,
  "in a worker, and made again in another": `
    const { Worker } = require("node:worker_threads");
    const work = (code) => new Promise((resolve, reject) => new Worker(code, { eval: true }).on("exit", resolve).on("error", reject));
    await work('require("node:fs").rmSync("dist", { recursive: true })');
    await work('require("node:fs").mkdirSync("dist"); require("node:fs").writeFileSync("dist/worker", "")');
    use("new");`,
  "in a worker with flags of its own": `
    const { Worker } = require("node:worker_threads");
    await new Promise((resolve, reject) => new Worker('require("node:fs").rmSync("dist", { recursive: true })', { eval: true, execArgv: [] }).on("exit", resolve).on("error", reject));
    fs.mkdirSync("dist"); use("new");`,
  "removed here, made by a worker": `
    fs.rmSync("dist", { recursive: true });
    const { Worker } = require("node:worker_threads");
    await new Promise((resolve, reject) => new Worker('require("node:fs").promises.mkdir("dist").then(console.log)', { eval: true }).on("exit", resolve).on("error", reject));
    use("new");`,
};

const FILES = { "package.json": { name: "remade" }, "data/kept": "kept", "links/x": "" };
const GRANTS = ["--allow-write=./dist,./links"];

for (const [name, attempts] of Object.entries(PROGRAMS)) {
  for (const flags of [[], ["--namespaces=off"], [`--allow-run=${engine}`]]) {
    test(`${name}, ${flags.join(" ") || "plainly"}`, async (t) => {
      const files = { ...FILES, "main.cjs": program(attempts), "dist/x": "" };
      const bare = await engineRun(["main.cjs"], { cwd: makeProject(t, files).folder });
      assert.deepEqual([bare.code, bare.stderr], [0, ""]);
      const jailed = await cordonRun([...GRANTS, ...flags, "main.cjs"], { cwd: makeProject(t, files).folder });
      assert.deepEqual(jailed, bare);
    });
  }
}

test("native programs remove and make it too", async (t) => {
  const code = `
    const { execFileSync } = require("node:child_process"), fs = require("node:fs");
    for (let round = 0; round < 3; round++) {
      fs.mkdirSync("dist/a/b", { recursive: true });
      execFileSync("rm", ["-rf", "dist"], { stdio: "inherit" });
      execFileSync("mkdir", ["dist"], { stdio: "inherit" });
      fs.writeFileSync("dist/new", "");
      console.log(fs.readdirSync("dist").join());
    }`;
  for (const flags of [[], ["--namespaces=off"]]) {
    const { folder } = makeProject(t, { ...FILES, "main.cjs": code, "dist/x": "" });
    const jailed = await cordonRun([...GRANTS, ...flags, "--allow-run=rm,mkdir", "main.cjs"], { cwd: folder });
    assert.deepEqual(jailed, { code: 0, signal: null, stdout: "new\nnew\nnew\n", stderr: "" });
  }
});

test("a granted folder in another one is removed with it", async (t) => {
  const code = program(`fs.mkdirSync("dist/cache", { recursive: true }); fs.rmSync("dist", { recursive: true }); fs.mkdirSync("dist"); use("new"); fs.mkdirSync("dist/cache"); fs.writeFileSync("dist/cache/x", "");
    fs.rmSync("dist/cache", { recursive: true }); use("newer");`);
  for (const flags of [[], ["--namespaces=off"], [`--allow-run=${engine}`]]) {
    const files = { ...FILES, "main.cjs": code, "dist/cache/y": "" };
    const bare = await engineRun(["main.cjs"], { cwd: makeProject(t, files).folder });
    const jailed = await cordonRun(["--allow-write=./dist/,./dist/cache/", ...flags, "main.cjs"], { cwd: makeProject(t, files).folder });
    assert.equal(bare.stderr, "");
    assert.deepEqual(jailed, bare);
  }
});

test("only the granted folder is touched, whatever stands in its way", async (t) => {
  const code = `
    const fs = require("node:fs"), code = (step) => { try { step(); return "done"; } catch (error) { return error.code || error.errno; } };
    fs.symlinkSync("../data", "dist/link"); fs.symlinkSync("../outside/dist", "links/dist");
    console.log(code(() => fs.rmSync("dist", { recursive: true })), code(() => fs.rmSync("links/dist/", { recursive: true })) !== "done");
    console.log(code(() => fs.rmdirSync("outside/dist")) !== "done", code(() => fs.rmSync("outside", { recursive: true })) !== "done");
    console.log(code(() => fs.rmSync("links/../outside/dist", { recursive: true })) !== "done", code(() => fs.mkdirSync("other/dist")) !== "done");
    fs.symlinkSync("../data", "links/data");
    console.log(code(() => fs.rmSync("links/data/", { recursive: true })) !== "done", code(() => fs.mkdirSync("made")) !== "done", code(() => fs.rmdirSync("empty")) !== "done");`;
  for (const flags of [[], ["--namespaces=off"]]) {
    const project = makeProject(t, { ...FILES, "main.cjs": code, "dist/x": "", "outside/dist/kept": "kept", "other/kept": "" });
    mkdirSync(project.path("empty"));
    const jailed = await cordonRun([...GRANTS, ...flags, "-q", "main.cjs"], { cwd: project.folder });
    assert.deepEqual([jailed.stdout, jailed.code], ["done true\ntrue true\ntrue true\ntrue true true\n", 0], jailed.stderr);
    const there = ["outside/dist/kept", "other/kept", "data/kept", "empty", "dist"].map((name) => existsSync(project.path(name)));
    assert.deepEqual(there, [true, true, true, true, true]);
    assert.deepEqual([readdirSync(project.path("dist")), existsSync(project.path("made")), existsSync(project.path("other/dist"))], [[], false, false]);
  }
});
