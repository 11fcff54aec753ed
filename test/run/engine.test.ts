// What programs expect of the process that they run in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { behavesAlike, cordonRun, engine, makeProject } from "../harness/index.ts";

test("workers run, pass messages and share memory", async (t) => {
  const files = {
    "a.mjs": `
      import { Worker } from "node:worker_threads";
      const shared = new SharedArrayBuffer(4);
      const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData: shared, argv: ["x"] });
      worker.on("message", (message) => console.log("message", message));
      worker.on("exit", (code) => console.log("exit", code, new Int32Array(shared)[0]));
    `,
    "worker.mjs": `
      import { parentPort, workerData } from "node:worker_threads";
      Atomics.add(new Int32Array(workerData), 0, 42);
      parentPort.postMessage({ argv: process.argv.slice(2) });
    `,
  };
  const outcome = await behavesAlike(t, files, ["a.mjs"]);
  assert.equal(outcome.stdout, "message { argv: [ 'x' ] }\nexit 0 42\n");
});

test("twenty workers at once run", async (t) => {
  const program = `
    const { Worker } = require("worker_threads");
    const one = (n) => new Promise((done) => new Worker("require('worker_threads').parentPort.postMessage(" + n + " * 2)", { eval: true }).on("message", done));
    Promise.all(Array.from({ length: 20 }, (_, n) => one(n))).then((all) => console.log(all.join()));
  `;
  await behavesAlike(t, { "a.js": program }, ["a.js"]);
});

test("import() loads modules, JSON, CommonJS and data URLs", async (t) => {
  const files = {
    "a.mjs": `
      console.log((await import("./b.mjs")).default, (await import("./c.cjs")).default, (await import("./d.json", { with: { type: "json" } })).default.x);
      console.log((await import("data:text/javascript,export default 4")).default);
      await import("./nowhere.mjs").catch((error) => console.log(error.code));
    `,
    "b.mjs": "export default 1",
    "c.cjs": "module.exports = 2",
    "d.json": '{"x":3}',
  };
  assert.equal((await behavesAlike(t, files, ["a.mjs"])).stdout, "1 2 3\n4\nERR_MODULE_NOT_FOUND\n");
});

test("packages resolve through exports, imports, conditions and self-reference", async (t) => {
  const files = {
    "package.json": { name: "app", type: "module", exports: "./self.js", imports: { "#inner": "./inner.js" } },
    "self.js": "export default 'self'",
    "inner.js": "export default 'inner'",
    "node_modules/dep/package.json": { name: "dep", exports: { ".": { import: "./esm.mjs", require: "./cjs.cjs" }, "./sub/*": "./sub/*.cjs" } },
    "node_modules/dep/esm.mjs": "export default 'esm'",
    "node_modules/dep/cjs.cjs": "module.exports = 'cjs'",
    "node_modules/dep/sub/x.cjs": "module.exports = 'x'",
    "a.js": `
      import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      console.log((await import("app")).default, (await import("#inner")).default, (await import("dep")).default, require("dep"), require("dep/sub/x"));
      console.log(import.meta.resolve("dep"));
    `,
  };
  await behavesAlike(t, files, ["a.js"]);
});

// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
const wasm = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);

test("WebAssembly compiles, from a file, from a response and as a module", async (t) => {
  const files = {
    "add.wasm": wasm,
    "a.mjs": `
      import { readFileSync } from "node:fs";
      const bytes = readFileSync(new URL("./add.wasm", import.meta.url));
      console.log((await WebAssembly.instantiate(bytes)).instance.exports.add(40, 2));
      const response = new Response(bytes, { headers: { "content-type": "application/wasm" } });
      console.log((await WebAssembly.instantiateStreaming(response)).instance.exports.add(1, 2));
      const { add } = await import("./add.wasm");
      console.log(add(3, 4));
    `,
  };
  const outcome = await behavesAlike(t, files, ["a.mjs"], { normalise: (text) => text.replaceAll(/\(node:\d+\)/g, "(node)") });
  assert.equal(outcome.stdout, "42\n3\n7\n");
});

