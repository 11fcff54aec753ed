// Writers that are easily forgotten, and everything that makes, replaces or removes a name outside the grants.
import * as fs from "node:fs";
import { createServer } from "node:net";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import * as v8 from "node:v8";
import { EVERYWHERE, NODE, RAW, type Attack, type Target } from "../attack.ts";
import { AT_FDCWD, sockaddrUnix, text } from "../raw.ts";

export const attacks: Attack[] = [
  writer("append", "appends to a file outside", (at) => fs.appendFileSync(at.keep, "changed")),
  writer("write-stream", "createWriteStream outside", (at) => writeStream(join(at.folder, "new"))),
  writer("promises-write", "fs.promises.writeFile outside", (at) => fs.promises.writeFile(at.keep, "changed")),
  writer("own-code", "overwrites its own code", (at) => fs.writeFileSync(at.readable, "changed")),
  writer("copy-over", "copies its own code over a file outside", (at) => fs.copyFileSync(at.readable, at.keep)),
  writer("copy-folder-out", "fs.cp of its own code to a folder outside", (at) => fs.cpSync(at.readable, join(at.folder, "copied"))),
  writer("rename-outside", "renames a file outside", (at) => fs.renameSync(at.keep, `${at.keep}-moved`)),
  writer("unlink", "removes a file outside", (at) => fs.unlinkSync(at.keep)),
  writer("unlink-own-code", "removes its own code", (at) => fs.unlinkSync(at.readable)),
  writer("rm-recursive", "removes a folder outside with all in it", (at) => fs.rmSync(join(at.folder, "tree"), { recursive: true, force: true })),
  writer("rmdir", "removes an empty folder outside", (at) => fs.rmdirSync(join(at.folder, "empty"))),
  writer("mkdir", "makes a folder outside", (at) => fs.mkdirSync(join(at.folder, "new"))),
  writer("mkdtemp", "mkdtemp with ../ in its prefix (CVE-2024-27931's kind)", (at) => fs.mkdtempSync(`${process.env["TMPDIR"] ?? "/tmp"}/../${"../".repeat(20)}${at.folder.slice(1)}/made-`)),
  writer("symlink-outside", "makes a symlink outside", (at) => fs.symlinkSync("/", join(at.folder, "new"))),
  writer("link-outside", "makes a hard link of its own code outside", (at) => fs.linkSync(at.readable, join(at.folder, "new"))),
  writer("socket-outside", "binds a unix socket outside", bindOutside),
  writer("report", "process.report.writeReport outside", (at) => writeReport(at)),
  writer("heap-snapshot", "v8.writeHeapSnapshot outside", (at) => v8.writeHeapSnapshot(join(at.folder, "new"))),
  writer("compile-cache", "the engine's compile cache in a folder outside", (at) => cacheOutside(at)),
  writer("log-through-proc", "writes by /proc/self/root", (at) => fs.writeFileSync(`/proc/self/root${at.keep}`, "changed")),
  childWriter("cpu-profile", "--cpu-prof-dir of a child", (at) => ["--cpu-prof", `--cpu-prof-dir=${at.folder}`]),
  childWriter("heap-profile", "--heap-prof-dir of a child", (at) => ["--heap-prof", `--heap-prof-dir=${at.folder}`]),
  childWriter("trace-events", "--trace-event-file-pattern of a child", (at) => ["--trace-event-categories=node", `--trace-event-file-pattern=${at.folder}/new`]),
  childWriter("redirect-warnings", "--redirect-warnings of a child", (at) => [`--redirect-warnings=${at.folder}/new`], { code: "process.emitWarning('x')" }),
  childWriter("redirect-warnings-variable", "NODE_REDIRECT_WARNINGS of a child (CVE-2026-48617)", () => [], { variable: "NODE_REDIRECT_WARNINGS", code: "process.emitWarning('x')" }),
  childWriter("coverage-variable", "NODE_V8_COVERAGE of a child", () => [], { variable: "NODE_V8_COVERAGE" }),
  childWriter("local-storage", "--localstorage-file of a child", (at) => [`--localstorage-file=${at.folder}/new`], { code: "localStorage.setItem('a', 'b')" }),
  childWriter("report-on-exception", "--report-uncaught-exception of a child", (at) => ["--report-uncaught-exception", `--report-dir=${at.folder}`], { code: "throw new Error('x')" }),
  raw("unnamed-file", "O_TMPFILE outside, then linked", (at, raw) => {
    const file = raw.open(at.folder, 0o20200001 | 0o200000);
    return raw.call("linkat", AT_FDCWD, text(`/proc/self/fd/${file}`), AT_FDCWD, text(join(at.folder, "new")), 0x400);
  }),
  raw("creat", "the old call creat", (at, raw) => raw.call("creat", text(join(at.folder, "new")), 0o600)),
  raw("fifo", "makes a FIFO outside", (at, raw) => raw.call("mknodat", AT_FDCWD, text(join(at.folder, "new")), 0o10600, 0)),
  { ...raw("device", "makes a device node for the disk's memory", (at, raw) => raw.call("mknodat", AT_FDCWD, text(join(at.folder, "new")), 0o20600, 0x101)), user: "root" },
  raw("unlinkat", "unlinkat below an O_PATH descriptor", (at, raw) => raw.call("unlinkat", raw.open(at.folder, 0o10000000), text("keep"), 0)),
  raw("renameat2-no-replace", "renameat2 with RENAME_NOREPLACE outside", (at, raw) => raw.call("renameat2", AT_FDCWD, text(at.keep), AT_FDCWD, text(`${at.keep}-moved`), 1)),
  raw("whiteout", "mkdirat below a descriptor of a folder outside", (at, raw) => raw.call("mkdirat", raw.open(at.folder, 0o200000), text("new"), 0o700)),
  raw("socket-by-raw-bind", "bind of a unix socket outside, from C", (at, raw) => {
    const address = sockaddrUnix(join(at.folder, "new"));
    return raw.call("bind", raw.socket(1, 1), address, address.length);
  }),
  raw("datagram-socket-outside", "bind of a unix datagram socket outside", (at, raw) => {
    const address = sockaddrUnix(join(at.folder, "new"));
    return raw.call("bind", raw.socket(1, 2), address, address.length);
  }),
  raw("truncate-call", "truncate(2) outside", (at, raw) => raw.call("truncate", text(at.keep), 1)),
  { name: "files/home-write", tries: "appends to .bashrc in the home folder", places: EVERYWHERE, run: (at, by) => by.write(join(at.home, ".bashrc"), "changed") },
  { name: "files/temporary-folder", tries: "writes into the machine's /tmp", places: EVERYWHERE, run: (at, by) => (by.write(`/tmp/cordon-attack-${at.token}`, "x"), claimIfOutside(at)) },
];

function writer(name: string, tries: string, run: (at: Target) => unknown): Attack {
  return { name: `files/${name}`, tries, places: NODE, run };
}

function raw(name: string, tries: string, run: (at: Target, raw: import("../raw.ts").Raw) => unknown): Attack {
  return { name: `files/${name}`, tries, places: RAW, run: (at, by) => run(at, by.raw) };
}

/** An engine that can't write its trace file does not end by itself. */
const PATIENCE = { timeout: 5000, killSignal: "SIGKILL" } as const;

function childWriter(name: string, tries: string, flags: (at: Target) => string[], how: { variable?: string; code?: string } = {}): Attack {
  const run = (at: Target): unknown => {
    const goal = how.variable?.endsWith("COVERAGE") === true ? at.folder : `${at.folder}/new`;
    const env = how.variable === undefined ? process.env : { ...process.env, [how.variable]: goal };
    return spawnSync(process.execPath, [...flags(at), "-e", how.code ?? "1"], { env, encoding: "latin1", ...PATIENCE }).stderr;
  };
  return { name: `files/${name}`, tries, places: ["child"], run };
}

async function writeStream(path: string): Promise<void> {
  const stream = fs.createWriteStream(path);
  stream.end("made");
  await once(stream, "finish");
}

async function bindOutside(at: Target): Promise<void> {
  const server = createServer().listen(join(at.folder, "new"));
  await once(server, "listening");
  // Closing would take the name away again.
  server.unref();
}

function writeReport(at: Target): string {
  const before = process.report.directory;
  process.report.directory = at.folder;
  try {
    return process.report.writeReport("new");
  } finally {
    process.report.directory = before;
  }
}

function cacheOutside(at: Target): string {
  const child = spawnSync(process.execPath, ["-e", "require('node:module').enableCompileCache(process.argv[1]); require('node:module').flushCompileCache()", at.folder], { encoding: "latin1" });
  return child.error === undefined ? child.stderr : JSON.stringify(enableCompileCache(at.folder));
}

/** In a jail with its own /tmp, or with TMPDIR there, the write stays inside: the battery looks for the file. */
function claimIfOutside(at: Target): string {
  return at.id;
}