test("process.execPath is the engine", async (t) => {
  const project = makeProject(t, { "a.js": "console.log(process.execPath, process.argv[0], process.version)" });
  const outcome = await cordonRun(["a.js"], { cwd: project.folder });
  assert.equal(outcome.stdout.split(" ")[0], engine);
  await behavesAlike(t, { "a.js": "console.log(process.argv, process.argv0 === '', process.execPath, process.versions)" }, ["a.js", "x"]);
});

test("the program cannot tell its start from the bare engine's", async (t) => {
  const program = `
    console.log(process.execArgv, process.title, process.cwd(), require.main === module, module.paths[0], process.allowedNodeEnvironmentFlags.size);
    console.log(process.exitCode, process.connected, typeof process.send, process.features, process.config.variables.napi_build_version);
    console.log(Object.keys(require.cache), module.children.length, module.parent);
    console.log(Object.keys(process.env).filter((name) => name.startsWith("CORDON") || name.startsWith("NODE")));
  `;
  await behavesAlike(t, { "a.js": program }, ["a.js"], { env: { CORDON_TRUST: undefined } });
});

// node:ffi comes with a grant for addons only.
test("global names are those of the bare engine", async (t) => {
  await behavesAlike(t, { "a.js": "console.log(Object.getOwnPropertyNames(globalThis).sort().join('\\n')); console.log(require('module').builtinModules.filter((name) => name !== 'node:ffi').join())" }, ["a.js"]);
});

test("a file that is written to TMPDIR and HOME can be read, and is gone after the run", async (t) => {
  const program = `
    const fs = require("fs"), os = require("os"), path = require("path");
    for (const folder of [os.tmpdir(), os.homedir(), fs.mkdtempSync(path.join(os.tmpdir(), "x-"))]) {
      const file = path.join(folder, "file");
      fs.writeFileSync(file, "text");
      console.log(fs.readFileSync(file, "utf8"), fs.readdirSync(folder).includes("file"), file);
    }
  `;
  const project = makeProject(t, { "a.js": program });
  const outcome = await cordonRun(["a.js"], { cwd: project.folder });
  assert.equal(outcome.code, 0, outcome.stderr);
  const lines = outcome.stdout.trim().split("\n").map((line) => line.split(" "));
  assert.deepEqual(lines.map(([text, listed]) => [text, listed]), Array(3).fill(["text", "true"]));
  const { existsSync } = await import("node:fs");
  for (const line of lines) assert.equal(existsSync(line[2] ?? ""), false, `${line[2]} is left behind`);
});

test("memory flags of NODE_OPTIONS do not reach the program, its own environment is harmless", async (t) => {
  const project = makeProject(t, { "a.js": "console.log(Object.keys(process.env).sort().join())" });
  const env = { NODE_OPTIONS: "--max-old-space-size=64", LD_PRELOAD: "/nonexistent.so", SECRET: "x", AWS_KEY: "x", NODE_ENV: "test", PORT: "1", CI: "1", LC_ALL: "C" };
  const outcome = await cordonRun(["a.js"], { cwd: project.folder, env });
  const names = outcome.stdout.trim().split(",");
  for (const hidden of ["NODE_OPTIONS", "LD_PRELOAD", "SECRET", "AWS_KEY"]) assert.ok(!names.includes(hidden), `${hidden} is visible`);
  for (const shown of ["NODE_ENV", "PORT", "CI", "LC_ALL", "LANG", "TZ", "PATH", "HOME", "TMPDIR"]) assert.ok(names.includes(shown), `${shown} is missing`);
});

test("granted variables arrive", async (t) => {
  const project = makeProject(t, { "a.js": "console.log(process.env.APP_ONE, process.env.APP_TWO, process.env.OTHER)" });
  const outcome = await cordonRun(["--allow-env=APP_*", "--deny-env=APP_TWO", "a.js"], { cwd: project.folder, env: { APP_ONE: "1", APP_TWO: "2", OTHER: "3" } });
  assert.equal(outcome.stdout, "1 undefined undefined\n");
});
